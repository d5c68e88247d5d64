"""The page of the text that people agree to: what is in force, a new one with its preview."""

import contextlib
import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import TYPE_CHECKING

from desktop.ui.consent_view import ConsentView
from desktop.ui.theme import palette, px
from desktop.ui.widgets import Card, IconLabel, WrapLabel, button, confirm
from protocol.consent import LONGEST
from protocol.text import printable
from server.permissions import Action
from server.ui.consent_editor import ConsentEditor
from server.ui.controls import PageTitle, enable, scrolled
from server.ui.desk import Desk
from server.ui.table import Column, Table
from server.ui.wording import clock

if TYPE_CHECKING:
    from server.consent_texts import ConsentText
    from server.consents import ConsentState

_COLUMNS = (
    Column("Version", 70),
    Column("In force since", 210),
    Column("People", 70, align="center"),
    Column("Text", 480, stretch=True),
)
_PREVIEW = 372
"""Logical pixels: as wide as at a checkpoint."""
_SHOWS = "As the checkpoint shows it"
_KEPT = "The new consent text is kept on its page. It is not in force."


class ConsentPage(ttk.Frame):
    """Who may, writes a new text and puts it in force; others read.

    Args:
        parent: Where it goes.
        desk: What pages share.
        mark: Called with whether something written here is not in force.

    Attributes:
        writer: Who is signed in; what they write is kept under it.
        known: How it stands, as it was last read; None before, and while the file cannot be used.
    """

    def __init__(self, parent: tkinter.Misc, desk: Desk, *, mark: Callable[[bool], None]) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk, self._mark = desk, mark
        self.known: ConsentState | None = None
        self.writer = desk.grid.actor.name if desk.grid is not None else ""
        self.may_change = desk.may(Action.CHANGE_CONSENT_TEXT)
        self.title = PageTitle(self, title="Consent", note="")
        self.title.pack(fill="x", pady=(0, px(self, 10)))
        self._build_foot()
        self._build_versions()
        cards = ttk.Frame(self, style="Plain.TFrame")
        cards.pack(fill="both", expand=True)
        cards.rowconfigure(0, weight=1)
        cards.columnconfigure(0, weight=1)
        self._build_editor(cards)
        self._build_preview(cards)
        # Tab goes by the stacking order: what is written, then what becomes of it, then what was.
        self._foot.lift()
        self._versions.lift()

    def _build_foot(self) -> None:
        self._foot = foot = ttk.Frame(self, style="Plain.TFrame")
        foot.pack(side="bottom", fill="x", pady=(px(self, 10), 0))
        self.put_button = button(
            foot, text="Put in force", command=self.put_in_force, look="primary"
        )
        self.undo = button(foot, text="Undo changes", command=self.fill)
        # Whoever is about to press it sees what they put in force, and no version of before.
        self.put_button.bind("<FocusIn>", lambda _event: self.table.selection_set(()))
        if self.may_change:
            self.put_button.pack(side="left")
            self.undo.pack(side="left", padx=(px(self, 8), px(self, 16)))
        self.note = IconLabel(foot, style="Plain.TLabel")
        self.note.configure(justify="left")
        self.note.pack(side="left", fill="x", expand=True)
        icon = px(self, 24)
        self.note.bind(
            "<Configure>", lambda e: self.note.configure(wraplength=max(1, e.width - icon))
        )

    def _build_versions(self) -> None:
        self._versions = card = Card(self, heading="Versions")
        card.pack(side="bottom", fill="x", pady=(px(self, 12), 0))
        self.others = WrapLabel(card.body, style="CardMuted.TLabel", width=900)
        self.others.pack(side="bottom", fill="x", pady=(px(self, 6), 0))
        frame = ttk.Frame(card.body, style="Card.TFrame")
        frame.pack(fill="both", expand=True)
        self.table = Table(frame, _COLUMNS, rows=4)
        scrolled(frame, self.table)
        self.table.bind("<<TreeviewSelect>>", lambda _event: self._show_preview())

    def _build_editor(self, cards: ttk.Frame) -> None:
        word = "What people agree to" if self.may_change else "What people agree to, in force now"
        card = Card(cards, heading=word)
        card.grid(row=0, column=0, sticky="nsew", padx=(0, px(self, 12)))
        self.count = ttk.Label(card.head, style="CardMuted.TLabel")
        self.count.pack(side="right")
        self.editor = ConsentEditor(card.body, changed=self._edited, read_only=not self.may_change)
        self.editor.pack(fill="both", expand=True)

    def _build_preview(self, cards: ttk.Frame) -> None:
        card = Card(cards)
        card.grid(row=0, column=1, sticky="nsew")
        self.shows = ttk.Label(card.head, text=_SHOWS, style="CardBold.TLabel")
        card.head.pack(fill="x", pady=(0, px(self, 8)), before=card.body)
        self.shows.pack(side="left")
        # On the ground of a checkpoint's window, which is not that of a card.
        edge = ttk.Frame(card.body, style="Line.TFrame", padding=1)
        edge.pack(fill="both", expand=True)
        screen = ttk.Frame(edge, style="Plain.TFrame", padding=px(self, 14))
        screen.pack(fill="both", expand=True)
        ttk.Frame(screen, style="Plain.TFrame", width=px(self, _PREVIEW), height=1).pack()
        step = IconLabel(screen, style="Bold.TLabel", size=16)
        step.show("Consent", "info", icon_name="2-circle-fill")
        step.pack(anchor="w", pady=(0, px(self, 4)))
        self._agreed = tkinter.BooleanVar(self)
        self.preview = ConsentView(screen, text="", agreed=self._agreed)
        self.preview.pack(fill="x")
        self.preview.box.configure(takefocus=False)

    # What comes and goes.

    def shown(self) -> None:
        """The page came to the front."""
        self.ask()

    def left(self) -> None:
        """Another page comes to the front: what was written waits here, and that is said."""
        if self.changed:
            self._desk.toast.show(_KEPT, tone="warn", for_ms=6000)

    def refresh(self) -> None:
        """Looks whether somebody else changed it."""
        self.ask()

    def ask(self) -> None:
        """Reads how it stands."""
        grid = self._desk.ready
        if grid is not None and grid.may(Action.VIEW_CONSENT_TEXT):
            self._desk.ask("consent", grid.consents.state, self._take, self._unreadable)

    @property
    def changed(self) -> bool:
        """Whether something is written that is not in force."""
        return self.known is not None and self.editor.text != self.known.in_force.text

    def _take(self, state: "ConsentState") -> None:
        before, self.known = self.known, state
        if before is None:
            self.fill(keep=self._desk.drafts.get(self.writer))
        elif before.in_force.version != state.in_force.version:
            self._overtaken(before, state)
        self._show_versions(state)
        self._edited()

    def _overtaken(self, before: "ConsentState", now: "ConsentState") -> None:
        """Another text came in force; what is being written here stays."""
        if self.editor.text in (before.in_force.text, now.in_force.text):
            self.fill()
            return
        self._warning = (
            f"Version {now.in_force.version} came in force meanwhile. Read it below: what you "
            "write here would replace it."
        )
        self.table.selection_set(())

    def _unreadable(self, error: Exception) -> None:
        self.known = None
        enable(self.put_button, on=False)
        enable(self.undo, on=False)
        self.title.say("It cannot be read.")
        self.note.show(str(error), "bad")

    def fill(self, *, keep: str | None = None) -> None:
        """Shows what is in force, or what was written before.

        Args:
            keep: What somebody wrote and did not put in force.
        """
        if self.known is None:
            return
        self._warning = ""
        self.table.selection_set(())
        self.editor.fill(self.known.in_force.text if keep is None else keep)
        self._edited()

    _warning = ""

    def _edited(self) -> None:
        """Something was typed, or the state is another one."""
        text = self.editor.text
        length = len(text.strip())
        self.count.configure(
            text=f"{length} of {LONGEST} characters",
            foreground=palette(self).as_text("bad") if length > LONGEST else "",
        )
        self._keep_draft()
        if self.table.selection() and self.changed:
            self.table.selection_set(())
        self._show_preview()
        mistake = self._mistake(text.strip())
        enable(self.put_button, on=self.changed and not mistake)
        enable(self.undo, on=self.changed)
        if not self.may_change:
            self.note.plain("An administrator writes it.")
        elif mistake:
            self.note.show(mistake, "bad")
        elif self._warning and self.changed:
            self.note.show(self._warning, "warn")
        elif self.changed:
            self.note.show("Not in force yet.", "info")
        else:
            self.note.plain("")

    def _mistake(self, text: str) -> str:
        if self.known is None:
            return ""
        if not text:
            return "The text is empty. Write what people agree to."
        over = len(text) - LONGEST
        return f"{over} characters too many." if over > 0 else ""

    def _keep_draft(self) -> None:
        """Locking the window takes the page away, and not what was written on it."""
        if self.changed:
            self._desk.drafts[self.writer] = self.editor.text
        else:
            self._desk.drafts.pop(self.writer, None)
        self._mark(self.changed)

    # What is shown.

    def _show_versions(self, state: "ConsentState") -> None:
        now = state.in_force
        since = f"since {clock(now.since_ms)}" if now.since_ms else "since the beginning"
        agreed = _people(state.agreed)
        self.title.say(f"Version {now.version} is in force {since}. {agreed} agreed to it.")
        self.table.replace(
            (str(one.version), self._row(one, state), _tag(one, now)) for one in state.texts
        )
        others = []
        if state.stated:
            others.append(f"{_people(state.stated)} enrolled on a ground stated at the server.")
        if state.own:
            others.append(f"{_people(state.own)} agreed in other words, said at a checkpoint.")
        if state.nothing:
            others.append(f"{_people(state.nothing)} without a noted consent.")
        if not others:
            somebody = any(state.people.values())
            others.append(
                "Everybody agreed to one of these." if somebody else "Nobody is enrolled."
            )
        self.others.configure(text="  ".join(others))

    def _row(self, one: "ConsentText", state: "ConsentState") -> tuple[str, ...]:
        since = clock(one.since_ms) if one.since_ms else "the beginning"
        if one == state.in_force:
            since = f"{since}, now"
        people = state.people.get(one.version, 0)
        return str(one.version), since, str(people), printable(one.text.replace("\n", " "), 92)

    def _show_preview(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            self.shows.configure(text=_SHOWS)
            self._preview(self.editor.text.strip())
        else:
            self.shows.configure(text=f"Version {chosen.version}")
            self._preview(chosen.text)

    def _preview(self, text: str) -> None:
        self._agreed.set(False)
        if text != self.preview.text:
            self.preview.show(text)

    def _chosen(self) -> "ConsentText | None":
        """The version that is read now, below."""
        if self.known is None or self.table.chosen is None:
            return None
        found = (one for one in self.known.texts if str(one.version) == self.table.chosen)
        return next(found, None)

    # Acts.

    def put_in_force(self) -> None:
        """Asks, says what it means, and does it."""
        grid, state = self._desk.ready, self.known
        text = self.editor.text
        if not (self.may_change and self.changed) or self._mistake(text.strip()):
            return
        if grid is None or state is None:
            return
        now = state.in_force
        agreed = confirm(
            self,
            title="Put a new text in force",
            question="From now on every checkpoint shows this text.",
            detail=f"{_kept(state.agreed, now.version)} Whoever is being enrolled just now is "
            "asked once more.",
            agree="Put in force",
        )
        if not agreed or self._desk.ready is None or not self.winfo_exists():
            return
        enable(self.put_button, on=False)
        self._desk.ask(
            "",
            lambda: grid.consents.put_in_force(text, instead_of=now.version),
            self._done,
            self._refused,
        )

    def _done(self, made: "ConsentText") -> None:
        self._desk.drafts.pop(self.writer, None)
        self._desk.toast.show(f"Version {made.version} is in force.", tone="good")
        if self.winfo_exists():
            self._warning = ""
            self.editor.fill(made.text)
            self.ask()

    def _refused(self, error: Exception) -> None:
        if not self.winfo_exists():
            self._desk.complain(error)
            return
        self.ask()
        self._warning = str(error)
        self.note.show(str(error), "bad")

    def destroy(self) -> None:
        """Goes with the window or its lock."""
        with contextlib.suppress(tkinter.TclError):
            super().destroy()


def _people(count: int) -> str:
    return "Nobody" if not count else f"{count} person" if count == 1 else f"{count:,} people"


def _kept(count: int, version: int) -> str:
    """What becomes of the consent that was given to the text of before."""
    if not count:
        return f"Nobody who is enrolled agreed to version {version}."
    if count == 1:
        return f"1 person agreed to version {version}, keeps it and is not asked again."
    return f"{count:,} people agreed to version {version}, keep it and are not asked again."


def _tag(one: "ConsentText", now: "ConsentText") -> str:
    return "plain" if one == now else "muted"
