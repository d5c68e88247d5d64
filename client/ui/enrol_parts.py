"""Parts of the enrolment dialog: quality meter, places for the pictures, who is signed in."""

import tkinter
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import Literal

from PIL import Image as PilImage
from PIL import ImageTk

from biometrics.variety import variety_of
from client.camera.frames import Image
from client.pose import Pose, turn_of_pose
from client.ui.controls import button, enable
from client.ui.enrol_form import POSE_WORDS
from desktop.ui.palette import Palette, Tone
from desktop.ui.theme import icon, on_change, palette, px
from desktop.ui.widgets import Confirmation, Dialog, IconLabel, WrapLabel, confirm
from protocol.text import printable

THUMBNAIL = 92  # logical pixels
# Below the first the picture is refused by the quality limits; above the second nothing is left
# to better.
USABLE, GOOD = 0.35, 0.7


class QualityMeter(ttk.Frame):
    """A bar from useless to excellent with its word and what to do, renewed with every report."""

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent, style="Plain.TFrame")
        head = ttk.Frame(self, style="Plain.TFrame")
        head.pack(fill="x")
        ttk.Label(head, text="Picture quality", style="Muted.TLabel").pack(side="left")
        self._word = IconLabel(head, style="Bold.TLabel")
        self._word.pack(side="right")
        self._bar = tkinter.Canvas(self, height=px(self, 10), highlightthickness=0, borderwidth=0)
        self._bar.pack(fill="x", pady=(px(self, 6), px(self, 6)))
        self._advice = WrapLabel(self, style="Plain.TLabel")
        self._advice.pack(fill="x")
        self._level = 0.0
        self._tone: Tone = "neutral"
        self._bar.bind("<Configure>", lambda _event: self._paint(palette(self)))
        on_change(self, self._paint)
        self.show(None, "")

    @property
    def text(self) -> str:
        """The word and the advice as they stand on the screen."""
        return f"{str(self._word.cget('text')).strip()} {self._advice.cget('text')}".strip()

    def show(self, level: float | None, advice: str) -> None:
        """Changes the level.

        Args:
            level: 0 (useless) to 1 (excellent); None when there is no face.
            advice: What to do, or "".
        """
        self._level = level or 0.0
        if level is None:
            word, self._tone = "No face", "neutral"
            advice = advice or "Stand in front of the camera."
        elif advice or level < USABLE:
            word, self._tone = "Not yet", "warn"
        elif level < GOOD:
            word, self._tone = "Usable", "info"
        else:
            word, self._tone = "Good", "good"
        self._word.show(word, self._tone)
        self._advice.configure(text=advice or "Hold still.")
        self._paint(palette(self))

    def _paint(self, colours: Palette) -> None:
        bar = self._bar
        width, height = bar.winfo_width(), bar.winfo_height()
        bar.configure(background=colours.neutral_soft)
        bar.delete("all")
        filled = round(width * min(1.0, max(0.0, self._level)))
        if filled:
            bar.create_rectangle(
                0, 0, filled, height, fill=colours.fill(self._tone), width=0, tags="level"
            )
        for mark in (USABLE, GOOD):
            x = round(width * mark)
            bar.create_line(x, 0, x, height, fill=colours.ground, width=px(self, 2))


class PictureSlot(ttk.Frame):
    """The place of one picture: what is wanted, then the picture with its pose and a drop button.

    Args:
        parent: Where it goes.
        number: Counted from 1, for people.
        on_drop: Called when the picture is to be dropped.
    """

    def __init__(self, parent: tkinter.Misc, *, number: int, on_drop: Callable[[], None]) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._side = px(self, THUMBNAIL)
        self._number = number
        self._photo: ImageTk.PhotoImage | None = None
        self._bad = False
        self._wanted = False
        self._canvas = tkinter.Canvas(
            self, width=self._side, height=self._side, highlightthickness=0, borderwidth=0
        )
        self._caption = ttk.Label(self, style="Small.TLabel", anchor="center")
        self.drop_button = button(self, "Drop", on_drop, icon="x-lg")
        self._canvas.pack()
        self._caption.pack(fill="x", pady=(px(self, 3), px(self, 3)))
        self.drop_button.pack(fill="x")
        on_change(self, self._paint)
        self.empty(Pose.STRAIGHT, wanted=False)

    @property
    def filled(self) -> bool:
        """Whether it holds a picture."""
        return self._photo is not None

    @property
    def text(self) -> str:
        """The caption as it stands on the screen."""
        return str(self._caption.cget("text"))

    def empty(self, pose: Pose, *, wanted: bool) -> None:
        """Shows what is wanted here, marked when it is the next one."""
        self._photo = None
        self._bad = False
        self._wanted = wanted
        self._caption.configure(text=POSE_WORDS[pose])
        enable(self.drop_button, on=False)
        self._paint(palette(self))

    def fill(self, thumbnail: Image, pose: Pose, *, bad: bool = False) -> None:
        """Shows a picture: RGB, uint8; marked when the server found it shows somebody else."""
        picture = PilImage.fromarray(thumbnail).resize(
            (self._side, self._side), PilImage.Resampling.LANCZOS
        )
        self._photo = ImageTk.PhotoImage(picture, master=self)
        self._bad = bad
        self._wanted = False
        self._caption.configure(text=POSE_WORDS[pose])
        enable(self.drop_button, on=True)
        self._paint(palette(self))

    def lock(self) -> None:
        """Nothing can be dropped while the server is asked."""
        enable(self.drop_button, on=False)

    def _paint(self, colours: Palette) -> None:
        canvas, side = self._canvas, self._side
        canvas.delete("all")
        canvas.configure(background=colours.surface)
        middle = side // 2
        if self._photo is not None:
            canvas.create_image(0, 0, anchor="nw", image=self._photo)
            name, tone = ("x-circle-fill", "bad") if self._bad else ("check-circle-fill", "good")
            edge = colours.bad if tone == "bad" else colours.good
            corner = side - px(self, 14)
            canvas.create_oval(
                corner - px(self, 10), corner - px(self, 10),
                corner + px(self, 10), corner + px(self, 10),
                fill="#ffffff", width=0,
            )  # fmt: skip
            canvas.create_image(corner, corner, image=icon(name, edge, size=18))
        else:
            colour = colours.accent_text if self._wanted else colours.muted
            edge = colours.accent if self._wanted else colours.line
            canvas.create_image(
                middle, middle, image=icon(f"{self._number}-circle", colour, size=30)
            )
        width = px(self, 2)
        canvas.create_rectangle(
            width // 2, width // 2, side - width // 2 - 1, side - width // 2 - 1,
            outline=edge, width=width,
        )  # fmt: skip


