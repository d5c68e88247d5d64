"""Settings of faces: strangers named and kept, verification, quality, liveness."""

import tkinter
from collections.abc import Callable
from dataclasses import replace
from tkinter import ttk
from typing import cast

from desktop.ui.theme import px
from desktop.ui.widgets import button, confirm
from server.fault_words import count
from server.permissions import Action
from server.settings import (
    ACCEPTED_PER_10000,
    STRANGERS_PER_1000,
    LivenessMode,
    QualityMode,
    ServerSettings,
)
from server.ui.controls import Choice, enable, switch
from server.ui.desk import Desk
from server.ui.settings_form import SettingsForm

_NAMED = "Strangers who may get a name."
_MEASURING = "Being measured."
_STRANGERS = (
    "Keeps faces that were not identified, as numbers. These people agreed to nothing: leave it "
    "off unless you may. Off and saved deletes them."
)
_ACCEPTED = "Strangers taken for the person they name, one to one."
_QUALITY = "Of samples, at checkpoints and from photos."
_LIVENESS = "Holds off pictures and screens: a deterrent, not proof."
_OFFLINE = (
    "How long a checkpoint that lost the server may go on identifying. It keeps everybody's name "
    "and template then, encrypted, at the door."
)
_OFFLINE_HOURS = (("Never", 0), ("1 hour", 1), ("4 hours", 4), ("12 hours", 12), ("3 days", 72))
_LIVENESS_MODES = (
    ("Off", "off"),
    ("Passive: the picture looks alive", "passive"),
    ("Active: blink and turn as asked", "active"),
)
_QUALITY_MODES = (("Off", "off"), ("Standard", "standard"), ("Strict", "strict"))


class FacesForm(SettingsForm):
    """The second card of the settings.

    Args:
        parent: Where it goes.
        desk: What pages share.
        changed: Called when something else was chosen.
    """

    def __init__(self, parent: tkinter.Misc, desk: Desk, *, changed: Callable[[], None]) -> None:
        super().__init__(parent, title="Faces", width=440)
        self._desk = desk
        body = self.body
        self.named = Choice(
            body, [(f"{n} of 1000", n) for n in STRANGERS_PER_1000], changed=changed, width=10
        )
        self.expected = self.add("Strangers named, at most", self.named.widget, _NAMED)
        self.keep = tkinter.BooleanVar(self)
        row = ttk.Frame(body, style="Card.TFrame")
        self.forget_button = button(row, text="Forget all", command=self.forget)
        self.keep_switch = switch(row, text="Keep", on=self.keep, command=changed, on_card=True)
        self.forget_button.grid(row=0, column=0, padx=(0, px(self, 10)))
        self.keep_switch.grid(row=0, column=1, sticky="e")
        self.strangers = self.add("Strangers seen", row, _STRANGERS)
        self.accepted = Choice(
            body,
            [(f"{n} of 10,000", n) for n in ACCEPTED_PER_10000],
            changed=changed,
            width=13,
        )
        self.add("Verification, at most", self.accepted.widget, _ACCEPTED)
        self.quality = Choice(body, _QUALITY_MODES, changed=changed, width=10)
        self.add("Quality for enrolment", self.quality.widget, _QUALITY)
        self.liveness = Choice(body, _LIVENESS_MODES, changed=changed, width=30)
        self.told_liveness = self.add("Liveness", self.liveness.widget, _LIVENESS)
        self.offline = Choice(body, _OFFLINE_HOURS, changed=changed, width=10)
        self.add("Without the server", self.offline.widget, _OFFLINE)

    def fill(self, kept: ServerSettings) -> None:
        """Shows what is kept."""
        self.named.choose(kept.strangers_named_per_1000)
        self.keep.set(kept.keep_strangers)
        self.accepted.choose(kept.accepted_per_10000)
        self.quality.choose(kept.enrolment_quality)
        self.liveness.choose(kept.liveness)
        known = [hours for _, hours in _OFFLINE_HOURS]
        other = [] if kept.offline_hours in known else [kept.offline_hours]
        self.offline.offer([*_OFFLINE_HOURS, *((count(hours, "hour"), hours) for hours in other)])
        self.offline.choose(kept.offline_hours)

    def wanted(self, settings: ServerSettings) -> ServerSettings:
        """The settings with what is chosen here."""
        return replace(
            settings,
            strangers_named_per_1000=cast("int", self.named.value),
            keep_strangers=self.keep.get(),
            accepted_per_10000=cast("int", self.accepted.value),
            enrolment_quality=cast("QualityMode", self.quality.value),
            liveness=cast("LivenessMode", self.liveness.value),
            offline_hours=cast("int", self.offline.value),
        )

    def expect(self) -> None:
        """Says what the target that is kept leads to with the people enrolled now."""
        grid = self._desk.ready
        text = _NAMED if grid is None else f"{_NAMED} {grid.expectation or _MEASURING}"
        if str(self.expected.cget("text")) != text:
            self.expected.configure(text=text)
        keeps = grid is not None and grid.settings.keep_strangers
        text = f"{_STRANGERS} {grid.strangers_known}" if grid and keeps else _STRANGERS
        if str(self.strangers.cget("text")) != text:
            self.strangers.configure(text=text)
        enable(self.forget_button, on=keeps and self._desk.may(Action.FORGET_STRANGERS))

    def forget(self) -> None:
        """Asks, and has every stranger deleted."""
        grid = self._desk.ready
        if grid is None:
            return
        agreed = confirm(
            self,
            title="Forget strangers",
            question="Forget every stranger seen?",
            detail="Their numbers are deleted for good. Verdicts go by the people enrolled alone "
            "until enough strangers came by again.",
            agree="Forget them all",
            danger=True,
        )
        if not agreed:
            return

        def told(gone: int) -> None:
            self._desk.toast.show(
                f"{count(gone, 'stranger')} {'was' if gone == 1 else 'were'} forgotten.",
                tone="good",
            )
            self.expect()

        self._desk.ask("", lambda: grid.forget_strangers().result(timeout=10), told)
