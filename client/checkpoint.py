"""The checkpoint without its window: owns the camera, vision and link threads.

Every method may be called from the main thread at any time and returns at once; what comes of it
arrives as an event through `post`.
"""

import dataclasses
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from biometrics.passive_liveness import PassiveCheck
from biometrics.quality_modes import LIMITS, mode_of
from biometrics.yardstick import Yardstick
from client.approach import Address
from client.camera.capture import Camera, Timing
from client.camera.frames import Frame
from client.camera.sources import Source
from client.enrolment import Form, now_ms
from client.enrolment_events import EnrolAnswered
from client.events import (
    CameraState,
    ClientEvent,
    Fault,
    LinkStatus,
    NoProbe,
    NoProbeKind,
    PairingAnswered,
    VerdictArrived,
    VisionState,
)
from client.identity import Identity, IdentityProblem, PairedWith
from client.keeper import Keeper
from client.link import Link
from client.liveness_events import ChallengeGiven
from client.offline import OfflineDecisions
from client.outbox import Outbox
from client.pairing import Pairing
from client.passive import open_judge
from client.pose import Pose
from client.probing import Hand
from client.settings import ClientSettings
from client.states import CheckpointState
from client.vision_worker import Eyes, VisionWorker, open_eyes
from client.witness import Witness
from desktop.mailbox import Slot
from protocol.kinds import EncodingShape

Post = Callable[[ClientEvent], None]

SHOWN_S = 3.0
"""A verdict stays on the screen this long; then the next person is looked at."""

