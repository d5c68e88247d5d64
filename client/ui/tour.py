"""The demo's guided tour: enrols one visitor through the real dialog, slow enough to follow.

The tour presses what a person would press and waits for what a person would wait for. It uses the
truth that a `demo:` source tells about its pictures only to know when the right visitor is in view.
"""

import enum
import tkinter
from collections.abc import Callable
from tkinter import ttk

from client.events import (
    ClientEvent,
    EnrolAnswered,
    EnrolSampleRefused,
    Outcome,
    VerdictArrived,
    VisionReport,
)
from client.ui.controls import button
from client.ui.enrol_dialog import EnrolDialog
from client.ui.window import CheckpointWindow
from desktop.ui.theme import px
from desktop.ui.widgets import IconLabel

TURN_MS = 50
OPEN_AFTER_S = 0.9  # the red banner is read first
LETTER_S = 0.055
PAUSE_S = 0.35
BETWEEN_PICTURES_S = 0.3
RESULT_SHOWN_S = 1.8


class Step(enum.Enum):
    """Where the tour is; the value is what its strip says."""

    WAITING = "waiting for {name}, whom nobody has enrolled yet"
    OPENING = "{name} was not recognised: the desk opens the enrolment (F2)"
    NAMING = "the name is typed"
    CONSENTING = "the visitor agrees, the consent is ticked"
    PICTURES = "three pictures are taken, each one checked"
    SAVING = "the pictures' numbers go to the server"
    SHOWING = "{name} is enrolled"
    DONE = "from now on {name} is recognised at every checkpoint"
    OVER = ""


