"""One person beside the list: the picture where it may be kept, what is known, what can be done."""

import io
import tkinter
from collections.abc import Callable, Mapping
from functools import partial
from tkinter import ttk
from typing import Any

from PIL import Image, ImageTk

from biometrics.variety import variety
from desktop.ui.scroll_area import ScrollArea
from desktop.ui.theme import icon, on_change, palette, px
from desktop.ui.widgets import Card, WrapLabel, button
from protocol.consent import FIRST_TEXT
from protocol.text import printable
from server.audit_names import KnownNames
from server.permissions import Action
from server.ui.controls import enable
from server.ui.desk import GridLike, PersonLike
from server.ui.wording import clock

_SIDE = 150
_WIDTH = 250
Names = Callable[[], Mapping[str, str]]


class PersonCard(Card):
    """Shows the chosen person.

    Args:
        parent: Where it goes.
        rename: Asks for another name.
        delete: Asks and deletes.
        erase: Asks and erases, from the history too.
        export: Asks where and writes everything about the person.
        show_history: Shows the person's events.
        note_consent: Asks on what ground and notes it.
        may: Whether who is signed in may do something; the other buttons are not offered.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        rename: Callable[[], None],
        delete: Callable[[], None],
        erase: Callable[[], None],
        export: Callable[[], None],
        show_history: Callable[[], None],
        note_consent: Callable[[], None],
        may: Callable[[Action], bool],
    ) -> None:
        super().__init__(parent)
        self._may = may
        self._image: ImageTk.PhotoImage | None = None
        side = px(self, _SIDE)
        area = ScrollArea(self.body, style="Card.TFrame", width=_WIDTH)
        # The bar has its room beside the content, there or not: nothing lies below it.
        area.outer.configure(width=px(self, _WIDTH) + area.vbar.winfo_reqwidth())
        area.outer.pack(fill="both", expand=True)
        body = ttk.Frame(area.body, style="Card.TFrame")
        body.pack()
        self.area = area
        box = ttk.Frame(body, style="Card.TFrame", width=px(self, _WIDTH), height=side)
        box.pack_propagate(flag=False)
        box.pack(pady=(0, px(self, 10)))
        self.picture = ttk.Label(box, style="CardMuted.TLabel", anchor="center")
        self.picture.pack(fill="both", expand=True)
        self.name = WrapLabel(body, style="CardTitle.TLabel", width=_WIDTH)
        self.name.pack(fill="x")
        self.facts = WrapLabel(body, style="CardMuted.TLabel", width=_WIDTH)
        self.facts.pack(fill="x", pady=(px(self, 6), px(self, 12)))
        self.buttons = (
            button(body, text="Show history", command=show_history, icon_name="clock-history"),
            button(body, text="Rename   F2", command=rename, icon_name="pencil"),
            button(body, text="Note consent", command=note_consent, icon_name="shield-check"),
            button(body, text="Export data", command=export, icon_name="box-arrow-up"),
            button(body, text="Delete   Del", command=delete, icon_name="trash"),
            button(body, text="Erase for good", command=erase, icon_name="eraser"),
        )
        rights = (
            Action.VIEW_HISTORY,
            Action.RENAME_PERSON,
            Action.NOTE_CONSENT,
            Action.EXPORT_PERSON,
            Action.DELETE_PERSON,
            Action.ERASE_PERSON,
        )
        for made, right in zip(self.buttons, rights, strict=True):
            if may(right):
                made.pack(fill="x", pady=(0, px(self, 6)))
        on_change(self, lambda _colours: self._placeholder())
        self.show(None, None)

    def show(self, person: PersonLike | None, grid: GridLike | None) -> None:
        """Shows a person, or that nobody is chosen."""
        for made in self.buttons:
            enable(made, on=person is not None)
        self._image = None
        if person is None or grid is None:
            self.name.configure(text="")
            self.facts.configure(text="Choose a person in the list.")
            self._placeholder()
            return
        self.name.configure(text=printable(person.display_name))
        self.facts.configure(text=_facts(person, grid, partial(self._names, grid)))
        keep = grid.settings.keep_pictures
        self._show_picture(grid.people.picture(person.subject_id) if keep else None)

    def _names(self, grid: GridLike) -> Mapping[str, str]:
        if not self._may(Action.VIEW_ACCOUNTS):
            return {}
        return grid.administration.names(grid.actor)

    def _show_picture(self, picture: bytes | None) -> None:
        if picture is not None:
            side = px(self, _SIDE)
            try:
                with Image.open(io.BytesIO(picture), formats=("JPEG",)) as opened:
                    opened.thumbnail((side * 2, side * 2))
                    scale = side / max(opened.size)
                    size = (round(opened.width * scale), round(opened.height * scale))
                    self._image = ImageTk.PhotoImage(opened.resize(size), master=self)
            except (OSError, SyntaxError, ValueError):
                self._image = None
        if self._image is None:
            self._placeholder()
        else:
            self.picture.configure(image=str(self._image))

    def _placeholder(self) -> None:
        if self._image is None:
            self.picture.configure(image=icon("person-square", palette(self).line, size=90))


def _facts(person: PersonLike, grid: GridLike, names: Names) -> str:
    qualities = [getattr(template, "quality", {}) for template in person.templates]
    lines = [variety([quality.get("yaw") for quality in qualities])]
    if person.enrolled_at_ms:
        lines.append(f"Enrolled {clock(person.enrolled_at_ms)}")
    consent = grid.people.consent(person.subject_id)
    lines += consent_lines(consent, names)
    override = None if consent is None else consent.get("override_reason")
    if override:
        lines.append(f"Enrolled although the face was known: {printable(str(override), 120)}")
    if not grid.settings.keep_pictures:
        lines.append("Pictures are not kept (see Settings).")
    return "\n".join(lines)


def consent_lines(consent: Mapping[str, Any] | None, names: Names) -> list[str]:
    """What was agreed to, when, where and who noted it; and what somebody stated for them.

    Args:
        consent: As it is kept with the person.
        names: Gives those of the accounts by their ids, as far as whoever looks may see them.
    """
    if not consent:
        return ["No consent noted"]
    lines: list[str] = []
    if consent.get("at_ms"):
        where = printable(str(consent.get("checkpoint_name") or "a checkpoint"), 60)
        by = str(consent.get("by") or "")
        # Else nobody signed in, and the checkpoint is named already.
        noted = f", noted by {KnownNames(names()).who(by)}" if by.startswith("account:") else ""
        lines.append(f"Agreed {clock(int(consent['at_ms']))} at {where}{noted}")
        words = str(consent.get("text") or FIRST_TEXT)
        if words != FIRST_TEXT and not consent.get("since_ms"):
            words = printable(" ".join(words.split()), 120)
            lines.append(f"In words said there: {words}")
    if consent.get("ground"):
        ground = printable(str(consent["ground"]), 200)
        who = KnownNames(names()).who(str(consent["ground_by"]))
        lines.append(f"Consent stated {clock(int(consent['ground_at_ms']))} by {who}: {ground}")
    return lines
