"""Small widgets both windows are built from: banner, tile, chip, wrapped text, dialogs, toast."""

import contextlib
import tkinter
from collections.abc import Callable
from tkinter import ttk

import ttkbootstrap as tb

from desktop.ui.buttons import Look, button, set_icon
from desktop.ui.palette import Tone
from desktop.ui.theme import icon, on_change, palette, px

__all__ = [
    "TONE_ICONS",
    "Card",
    "Confirmation",
    "Dialog",
    "IconLabel",
    "Look",
    "StateBanner",
    "Tile",
    "WrapLabel",
    "button",
    "confirm",
    "set_icon",
]

# What each tone is drawn with beside its word, so that colour never speaks alone.
TONE_ICONS: dict[Tone, str] = {
    "good": "check-circle-fill",
    "bad": "x-octagon-fill",
    "warn": "exclamation-triangle-fill",
    "info": "info-circle-fill",
    "neutral": "dash-circle",
}


# Room that a desktop's bar takes at the lower edge of a screen, in logical pixels.
_BELOW = 40


class WrapLabel(ttk.Label):
    """Text that breaks its lines at its own width, whatever that becomes.

    Args:
        parent: Where it goes.
        width: The width it asks for when there is room, in logical pixels.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        text: str = "",
        style: str = "Plain.TLabel",
        width: int = 400,
    ) -> None:
        super().__init__(
            parent, text=text, style=style, justify="left", wraplength=px(parent, width)
        )
        self._slack = px(self, 6)
        self._wrapped_at = 0
        self.bind("<Configure>", self._wrap)

    def _wrap(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        """Only at another width: what is configured is measured and laid out again."""
        width = max(1, event.width - self._slack)
        if width != self._wrapped_at:
            self._wrapped_at = width
            self.configure(wraplength=width)


class IconLabel(ttk.Label):
    """A word with an icon before it, both in the colour of a tone.

    Args:
        parent: Where it goes.
        style: A label style of `desktop.ui.theme`: it gives the ground.
        size: The icon's size in logical pixels.
    """

    def __init__(
        self, parent: tkinter.Misc, *, text: str = "", style: str = "Plain.TLabel", size: int = 14
    ) -> None:
        super().__init__(parent, text=text, style=style, compound="left")
        self._size = size
        self._shown: tuple[str, Tone] | None = None
        on_change(self, lambda _colours: self._paint())

    def show(self, text: str, tone: Tone, *, icon_name: str | None = None) -> None:
        """Changes the word, the tone and the icon (the tone's own without a name)."""
        self._shown = (icon_name or TONE_ICONS[tone], tone)
        # No space before it: lines after the first would begin left of it. ttk leaves a gap.
        self.configure(text=text)
        self._paint()

    def plain(self, text: str) -> None:
        """Changes to text in the style's own colour, without an icon."""
        self._shown = None
        self.configure(text=text, image="", foreground="")

    def _paint(self) -> None:
        if self._shown is not None:
            name, tone = self._shown
            colour = palette(self).as_text(tone)
            self.configure(foreground=colour, image=icon(name, colour, size=self._size))


class StateBanner(ttk.Frame):
    """The state of the program: an icon, one big line, one line of reason, one button.

    Args:
        parent: Where it goes.
        strong: A full fill that is read across a room (checkpoint); otherwise a pale one.
    """

    def __init__(self, parent: tkinter.Misc, *, strong: bool = False) -> None:
        super().__init__(parent, padding=(px(parent, 16), px(parent, 12)))
        self._strong = strong
        self._shown: tuple[str, Tone] = (TONE_ICONS["neutral"], "neutral")
        self._icon = ttk.Label(self)
        self._line = WrapLabel(self)
        self._reason = WrapLabel(self)
        self._command: Callable[[], None] = _nothing
        look: Look = "light" if strong else "primary"
        self.button = button(self, text="", command=self._pressed, look=look)
        self._second_command: Callable[[], None] = _nothing
        self.second = button(
            self, text="", command=self._second_pressed, look="light" if strong else "neutral"
        )
        self._icon.grid(row=0, column=0, rowspan=2, padx=(0, px(self, 14)))
        self._line.grid(row=0, column=1, sticky="ew")
        self.columnconfigure(1, weight=1)
        on_change(self, lambda _colours: self._paint())

    def show(
        self,
        *,
        tone: Tone,
        line: str,
        reason: str = "",
        icon_name: str | None = None,
        button: tuple[str, Callable[[], None]] | None = None,
        second: tuple[str, Callable[[], None]] | None = None,
    ) -> None:
        """Changes what is shown; each button is a word and what it does, or is not there."""
        self._shown = (icon_name or TONE_ICONS[tone], tone)
        self._line.configure(text=line)
        self._reason.configure(text=reason)
        if reason:
            self._reason.grid(row=1, column=1, sticky="ew", pady=(px(self, 2), 0))
        else:
            self._reason.grid_remove()
        self._command = self._offer(self.button, 2, button)
        self._second_command = self._offer(self.second, 3, second)
        self._paint()

    @property
    def text(self) -> str:
        """Both lines as they stand on the screen."""
        return f"{self._line.cget('text')}\n{self._reason.cget('text')}".strip()

    @property
    def tone(self) -> Tone:
        """The tone shown now."""
        return self._shown[1]

    def _pressed(self) -> None:
        self._command()

    def _second_pressed(self) -> None:
        self._second_command()

    def _offer(
        self, widget: ttk.Button, column: int, offer: tuple[str, Callable[[], None]] | None
    ) -> Callable[[], None]:
        if offer is None:
            widget.grid_remove()
            return _nothing
        widget.configure(text=offer[0])
        widget.grid(row=0, column=column, rowspan=2, padx=(px(self, 10), 0))
        return offer[1]

    def _paint(self) -> None:
        name, tone = self._shown
        colours = palette(self)
        style = tone.title() if self._strong else f"{tone.title()}Soft"
        self.configure(style=f"{style}.TFrame")
        colour = colours.on(tone) if self._strong else colours.as_text(tone)
        size = 40 if self._strong else 24
        self._icon.configure(image=icon(name, colour, size=size), style=f"{style}.TLabel")
        self._line.configure(style=f"{style}{'Big' if self._strong else 'Bold'}.TLabel")
        self._reason.configure(style=f"{style}.TLabel" if self._strong else f"{style}Plain.TLabel")


class Card(ttk.Frame):
    """A surface with a thin line round it and, when it has one, a heading. Fill `.body`."""

    def __init__(self, parent: tkinter.Misc, *, heading: str = "", padding: int = 12) -> None:
        super().__init__(parent, style="Line.TFrame", padding=1)
        inner = ttk.Frame(self, style="Card.TFrame", padding=px(self, padding))
        inner.pack(fill="both", expand=True)
        self.head = ttk.Frame(inner, style="Card.TFrame")
        if heading:
            self.head.pack(fill="x", pady=(0, px(self, 8)))
            ttk.Label(self.head, text=heading, style="CardBold.TLabel").pack(side="left")
        self.body = ttk.Frame(inner, style="Card.TFrame")
        self.body.pack(fill="both", expand=True)


class Tile(Card):
    """One number: its caption, the number, and a note under it."""

    def __init__(self, parent: tkinter.Misc, *, caption: str) -> None:
        super().__init__(parent)
        ttk.Label(self.body, text=caption, style="CardMuted.TLabel").pack(anchor="w")
        self._value = ttk.Label(self.body, text="–", style="CardBig.TLabel")
        self._value.pack(anchor="w", pady=(px(self, 2), 0))
        self._note = IconLabel(self.body, style="CardSmall.TLabel", size=11)
        self._note.configure(justify="left")
        self._note.pack(anchor="w")
        icon = px(self, 20)
        self.body.bind(
            "<Configure>", lambda event: self._note.configure(wraplength=event.width - icon)
        )
        self.show("–", "")

    def show(self, value: str, note: str, *, tone: Tone | None = None) -> None:
        """Changes the number and the note; with a tone the note has its icon and colour."""
        self._value.configure(text=value)
        if tone is None:
            self._note.plain(note)
        else:
            self._note.show(note, tone)

    @property
    def text(self) -> str:
        """The number and the note as they stand on the screen."""
        return f"{self._value.cget('text')} {self._note.cget('text')}".strip()


class Dialog(tb.Toplevel):
    """A modal dialog in the middle of its window. Escape closes it; fill `.body` and `.buttons`."""

    def __init__(self, parent: tkinter.Misc, *, title: str, width: int = 460) -> None:
        owner = parent.winfo_toplevel()
        super().__init__(title=title, master=owner, resizable=(False, False), iconphoto=None)
        self.withdraw()
        self.transient(owner)
        self._owner = owner
        self._width = px(self, width)
        edge = ttk.Frame(self, style="Line.TFrame", padding=1)
        edge.pack(fill="both", expand=True)
        frame = ttk.Frame(edge, style="Plain.TFrame", padding=px(self, 20))
        frame.pack(fill="both", expand=True)
        self.body = ttk.Frame(frame, style="Plain.TFrame")
        self.body.pack(fill="both", expand=True)
        self.buttons = ttk.Frame(frame, style="Plain.TFrame")
        self.buttons.pack(fill="x", pady=(px(self, 18), 0))
        ttk.Frame(self.body, style="Plain.TFrame", width=self._width, height=1).pack()
        self.bind("<Escape>", lambda _event: self.cancel())
        self.protocol("WM_DELETE_WINDOW", self.cancel)

    def present(self, first: tkinter.Misc | None = None) -> None:
        """Shows it over its window, keeps clicks to itself and puts the keyboard on `first`."""
        self.centre()
        self.deiconify()
        self.wait_visibility()
        # Texts have broken their lines by now and the dialog its last size: one that shrinks under
        # the pointer later would lose the keyboard where no window manager looks after it.
        self.update()
        if not self.winfo_exists():
            return  # it was closed meanwhile, or its window was
        self.grab_set()
        (first or self).focus_set()

    def wait_for_answer(self, first: tkinter.Misc | None = None) -> None:
        """`present`, then waits until it is closed; it may be before the waiting begins."""
        self.present(first)
        if self.winfo_exists():
            self.wait_window(self)

    def centre(self) -> None:
        """Puts it in the middle of its window; again after its content has changed."""
        self.update_idletasks()
        # Tab goes by the stacking order: from left to right, though packed from the right.
        for child in sorted(self.buttons.winfo_children(), key=tkinter.Misc.winfo_x):
            child.lift()
        owner = self._owner
        x = owner.winfo_rootx() + (owner.winfo_width() - self.winfo_reqwidth()) // 2
        y = owner.winfo_rooty() + (owner.winfo_height() - self.winfo_reqheight()) // 3
        # A tall dialog over a low window: its buttons stay on the screen.
        y = min(y, self.winfo_screenheight() - self.winfo_reqheight() - px(self, _BELOW))
        self.geometry(f"+{max(0, x)}+{max(0, y)}")

    def stay_on_screen(self) -> None:
        """Moves up when what was added has pushed its buttons off the screen."""
        self.update_idletasks()
        if self.winfo_rooty() + self.winfo_reqheight() > self.winfo_screenheight():
            self.centre()

    def cancel(self) -> None:
        """Closes it without an answer."""
        self.destroy()

    def destroy(self) -> None:
        """Closes it, and gives keyboard and clicks back to the dialog below, if it is over one."""
        below = self._owner
        super().destroy()
        if isinstance(below, Dialog):
            with contextlib.suppress(tkinter.TclError):  # it may be on its way out itself
                below.grab_set()
                below.focus_set()


class Confirmation(Dialog):
    """A question with two buttons; the careful one has the keyboard.

    Attributes:
        yes: Whether the person agreed.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        title: str,
        question: str,
        detail: str = "",
        agree: str,
        decline: str = "Cancel",
        danger: bool = False,
    ) -> None:
        super().__init__(parent, title=title)
        self.yes = False
        row = ttk.Frame(self.body, style="Plain.TFrame")
        row.pack(fill="x")
        tone: Tone = "bad" if danger else "info"
        colour = palette(self).as_text(tone)
        name = "exclamation-triangle-fill" if danger else "question-circle-fill"
        ttk.Label(row, image=icon(name, colour, size=26), style="Plain.TLabel").pack(
            side="left", anchor="n", padx=(0, px(self, 14))
        )
        text = ttk.Frame(row, style="Plain.TFrame")
        text.pack(side="left", fill="x", expand=True)
        WrapLabel(text, text=question, style="Bold.TLabel").pack(fill="x")
        if detail:
            WrapLabel(text, text=detail, style="Muted.TLabel").pack(fill="x", pady=(px(self, 6), 0))
        self.agree = button(
            self.buttons,
            text=agree,
            command=self._agreed,
            look="danger" if danger else "primary",
        )
        self.decline = button(self.buttons, text=decline, command=self.cancel)
        self.agree.pack(side="right")
        self.decline.pack(side="right", padx=(0, px(self, 8)))

    def _agreed(self) -> None:
        self.yes = True
        self.destroy()


def confirm(
    parent: tkinter.Misc,
    *,
    title: str,
    question: str,
    detail: str = "",
    agree: str,
    decline: str = "Cancel",
    danger: bool = False,
) -> bool:
    """Asks and waits, while the window's events go on. True when the person agreed."""
    dialog = Confirmation(
        parent,
        title=title,
        question=question,
        detail=detail,
        agree=agree,
        decline=decline,
        danger=danger,
    )
    dialog.wait_for_answer(dialog.decline)
    return dialog.yes


def _nothing() -> None:
    """What a button that is not shown does."""
