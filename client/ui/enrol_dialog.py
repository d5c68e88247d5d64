"""The guided enrolment: name, consent, pictures, the server's answer. Everything by keyboard."""

import time
import tkinter
from dataclasses import replace
from tkinter import ttk

from client.camera.frames import Image
from client.enrolment_events import (
    EnrolAnswered,
    EnrolmentChanged,
    EnrolSampleRefused,
    EnrolSampleTaken,
)
from client.events import ClientEvent, LinkStatus, VisionReport
from client.liveness_events import ChallengeAsked, ChallengeEnded
from client.sign_in_events import SignInAnswered
from client.states import EnrolmentState
from client.ui.controls import button, enable
from client.ui.enrol_form import NOBODY, WANTED, Answer, EnrolForm, explain
from client.ui.enrol_live import EnrolLive
from client.ui.enrol_page import EnrolPage
from client.ui.enrol_parts import DonePage, SignedInLine, Waiting, lets_go
from client.ui.enrol_pictures import EnrolPictures
from client.ui.reason_dialog import ReasonDialog
from client.ui.sign_in_dialog import SignInDialog
from client.ui.starter import Engine
from desktop.ui.theme import px
from desktop.ui.widgets import Dialog
from protocol.sign_in import WhoEnrols

ANY_POSE_NEXT = "The next try takes the head as it is."


