"""The demo's guided tour: enrols one visitor through the real dialog, slow enough to follow.

The tour presses what a person would press and waits for what a person would wait for. It uses the
truth that a `demo:` source tells about its pictures only to know when the right visitor is in view.
"""

import enum
import tkinter
from collections.abc import Callable
from tkinter import ttk

from client.enrolment_events import EnrolAnswered
from client.events import ClientEvent, Outcome, VerdictArrived, VisionReport
from client.ui.controls import button
from client.ui.enrol_dialog import EnrolDialog
from client.ui.window import CheckpointWindow
from desktop.ui.theme import px
from desktop.ui.widgets import IconLabel

TURN_MS = 50
OPEN_AFTER_S = 0.8  # the red banner is read first
PAUSE_S = 0.4
LETTER_S = 0.07
BETWEEN_PICTURES_S = 0.2
# The visitor walked off before the third picture: the name is typed until they are back.
GONE_AFTER_S = 0.7
RESULT_SHOWN_S = 1.8
FAREWELL_S = 8.0
ICON = "signpost-split-fill"


class Step(enum.Enum):
    """Where the tour is; the value is what its strip says."""

    WAITING = "waiting for {name}, whom nobody has enrolled yet"
    OPENING = "{name} was not recognised, so the desk opens the enrolment (F2)"
    CONSENT = "the visitor agrees, the consent is ticked"
    PICTURES = "three pictures are taken, each one checked"
    NAME = "the name is typed"
    SAVING = "the numbers of the three pictures go to the server"
    SHOWING = "{name} is enrolled"
    DONE = "from now on {name} is recognised at every checkpoint"
    OVER = ""


_IN_DIALOG = (Step.CONSENT, Step.PICTURES, Step.NAME, Step.SAVING)


class Tour:
    """Walks through one enrolment, on the main thread, driven by time and events.

    A visit of the demo lasts four seconds, so the pictures come right after the consent and the
    name is typed when they are taken, or while the visitor is away.

    Args:
        window: The checkpoint's window.
        name: The visitor to enrol.
    """

    def __init__(self, window: CheckpointWindow, name: str) -> None:
        self._window = window
        self._name = name
        self._face_seen_s = -GONE_AFTER_S
        self._labels_known = False
        self._due_s = 0.0
        self._timer = ""
        self.step = Step.WAITING
        self.strip = TourStrip(window.root, on_take_over=self.stop)
        window.listeners.append(self._heard)
        window.on_close.append(self.stop)
        self._go(Step.WAITING)
        self._turn()

    def stop(self) -> None:
        """The person takes over: the dialog stays as it is, the strip goes."""
        if self.step is Step.OVER:
            return
        self.step = Step.OVER
        self._window.root.after_cancel(self._timer)
        self.strip.destroy()
        if self._heard in self._window.listeners:
            self._window.listeners.remove(self._heard)

    # ------------------------------------------------------------------ what it hears

    def _heard(self, event: ClientEvent) -> None:
        match event:
            case VerdictArrived():
                if self.step is Step.WAITING and self._is_stranger(event):
                    self._go(Step.OPENING, after_s=OPEN_AFTER_S)
            case VisionReport():
                if self._is_right_face(event):
                    self._face_seen_s = self._window.now()
            case EnrolAnswered():
                self._answered(event)
            case _:
                pass

    def _is_stranger(self, event: VerdictArrived) -> bool:
        """Whether this verdict is the one the tour waits for."""
        unknown = event.outcome is Outcome.NOT_ENROLLED and not event.late
        return unknown and event.label in (None, self._name)

    def _is_right_face(self, report: VisionReport) -> bool:
        """Whether the visitor to enrol is in view, and alone."""
        label = self._window.face_label
        self._labels_known = self._labels_known or label is not None
        return len(report.faces) == 1 and (not self._labels_known or label == self._name)

    def _answered(self, event: EnrolAnswered) -> None:
        if event.ok:
            self._go(Step.SHOWING, after_s=RESULT_SHOWN_S)
        elif event.code not in ("timeout", "server_unreachable"):
            self.stop()  # the dialog shows why; a person decides

    # ------------------------------------------------------------------ what it does

    def _turn(self) -> None:
        if self.step is Step.OVER:
            return
        self._timer = self._window.root.after(TURN_MS, self._turn)
        if self._window.now() < self._due_s:
            return
        dialog = self._window.dialogs.enrol
        if self.step is Step.OPENING:
            self._open()
        elif self.step in _IN_DIALOG:
            if dialog is None:
                self.stop()  # somebody closed it
            else:
                self._fill_in(dialog)
        elif self.step is Step.SHOWING:
            self._farewell(dialog)
        elif self.step is Step.DONE:
            self.stop()

    def _open(self) -> None:
        self._window.open_enrolment()
        dialog = self._window.dialogs.enrol
        if dialog is None:
            self._wait(0.5)
            return
        self.strip.move_to(dialog)
        self._go(Step.CONSENT, after_s=PAUSE_S)

    def _fill_in(self, dialog: EnrolDialog) -> None:
        """Does the next thing that is missing, or waits for the visitor."""
        form = dialog.form
        if form.busy or form.taking:
            return
        if not form.consent:
            dialog.tick_consent()
            self._go(Step.PICTURES, after_s=PAUSE_S)
        elif len(form.samples) < form.wanted and self._in_view(within_s=2 * TURN_MS / 1000 + 0.2):
            self._say(Step.PICTURES)
            dialog.take(any_pose=True)
            self._wait(BETWEEN_PICTURES_S)
        elif form.name != self._name and (
            len(form.samples) >= form.wanted or not self._in_view(within_s=GONE_AFTER_S)
        ):
            self._say(Step.NAME)
            dialog.type_name(self._name[: len(form.name) + 1])
            self._wait(LETTER_S if form.name != self._name[:-1] else PAUSE_S)
        elif form.can_save:
            self._go(Step.SAVING, after_s=PAUSE_S)
            dialog.save()

    def _in_view(self, *, within_s: float) -> bool:
        return self._window.now() - self._face_seen_s <= within_s

    def _farewell(self, dialog: EnrolDialog | None) -> None:
        self.strip.move_to(self._window.root)
        self._go(Step.DONE, after_s=FAREWELL_S)
        if dialog is not None:
            dialog.destroy()

    def _go(self, step: Step, *, after_s: float = 0.0) -> None:
        self._say(step)
        self._wait(after_s)

    def _say(self, step: Step) -> None:
        if step is not self.step or not self.strip.text:
            self.step = step
            self.strip.say(step.value.format(name=self._name))

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
        self._line.show(self._text, "info", icon_name=ICON)

    def move_to(self, window: tkinter.Misc) -> None:
        """Shows the strip in another window: a dialog takes all clicks, so it must be in there."""
        old = self._frame
        self._frame = self._made(window)
        old.destroy()
        self._line.show(self._text, "info", icon_name=ICON)

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