_GOOD = (CameraState.OK, CameraState.STARTING)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the tests replace.

    Attributes:
        open_source: Opens a source by its name, None for the real ones.
        open_eyes: Loads the models, None for those of the settings.
        open_judge: Opens what judges liveness.
        outbox: Keeps events, None for the memory.
        identity: Where the checkpoint's certificate is kept; None for one that cannot be paired.
        server_data: The data folder of a server on this computer that is to be trusted.
        offline: Decides while the server is away, None never does.
        witness: Keeps the newest head of the server's audit log, None for the memory.
        key_place: Where the key of what is kept on the disk is, in words; "" for the memory.
        timing: Of the camera's watch, None for the usual one.
    """

    open_source: Callable[[str], Source] | None = None
    open_eyes: Callable[[], Eyes] | None = None
    open_judge: Callable[[str], PassiveCheck] = open_judge
    outbox: Outbox | None = None
    identity: Identity | None = None
    server_data: Path | None = None
    offline: OfflineDecisions | None = None
    witness: Witness | None = None
    key_place: str = ""
    timing: Timing | None = None


class Checkpoint:
    """Camera, vision and link, started and closed together.

    Args:
        settings: Which server, which camera, which name.
        post: Takes events from any thread and never blocks (`Mailbox.post`).
        repeat: Whether a clip or a folder starts again at its end.
        parts: Replaced by tests.
    """

    def __init__(
        self,
        settings: ClientSettings,
        post: Post,
        *,
        repeat: bool = True,
        parts: Parts | None = None,
    ) -> None:
        parts = parts if parts is not None else Parts()
        self.settings = settings
        self.preview: Slot[Frame] = Slot()
        self._post = post
        self._identity = parts.identity
        self.key_place = parts.key_place
        self._keeper = Keeper()
        self._shown_until_s: float | None = None
        frames: Slot[Frame] = Slot()
        self._link = Link(
            _address(settings),
            self._event,
            pairing=Pairing(parts.identity, parts.server_data),
            outbox=parts.outbox,
            offline=parts.offline,
            witness=parts.witness,
        )
        self._camera = Camera(
            settings.source,
            preview=self.preview,
            frames=frames,
            post=self._event,
            repeat=repeat,
            opener=parts.open_source,
            timing=parts.timing,
        )
        self._vision = VisionWorker(
            frames,
            ask=self._ask,
            enrol=self._link.enrol,
            challenge=self._link.ask_challenge,
            encoder=self._encoder_known,
            post=self._event,
            tick=self._tick,
            enrolment_limits=lambda: LIMITS[mode_of(self._link.enrolment_quality)].live,
            opener=parts.open_eyes or partial(open_eyes, settings.network),
            pad_model=settings.pad_model,
            judge_opener=parts.open_judge,
        )
        self._vision.probing.automatic = settings.automatic
        self._started = False

    @property
    def alive(self) -> bool:
        """Whether a thread or the encoder's process is still there; poll it after `close`."""
        return self._link.alive or self._camera.alive or self._vision.alive

    @property
    def consent_text(self) -> str:
        """What people agree to before they are enrolled, as the server last said."""
        return self._link.consent_text

    @property
    def state(self) -> CheckpointState:
        """What the checkpoint is doing, by the table in `client.states`."""
        return self._keeper.state

    def start(self) -> None:
        """Starts the threads."""
        self._started = True
        self._link.start()
        self._camera.start()
        self._vision.start()

    def close(self) -> None:
        """Asks every thread to end; all are gone within 2 s. May be called twice."""
        self._link.close()
        self._camera.close()
        if self._started:
            self._vision.close()

    def identify_now(self) -> None:
        """Asks about whoever stands there: a verdict, or `NoProbe` within 1.5 s."""
        camera = self._camera.state
        if self._vision.state is not VisionState.READY:
            self._cannot(NoProbeKind.NOT_READY, "The models are still being loaded. Wait a moment.")
        elif camera not in _GOOD:
            self._cannot(NoProbeKind.NO_CAMERA, self._camera.sentence or "There is no picture.")
        elif self._vision.enrolment.active:
            self._cannot(NoProbeKind.NOT_READY, "An enrolment is going on. Finish or cancel it.")
        else:
            at_s, at_ms = time.monotonic(), now_ms()
            self._vision.identify_now(at_s, at_ms)

    def set_automatic(self, *, on: bool) -> None:
        """Whether faces are asked about by themselves."""
        self.settings = dataclasses.replace(self.settings, automatic=on)
        self._vision.tell(lambda: setattr(self._vision.probing, "automatic", on))

    def begin_enrolment(self, *, wanted: int = 3) -> None:
        """Starts collecting samples; automatic identification rests meanwhile."""
        self._vision.begin_enrolment(wanted)

    def take_sample(self, pose: Pose | None = None) -> None:
        """Takes the next usable face as a sample: `EnrolSampleTaken` or `EnrolSampleRefused`.

        Args:
            pose: What the person was asked for; None takes any.
        """
        at_s = time.monotonic()
        self._vision.tell(lambda: self._vision.enrolment.take(pose, at_s))

    def drop_sample(self, index: int) -> None:
        """Forgets one sample."""
        self._vision.tell(lambda: self._vision.enrolment.drop(index))

    def submit_enrolment(
        self,
        name: str,
        *,
        consent_text: str,
        consent_at_ms: int | None = None,
        override_reason: str | None = None,
        same_person_as: str | None = None,
    ) -> None:
        """Sends the samples: `EnrolAnswered`. May be called again after a rejection.

        Args:
            name: As typed; cleaned, or refused with `name_invalid`.
            consent_text: What the person agreed to.
            consent_at_ms: When, now unless given.
            override_reason: Why a face that is enrolled already is enrolled once more.
            same_person_as: Subject id of the person who gets these samples too.
        """
        form = Form(
            name=name,
            consent_text=consent_text,
            consent_at_ms=now_ms() if consent_at_ms is None else consent_at_ms,
            override_reason=override_reason,
            same_person_as=same_person_as,
        )
        self._vision.tell(lambda: self._vision.enrolment.submit(form))

    def cancel_enrolment(self) -> None:
        """Forgets the samples and goes back to identification."""
        self._vision.cancel_enrolment()

    def sign_in(self, name: str, password: str) -> None:
        """Signs somebody in who is to enrol here: `SignInAnswered`. The password is not kept."""
        self._link.sign_in(name, password)

    def sign_out(self) -> None:
        """Ends the sign-in: `SignInEnded`, where somebody was signed in."""
        self._link.sign_out()

    def change_server(self, host: str, port: int) -> None:
        """Connects to another server; events kept so far go to that one.

        Raises:
            ValueError: There is no such host name or port.
        """
        self.settings = dataclasses.replace(self.settings, server_host=host, server_port=port)
        self._link.change_server(_address(self.settings))

    def pair(self, code: str, address: str | None = None) -> None:
        """Pairs with the server that shows a code, and connects to it: `PairingAnswered`.

        Args:
            code: As typed; a slip is told before anything is sent.
            address: `host:port` where the server is not reached at the code's address.
        """
        self._link.pair(code, address)

    @property
    def paired(self) -> PairedWith | None:
        """With whom this checkpoint is paired; reads its files."""
        return None if self._identity is None else self._identity.shown()

    def forget_pairing(self) -> None:
        """Deletes this checkpoint's key and certificate, and leaves the server."""
        if self._identity is None:
            return
        try:
            self._identity.forget()
        except IdentityProblem as problem:
            self._event(Fault("link", str(problem)))
            return
        self._link.change_server(_address(self.settings))

    def change_name(self, name: str) -> None:
        """Introduces the checkpoint anew under another name.

        Raises:
            ValueError: It cannot be used; the text is a sentence.
        """
        self.settings = dataclasses.replace(self.settings, checkpoint_name=name)
        self._link.change_server(_address(self.settings))

    def change_source(self, source: str) -> None:
        """Opens another camera.

        Raises:
            ValueError: It is empty.
        """
        self.settings = dataclasses.replace(self.settings, source=source)
        self._camera.change_source(source)
        self._vision.new_scene()

    def change_pad_model(self, pad_model: str) -> None:
        """Judges liveness with another network of the user's own, or with none ("")."""
        self.settings = dataclasses.replace(self.settings, pad_model=pad_model)
        self._vision.judge_with(pad_model)

    def show_dead(self) -> None:
        """Asks for the events that the server will never take: `DeadLetters`."""
        self._link.show_dead()

    def discard_dead(self, event_ids: Sequence[str]) -> None:
        """Forgets such events: `DeadLetters`, without them."""
        self._link.discard_dead(event_ids)

    def retry_now(self) -> None:
        """Tries the server and the camera again without waiting (the banner's button)."""
        self._link.retry_now()
        self._camera.retry_now()

    def _encoder_known(self, fingerprint: str, yardstick: Yardstick) -> None:
        shape = EncodingShape(yardstick.dimensions, *yardstick.norms)
        self._link.set_encoder(fingerprint, shape)

    def _cannot(self, kind: NoProbeKind, sentence: str) -> None:
        self._event(NoProbe("", kind, sentence, automatic=False, captured_at_ms=now_ms()))

    def _ask(self, hand: Hand) -> None:
        self._link.ask(hand.event, steady_s=hand.steady_s, label=hand.label)

    def _event(self, event: ClientEvent) -> None:
        """Every thread's events pass here: the state follows, the vision thread hears answers."""
        if isinstance(event, VerdictArrived | EnrolAnswered | ChallengeGiven):
            self._vision.notice(event)
        elif isinstance(event, PairingAnswered) and event.ok:
            self.settings = dataclasses.replace(
                self.settings, server_host=event.host, server_port=event.port
            )
        elif isinstance(event, LinkStatus):
            self._vision.demand(event.liveness)
        self._post(event)
        change = self._keeper.note(event)
        if change is not None:
            self._post(change)
            if change.state is CheckpointState.SHOWING_VERDICT:
                self._shown_until_s = time.monotonic() + SHOWN_S

    def _tick(self) -> None:
        """Ends the showing of a verdict; called by the vision thread."""
        until_s = self._shown_until_s
        if until_s is not None and time.monotonic() >= until_s:
            self._shown_until_s = None
            change = self._keeper.shown()
            if change is not None:
                self._post(change)


def _address(settings: ClientSettings) -> Address:
    return Address(
        settings.server_host,
        settings.server_port,
        settings.checkpoint_id,
        settings.checkpoint_name,
    )


def wait_closed(checkpoint: Checkpoint, *, timeout_s: float = 2.0) -> bool:
    """Waits until every thread ended; for programs without a window. False when one did not."""
    until_s = time.monotonic() + timeout_s
    pause = threading.Event()
    while checkpoint.alive and time.monotonic() < until_s:
        pause.wait(0.02)
    return not checkpoint.alive