class DonePage(ttk.Frame):
    """The last page of an enrolment: who is enrolled now.

    Args:
        parent: Where it goes.
        name: As stored.
        pictures: How many of the person are stored now.
        taken: Where the head was turned in those taken now.
        size: Its width and height in pixels.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        name: str,
        pictures: int,
        taken: Sequence[Pose],
        size: tuple[int, int],
    ) -> None:
        super().__init__(parent, style="Plain.TFrame", width=size[0], height=size[1])
        inside = ttk.Frame(self, style="Plain.TFrame")
        inside.place(relx=0.5, rely=0.5, anchor="center")
        colour = palette(self).good_text
        ttk.Label(
            inside, image=icon("check-circle-fill", colour, size=64), style="Plain.TLabel"
        ).pack()
        self.text = f"{printable(name, 60)} is enrolled"
        ttk.Label(inside, text=self.text, style="Big.TLabel").pack(pady=(px(self, 16), px(self, 4)))
        stored = "1 picture" if pictures == 1 else f"{pictures} pictures"
        self.detail = f"{stored} stored. From now on every checkpoint knows this face."
        ttk.Label(inside, text=self.detail, style="Muted.TLabel").pack()
        self.variety = variety_of([turn_of_pose(pose) for pose in taken])
        ttk.Label(inside, text=self.variety, style="Muted.TLabel").pack(pady=(px(self, 4), 0))


class Waiting(ttk.Progressbar):
    """A bar that runs while the server is asked, and is not there otherwise."""

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent, mode="indeterminate", length=px(parent, 160))

    def show(self, *, on: bool) -> None:
        """Comes or goes."""
        if on and not self.winfo_manager():
            self.pack(side="left")
            self.start(20)
        elif not on and self.winfo_manager():
            self.stop()
            self.pack_forget()


def lets_go(parent: Dialog, *, word: str, name: str, pictures: int) -> bool:
    """Asks before an enrolment is lost that somebody has begun; True when it may be.

    Args:
        parent: The enrolment.
        word: What they are about to do.
        name: As typed.
        pictures: How many are taken.
    """
    if any(isinstance(one, Confirmation) for one in parent.winfo_children()):
        return False  # it is being asked
    name = printable(" ".join(name.split()), 40)
    if not name and not pictures:
        return True
    taken = f"{pictures} {'picture' if pictures == 1 else 'pictures'}" if pictures else ""
    lost = " and ".join(part for part in (f"the name {name}" if name else "", taken) if part)
    return confirm(
        parent,
        title="Not stored yet",
        question=f"{word} without saving?",
        detail=f"Nothing of this enrolment is stored yet: {lost} would be lost.",
        agree=word,
        decline="Go on enrolling",
        danger=True,
    )


class SignedInLine(ttk.Frame):
    """Who enrols, with a button to sign out; nothing where nobody has to sign in.

    Args:
        parent: Where it goes.
        sign_out: What the button does.
        side: At which of its parent's.

    Attributes:
        name: Who is signed in, "" for nobody.
        last: Who was signed in last.
    """

    def __init__(
        self, parent: tkinter.Misc, sign_out: Callable[[], None], *, side: Literal["left", "bottom"]
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._side = side
        self.name = self.last = ""
        self._who = IconLabel(self, style="Plain.TLabel")
        self._who.pack(side="left")
        self.button = button(self, "Sign out", sign_out, icon="box-arrow-right")

    @property
    def text(self) -> str:
        """What stands there, "" for nothing."""
        return str(self._who.cget("text")).strip() if self.winfo_manager() else ""

    def show(self, name: str) -> None:
        """Who; "" for nobody, which is said where somebody was."""
        if not (name or self.name):
            return
        self.name, self.last = name, name or self.last
        self.pack(side=self._side, fill="x", pady=(px(self, 4), 0))
        if name:
            self._who.show(f"Signed in as {printable(name, 40)}", "good", icon_name="person-check")
            self.button.pack(side="left", padx=(px(self, 10), 0))
        else:
            self._who.show("The sign-in has ended.", "warn")
            self.button.pack_forget()