class Tour:
    """Walks through one enrolment, on the main thread, driven by time and events.

    Args:
        window: The checkpoint's window.
        name: The visitor to enrol.
    """

    def __init__(self, window: CheckpointWindow, name: str) -> None:
        self._window = window
        self._name = name
        self._typed = 0
        self._face_seen = False
        self._labels_known = False
        self._due_s = 0.0
        self.step = Step.WAITING
        self.strip = TourStrip(window.root, on_take_over=self.stop)
        window.listeners.append(self._heard)
        self._go(Step.WAITING, after_s=0.0)
        self._timer = window.root.after(TURN_MS, self._turn)

    def stop(self) -> None:
        """The person takes over: the dialog stays as it is, the strip goes."""
        self.step = Step.OVER
        self.strip.destroy()
        if self._heard in self._window.listeners:
            self._window.listeners.remove(self._heard)

    # ------------------------------------------------------------------ what it hears

    def _heard(self, event: ClientEvent) -> None:
        match event:
            case VerdictArrived() if self.step is Step.WAITING:
                if self._is_stranger(event):
                    self._go(Step.OPENING, after_s=OPEN_AFTER_S)
            case VerdictArrived() if self.step is Step.DONE:
                if event.outcome is Outcome.IDENTIFIED and event.display_name == self._name:
                    self.stop()
            case VisionReport():
                self._face_seen = len(event.faces) == 1
            case EnrolSampleRefused():
                self._wait(BETWEEN_PICTURES_S)
            case EnrolAnswered():
                if event.ok:
                    self._go(Step.SHOWING, after_s=RESULT_SHOWN_S)
                elif event.code not in ("timeout", "server_unreachable"):
                    self.stop()
            case _:
                pass

    def _is_stranger(self, event: VerdictArrived) -> bool:
        """Whether this verdict is the one the tour waits for."""
        unknown = event.outcome is Outcome.NOT_ENROLLED and not event.late
        return unknown and event.label in (None, self._name)

    # ------------------------------------------------------------------ what it does

    def _turn(self) -> None:
        if self._window.closing or self.step is Step.OVER:
            return
        self._timer = self._window.root.after(TURN_MS, self._turn)
        self._labels_known = self._labels_known or self._window.face_label is not None
        if self._window.now() < self._due_s:
            return
        if self._open_dialog() is None and self._needs_dialog():
            self.stop()  # somebody closed it
            return
        self._act()

    def _needs_dialog(self) -> bool:
        return self.step in (Step.NAMING, Step.CONSENTING, Step.PICTURES, Step.SAVING)

    def _open_dialog(self) -> EnrolDialog | None:
        return self._window.enrol_dialog

    def _act(self) -> None:
        match self.step:
            case Step.OPENING:
                self._open()
            case Step.NAMING:
                self._type_letter()
            case Step.CONSENTING:
                self._consent()
            case Step.PICTURES:
                self._picture()
            case Step.SAVING:
                self._save()
            case Step.SHOWING:
                self._close()
            case _:
                pass

    def _open(self) -> None:
        self._window.open_enrolment()
        dialog = self._open_dialog()
        if dialog is None:
            self._wait(0.5)
            return
        self.strip.move_to(dialog)
        self._go(Step.NAMING, after_s=PAUSE_S)

    def _type_letter(self) -> None:
        dialog = self._open_dialog()
        if dialog is None:
            return
        self._typed += 1
        dialog.type_name(self._name[: self._typed])
        if self._typed < len(self._name):
            self._wait(LETTER_S)
        else:
            self._go(Step.CONSENTING, after_s=PAUSE_S)

    def _consent(self) -> None:
        dialog = self._open_dialog()
        if dialog is not None:
            dialog.tick_consent()
            self._go(Step.PICTURES, after_s=PAUSE_S)

    def _picture(self) -> None:
        dialog = self._open_dialog()
        if dialog is None or dialog.form.taking:
            return
        if len(dialog.form.samples) >= dialog.form.wanted:
            self._go(Step.SAVING, after_s=2 * PAUSE_S)
        elif self._right_face():
            dialog.take(any_pose=True)
            self._wait(BETWEEN_PICTURES_S)

    def _right_face(self) -> bool:
        """Whether the visitor to enrol is in view, and alone."""
        if not self._face_seen:
            return False
        return not self._labels_known or self._window.face_label == self._name

    def _save(self) -> None:
        dialog = self._open_dialog()
        if dialog is not None and dialog.form.can_save:
            dialog.save()
            self._wait(1.0)

    def _close(self) -> None:
        dialog = self._open_dialog()
        self.strip.move_to(self._window.root)
        self._go(Step.DONE, after_s=0.0)
        if dialog is not None:
            dialog.destroy()

    def _go(self, step: Step, *, after_s: float) -> None:
        self.step = step
        self.strip.say(step.value.format(name=self._name))
        self._wait(after_s)

    def _wait(self, seconds: float) -> None:
        self._due_s = self._window.now() + seconds


class TourStrip:
    """One line over the lower edge of a window: what the tour does, and a button to take over.

    Args:
        window: Where it is first.
        on_take_over: Called when the person wants to go on by hand.
    """

    def __init__(self, window: tkinter.Misc, *, on_take_over: Callable[[], None]) -> None:
        self._on_take_over = on_take_over
        self._text = ""
        self._frame = self._made(window)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return self._text

    def say(self, text: str) -> None:
        """Changes the line."""
        self._text = f"Demo tour: {text}"
        self._line.show(self._text, "info", icon_name="signpost-split-fill")

    def move_to(self, window: tkinter.Misc) -> None:
        """Shows the strip in another window: a dialog takes all clicks, so it must be in there."""
        old, text = self._frame, self._text
        self._frame = self._made(window)
        old.destroy()
        self._line.show(text, "info", icon_name="signpost-split-fill")

    def destroy(self) -> None:
        """Takes the strip away."""
        self._frame.destroy()

    def _made(self, window: tkinter.Misc) -> ttk.Frame:
        frame = ttk.Frame(window, style="InfoSoft.TFrame", padding=(px(window, 14), px(window, 6)))
        self._line = IconLabel(frame, style="InfoSoftBold.TLabel", size=16)
        self._line.pack(side="left")
        button(frame, "Take over", self._on_take_over, icon="hand-index").pack(side="right")
        frame.pack(side="bottom", fill="x")
        return frame
