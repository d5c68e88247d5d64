"""The page of the enrolment dialog: live picture, name, consent, pictures. Parts without rules."""

import tkinter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from tkinter import ttk

from client.camera.frames import Image
from client.pose import Pose
from client.ui.banner import StateLine
from client.ui.controls import field
from client.ui.enrol_form import POSE_REQUESTS, WANTED, Answer, EnrolForm, pose_of_place
from client.ui.enrol_parts import PictureSlot, QualityMeter
from client.ui.video import VideoView
from client.view_model import Banner
from desktop.ui.consent_view import ConsentView
from desktop.ui.palette import Tone
from desktop.ui.theme import palette, px
from desktop.ui.widgets import IconLabel, StateBanner

FORM_WIDTH = 372
PICTURE = (464, 348)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A picture that was taken, small; RGB, uint8, (height, width, 3)."""

    pose: Pose
    thumbnail: Image


class EnrolPage(ttk.Frame):
    """What is filled in, left the live picture with its meter, right the three steps.

    Args:
        parent: Where it goes.
        mirror: Whether the live picture is a mirror.
        consent_text: What the person is to agree to.
        on_name: Called when the name changed.
        on_consent: Called when the consent changed.
        on_drop: Called with the place of a picture that is to be dropped.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        mirror: bool,
        consent_text: str,
        on_name: Callable[[], None],
        on_consent: Callable[[], None],
        on_drop: Callable[[int], None],
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self.live = live = ttk.Frame(self, style="Plain.TFrame")
        live.grid(row=0, column=0, sticky="n", padx=(0, px(self, 24)))
        self.video = VideoView(live, mirror=mirror, width=PICTURE[0], height=PICTURE[1])
        self.video.pack()
        self.meter = QualityMeter(live)
        self.meter.pack(fill="x", pady=(px(self, 12), 0))
        form = ttk.Frame(self, style="Plain.TFrame")
        form.grid(row=0, column=1, sticky="nsew")
        ttk.Frame(form, style="Plain.TFrame", width=px(self, FORM_WIDTH), height=1).pack()
        self.name = tkinter.StringVar(self)
        self.consent = tkinter.BooleanVar(self)
        self._build_name(form)
        self._build_consent(form, consent_text, on_consent)
        self._build_pictures(form, on_drop)
        self.answer = StateBanner(self)
        self.challenge = StateLine(self, act=lambda _action: None)
        self.name.trace_add("write", lambda *_: on_name())

    def _build_name(self, form: ttk.Frame) -> None:
        self._step(form, 1, "Name")
        self.name_entry = field(form, self.name)
        self.name_entry.pack(fill="x")
        self.name_hint = IconLabel(form, style="Small.TLabel", size=11)
        self.name_hint.configure(wraplength=px(self, FORM_WIDTH - 24))
        self.name_hint.pack(fill="x", pady=(px(self, 3), px(self, 10)))

    def _build_consent(self, form: ttk.Frame, text: str, on_consent: Callable[[], None]) -> None:
        self._step(form, 2, "Consent")
        self.consent_view = ConsentView(form, text=text, agreed=self.consent, changed=on_consent)
        self.consent_view.pack(fill="x", pady=(0, px(self, 14)))
        self.consent_box = self.consent_view.box

    def _build_pictures(self, form: ttk.Frame, on_drop: Callable[[int], None]) -> None:
        self._step(form, 3, "Pictures")
        self.request = ttk.Label(form, style="Plain.TLabel")
        self.request.pack(fill="x", pady=(0, px(self, 8)))
        row = ttk.Frame(form, style="Plain.TFrame")
        row.pack(fill="x")
        self.slots = [
            PictureSlot(row, number=place + 1, on_drop=partial(on_drop, place))
            for place in range(WANTED)
        ]
        for slot in self.slots:
            slot.pack(side="left", padx=(0, px(self, 12)))
        self.message = IconLabel(form, style="Plain.TLabel")
        self.message.configure(wraplength=px(self, FORM_WIDTH - 24))
        self.message.pack(fill="x", pady=(px(self, 10), 0))

    def _step(self, form: ttk.Frame, number: int, word: str) -> None:
        label = IconLabel(form, style="Bold.TLabel", size=16)
        label.show(word, "info", icon_name=f"{number}-circle-fill")
        label.pack(anchor="w", pady=(0, px(self, 4)))

    def say(self, text: str, tone: Tone) -> None:
        """The line under the pictures: what came of the last try; "" takes it away."""
        if text:
            self.message.show(text, tone)
        else:
            self.message.configure(text="", image="")

    def ask(self, banner: Banner | None) -> None:
        """The big line that asks the person to do something; None takes it away."""
        if (banner is None) == bool(self.challenge.winfo_manager()):
            # "Hold still" would be wrong advice meanwhile, and its room is needed.
            self._show_meter(shown=banner is None)
        if banner is None:
            self.challenge.grid_remove()
            self._make_room()
            return
        self.challenge.show(banner)
        self.challenge.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(px(self, 14), 0))
        self._make_room()

    def _show_meter(self, *, shown: bool) -> None:
        if shown:
            self.meter.pack(fill="x", pady=(px(self, 12), 0))
        else:
            self.meter.pack_forget()

    def show_name_hint(self, form: EnrolForm) -> None:
        """The line under the name: what is wrong with it, if anything."""
        problem = form.name_problem or form.server_problem
        if form.name and problem:
            self.name_hint.show(problem, "bad")
            return
        # Whether somebody else has the name the server alone knows, and says when it is asked.
        hint = "The server checks it on saving." if form.name else "As the person is to be greeted."
        self.name_hint.configure(text=hint, image="", foreground=palette(self).muted)

    def show_pictures(
        self, taken: Sequence[Taken], form: EnrolForm, following: Pose | None, *, bad: int | None
    ) -> None:
        """The pictures, the places that are empty, and what the next one is to show.

        Args:
            taken: Those there are, in order.
            form: What is filled in.
            following: What is asked for next.
            bad: The place of one that shows somebody else, if there is one.
        """
        for place, slot in enumerate(self.slots):
            if place < len(taken):
                slot.fill(taken[place].thumbnail, taken[place].pose, bad=place == bad)
            else:
                pose = pose_of_place(place, form.samples, following)
                slot.empty(pose, wanted=place == len(taken))
            if form.busy:
                slot.lock()
        enough = len(taken) >= form.wanted
        asked = POSE_REQUESTS[following or Pose.OTHER]
        self.request.configure(text="Look them over, then save." if enough else asked)

    def show_answer(
        self,
        answer: Answer,
        *,
        same_person: Callable[[], None],
        override: Callable[[], None],
        retry: Callable[[], None],
    ) -> None:
        """Why the server refused, with the choices that are left."""
        first, second = None, None
        if answer.same_person:
            first = (answer.same_person, same_person)
        elif answer.retry:
            first = (answer.retry, retry)
        if answer.override:
            second = (answer.override, override)
        self.answer.show(
            tone="warn", line=answer.headline, reason=answer.reason, button=first, second=second
        )
        self.answer.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(px(self, 14), 0))
        self._make_room()

    def hide_answer(self) -> None:
        """Takes the refusal away."""
        self.answer.grid_remove()
        self._make_room()

    def _make_room(self) -> None:
        below = self.answer.winfo_manager() or self.challenge.winfo_manager()
        self.consent_view.make_room(on=bool(below))