class EnrolDialog(Dialog):
    """One enrolment from the first picture to the stored person.

    Args:
        parent: The checkpoint's window.
        engine: Takes the pictures and asks the server.
        mirror: Whether the live picture is a mirror.
        server: What the server calls itself.

    Attributes:
        form: What is filled in now.
        stored: The name under which the person was stored, "" before.
        signed_in: Who enrols, where somebody has to sign in.
    """

    def __init__(
        self, parent: tkinter.Misc, engine: Engine, *, mirror: bool, server: str = ""
    ) -> None:
        super().__init__(parent, title="Enrol a person", width=860)
        self._engine = engine
        self._server = server
        self.sign_in_dialog: SignInDialog | None = None
        self.form = EnrolForm(wanted=WANTED)
        self.stored = ""
        self._pictures = EnrolPictures()
        self._consent_at_ms: int | None = None
        self._known_subject: str | None = None
        self._known_name = ""
        self._build(mirror=mirror)
        self._bind_keys()
        self._show()
        engine.begin_enrolment(wanted=WANTED)

    def _build(self, *, mirror: bool) -> None:
        self.page = EnrolPage(
            self.body,
            mirror=mirror,
            consent_text=self._engine.consent_text,
            on_name=self._name_typed,
            on_consent=self._consent_ticked,
            on_drop=self.drop,
        )
        self.page.pack(fill="both", expand=True)
        self._live = EnrolLive(self.page)
        self.signed_in = SignedInLine(self.page.live, self.sign_out, side="bottom")
        self._build_buttons()

    def _build_buttons(self) -> None:
        row = self.buttons
        self.save_button = button(
            row, "Save", self.save, icon="check-lg", key="Ctrl+Enter", primary=True
        )
        self.take_button = button(
            row, "Take picture", self.take, icon="camera", key="F2", primary=True
        )
        self.cancel_button = button(row, "Cancel", self.cancel, key="Esc")
        self.progress = Waiting(row)
        self.needed = ttk.Label(row, style="Muted.TLabel")
        self.save_button.pack(side="right")
        self.take_button.pack(side="right", padx=px(self, 8))
        self.cancel_button.pack(side="right")
        self.needed.pack(side="left")

    def _bind_keys(self) -> None:
        self.bind("<F2>", lambda _event: self.take())
        self.bind("<Control-Return>", lambda _event: self.save())
        page = self.page
        page.name_entry.bind("<Return>", lambda _event: page.consent_box.focus_set())
        page.consent_box.bind("<Return>", lambda _event: page.consent_box.invoke())
        # Without this one Ctrl+Return is a Return to the box as well, and agrees before it saves.
        page.consent_box.bind("<Control-Return>", lambda _event: None)

    # ------------------------------------------------------------------ what arrives

    def show_frame(self, image: Image) -> None:
        """Shows a live frame: RGB, uint8, (height, width, 3)."""
        if not self.stored:
            self.page.video.show(image)

    def handle(self, event: ClientEvent) -> None:
        """Takes what belongs to an enrolment; other events are not looked at."""
        if self.stored:
            return
        match event:
            case VisionReport():
                self._live.seen(event)
            case EnrolSampleTaken():
                self._sample_taken(event)
            case EnrolSampleRefused():
                self._sample_refused(event)
            case EnrolmentChanged():
                self._changed(event)
            case EnrolAnswered():
                self._answered(event)
            case ChallengeAsked() | ChallengeEnded():
                self._live.asked(event)
            case LinkStatus():
                self._text_told(event.consent_text)
                self._rule_told(event.who_enrols)
            case SignInAnswered() if self.sign_in_dialog is not None:
                self.sign_in_dialog.handle(event)
            case _:
                pass

    def _sample_taken(self, event: EnrolSampleTaken) -> None:
        self._pictures.take(event)
        self.form = replace(self.form, taking=False, samples=self._pictures.poses)
        self.page.say(f"Picture {event.index + 1} is good.", "good")
        self._show()
        if len(self._pictures.taken) >= self.form.wanted:
            self.save_button.focus_set()

    def _sample_refused(self, event: EnrolSampleRefused) -> None:
        self.form = replace(self.form, taking=False)
        reason = event.reason
        if event.for_pose:
            self._pictures.refuse_pose()
            reason = f"{reason} {ANY_POSE_NEXT}"
        self.page.say(reason, "warn")
        self._show()

    def _changed(self, event: EnrolmentChanged) -> None:
        self._pictures.follow(event)
        self.form = replace(
            self.form, samples=event.samples, wanted=event.wanted, state=event.state
        )
        self._show()

    def _answered(self, event: EnrolAnswered) -> None:
        if event.ok:
            self._finish(event)
            return
        state = EnrolmentState.REJECTED if self.form.busy else self.form.state
        self.form = replace(self.form, state=state, taking=False)
        answer = explain(event, typed_name=self.form.name)
        self._known_subject = event.subject_id
        self._known_name = event.display_name
        self._pictures.bad = answer.sample
        if answer.ask_again:
            self._ask_again()
        if answer.to_name:
            self.form = replace(self.form, refused_name=self.form.name, name_refusal=answer.to_name)
        self.page.say("", "neutral")
        self._show_answer(answer)
        self._show()
        self.stay_on_screen()
        if answer.to_name:
            self.page.name_entry.focus_set()
            self.page.name_entry.selection_range(0, "end")
        elif answer.sample is not None and answer.sample < len(self.page.slots):
            self.page.slots[answer.sample].drop_button.focus_set()
        elif answer.same_person or answer.retry:
            self.page.answer.button.focus_set()

    def _show_answer(self, answer: Answer) -> None:
        self.page.show_answer(
            answer,
            same_person=lambda: self._submit(same_person_as=self._known_subject),
            override=self.ask_reason,
            retry=self.ask_sign_in if answer.sign_in else self._submit,
        )

    # ------------------------------------------------------------------ what the person does

    def type_name(self, name: str) -> None:
        """Puts a name into the field, as if it were typed."""
        self.page.name.set(name)
        self.page.name_entry.icursor("end")

    def tick_consent(self) -> None:
        """Ticks the consent, as if it were clicked."""
        if not self.page.consent.get():
            self.page.consent_box.invoke()

    def take(self, *, any_pose: bool = False) -> None:
        """Asks for the next picture (F2).

        Args:
            any_pose: Takes the head as it is held. So does the try after a refusal for the pose.
        """
        if not self.form.can_take:
            if self.form.nobody:
                self.page.say(self.form.missing, "warn")
            elif not self.form.consent and not self.form.busy:
                self.page.say("Ask the person first, then tick their consent.", "warn")
                self.page.consent_box.focus_set()
            return
        self.form = replace(self.form, taking=True)
        self.page.say("Hold still…", "info")
        self._show()
        self._engine.take_sample(self._pictures.to_ask(any_pose=any_pose))

    def drop(self, place: int) -> None:
        """Drops one picture."""
        if self.form.busy or not self._pictures.drop(place):
            return
        self.page.say("", "neutral")
        self._engine.drop_sample(place)

    def ask_reason(self) -> None:
        """Asks why this is another person; the enrolment goes on with the answer."""
        self.reason_dialog = ReasonDialog(
            self,
            known=self._known_name,
            chosen=lambda reason: self._submit(override_reason=reason),
        )
        self.reason_dialog.present(self.reason_dialog.field)

    def ask_sign_in(self) -> None:
        """Asks who enrols; the enrolment goes on as soon as they are signed in."""
        self.sign_in_dialog = dialog = SignInDialog(
            self,
            self._engine.sign_in,
            server=self._server,
            done=self._submit,
            name=self.signed_in.last,
        )
        dialog.present(dialog.first)

    def cancel(self) -> None:
        """Closes; asks before somebody loses what they typed and took."""
        if self._lets_go("Close"):
            self.destroy()

    def sign_out(self) -> None:
        """Ends the sign-in, and with it what is not stored: asks as `cancel` does."""
        if self._lets_go("Sign out"):
            self._engine.sign_out()
            self.destroy()

    def _lets_go(self, word: str) -> bool:
        if self.stored:
            return True
        agreed = lets_go(self, word=word, name=self.form.name, pictures=len(self._pictures.taken))
        # It may be gone by now, or stored: then the last page says so and is not closed unread.
        return agreed and not self.stored and bool(self.winfo_exists())

    def save(self) -> None:
        """Sends the enrolment to the server, or says what is missing (Ctrl+Enter)."""
        if self.stored:
            self.destroy()
        elif self.form.can_save:
            self._submit()
        elif not self.form.busy:
            self.page.say(self.form.missing or "One moment…", "warn")

    def destroy(self) -> None:
        """Closes; an enrolment that was not stored is forgotten."""
        if not self.stored:
            self._engine.cancel_enrolment()
        super().destroy()

    def _submit(
        self, *, override_reason: str | None = None, same_person_as: str | None = None
    ) -> None:
        if not self.form.can_save:
            return
        self.form = replace(self.form, state=EnrolmentState.SENDING)
        self.page.say("", "neutral")
        self._show()
        self._engine.submit_enrolment(
            self.form.clean_name,
            consent_text=self.page.consent_view.text,
            consent_at_ms=self._consent_at_ms,
            override_reason=override_reason,
            same_person_as=same_person_as,
        )

    def _name_typed(self) -> None:
        self.form = replace(self.form, name=self.page.name.get())
        if self.form.refused_name and not self.form.server_problem:
            self.page.hide_answer()  # it was about another name
            self.form = replace(self.form, refused_name="", name_refusal="")
        self._show()

    def _text_told(self, text: str) -> None:
        """The server's text; another one than stands here is to be agreed to anew."""
        if text != self.page.consent_view.text and not self.form.busy:
            self.page.consent_view.show(text)
            if self.form.consent:
                self._ask_again()
                self.page.say("The text was changed: ask the person again, then tick.", "warn")

    def _rule_told(self, who_enrols: str) -> None:
        """Who may enrol here; the rule may change while somebody does."""
        nobody = who_enrols == WhoEnrols.NOBODY
        if nobody != self.form.nobody:
            self.form = replace(self.form, nobody=nobody)
            if nobody:
                self._show_answer(NOBODY)
            else:
                self.page.hide_answer()
            self._show()

    def _ask_again(self) -> None:
        self.page.consent.set(False)
        self._consent_at_ms = None
        self.form = replace(self.form, consent=False)
        self._show()

    def _consent_ticked(self) -> None:
        given = bool(self.page.consent.get())
        self._consent_at_ms = int(time.time() * 1000) if given else None
        self.form = replace(self.form, consent=given)
        self.page.say("", "neutral")
        self._show()
        if given:
            self.take_button.focus_set()

    # ------------------------------------------------------------------ what it looks like

    def _show(self) -> None:
        form = self.form
        self.page.show_name_hint(form)
        pictures = self._pictures
        self.page.show_pictures(pictures.taken, form, pictures.following, bad=pictures.bad)
        enable(self.take_button, on=form.can_take)
        enable(self.save_button, on=form.can_save)
        self.needed.configure(text="" if form.busy else form.missing)
        self.progress.show(on=form.busy)
        if form.busy:
            self.page.hide_answer()

    def _finish(self, event: EnrolAnswered) -> None:
        """The last page: who was stored; Enter or Escape closes."""
        self.stored = event.display_name or self.form.clean_name
        self.progress.stop()
        self.update_idletasks()  # the answer may be there before the page was laid out
        page = self.page  # the dialog must not jump
        size = (
            max(page.winfo_width(), page.winfo_reqwidth()),
            max(page.winfo_height(), page.winfo_reqheight()),
        )
        gone = (self.page, self.take_button, self.cancel_button, self.needed, self.progress)
        for widget in gone:
            widget.pack_forget()
        name = self.signed_in.name
        self.signed_in = SignedInLine(self.buttons, self.sign_out, side="left")
        self.signed_in.show(name)
        self.done = DonePage(
            self.body,
            name=self.stored,
            pictures=event.samples,
            taken=self._pictures.poses,
            size=size,
        )
        self.done.pack(fill="both", expand=True)
        self.save_button.configure(text=" Close   Enter")
        enable(self.save_button, on=True)
        self.save_button.focus_set()
        self.bind("<Return>", lambda _event: self.destroy())
