"""Starts the checkpoint in a thread, so that what it imports never holds up the window."""

import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from client.camera.frames import Frame
from client.events import ClientEvent, Fault, VisionState, VisionStatus
from client.pose import Pose
from client.settings import ClientSettings, default_path
from client.ui.pairing_section import PairedLike
from desktop.mailbox import Slot

Post = Callable[[ClientEvent], None]


class Engine(Protocol):
    """The part of `client.checkpoint.Checkpoint` that the window uses."""

    preview: Slot[Frame]

    @property
    def alive(self) -> bool:
        """Whether anything of it still runs."""

    @property
    def paired(self) -> PairedLike | None:
        """The server that this checkpoint is paired with."""

    @property
    def key_place(self) -> str:
        """Where the key of the events that wait is, in words; "" when nothing is on the disk."""

    @property
    def consent_text(self) -> str:
        """What people agree to before they are enrolled."""

    def forget_pairing(self) -> None:
        """Forgets the server and the key."""

    def close(self) -> None:
        """Asks everything to end."""

    def identify_now(self) -> None:
        """Asks about whoever stands there."""

    def set_automatic(self, *, on: bool) -> None:
        """Whether faces are asked about by themselves."""

    def begin_enrolment(self, *, wanted: int = 3) -> None:
        """Starts collecting samples."""

    def take_sample(self, pose: Pose | None = None) -> None:
        """Takes the next usable face as a sample."""

    def drop_sample(self, index: int) -> None:
        """Forgets one sample."""

    def submit_enrolment(
        self,
        name: str,
        *,
        consent_text: str,
        consent_at_ms: int | None = None,
        override_reason: str | None = None,
        same_person_as: str | None = None,
    ) -> None:
        """Sends the samples."""

    def cancel_enrolment(self) -> None:
        """Forgets the samples."""

    def sign_in(self, name: str, password: str) -> None:
        """Signs somebody in who is to enrol here."""

    def sign_out(self) -> None:
        """Ends the sign-in."""

    def change_server(self, host: str, port: int) -> None:
        """Connects to another server."""

    def pair(self, code: str, address: str | None = None) -> None:
        """Pairs with the server that shows a code."""

    def change_name(self, name: str) -> None:
        """Introduces the checkpoint under another name."""

    def change_source(self, source: str) -> None:
        """Opens another camera."""

    def change_pad_model(self, pad_model: str) -> None:
        """Judges liveness with another network."""

    def show_dead(self) -> None:
        """Asks for the events that the server will never take."""

    def discard_dead(self, event_ids: Sequence[str]) -> None:
        """Forgets such events."""

    def retry_now(self) -> None:
        """Tries the server and the camera again."""


@dataclass(frozen=True, slots=True)
class Started:
    """The checkpoint runs.

    Attributes:
        engine: The checkpoint, started.
        settings: What it was started with: the person may have changed them since.
    """

    engine: Engine
    settings: ClientSettings


Start = Callable[[ClientSettings, Post], Engine]


class Starter:
    """Runs `start` once in a thread and posts `Started`, or what went wrong.

    Args:
        start: Makes a checkpoint and starts it; may import for seconds.
        settings: What to start with.
        post: Takes events from any thread.

    Attributes:
        made: The checkpoint, once it is started: there before the thread ends.
    """

    def __init__(
        self,
        start: Start,
        settings: ClientSettings,
        post: Callable[[ClientEvent | Started], None],
    ) -> None:
        self._start = start
        self._settings = settings
        self._post = post
        self.made: Engine | None = None
        self._thread = threading.Thread(target=self._run, name="starter", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it still starts."""
        return self._thread.is_alive()

    def begin(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def _run(self) -> None:
        try:
            engine = self._start(self._settings, self._post)
        except Exception as error:  # noqa: BLE001 - the top of a thread: the window must hear of it
            sentence = f"The checkpoint could not be started: {error}"
            self._post(Fault("starter", sentence, traceback.format_exc()))
            self._post(VisionStatus(VisionState.FAILED, sentence))
            return
        self.made = engine
        self._post(Started(engine, self._settings))


def start_checkpoint(
    settings: ClientSettings,
    post: Post,
    *,
    settings_file: Path | None = None,
    server_data: Path | None = None,
) -> Engine:
    """Imports what is heavy, then makes and starts the real checkpoint. Not for the main thread.

    Args:
        settings: What to start with.
        post: Takes events from any thread.
        settings_file: Events and the certificate are kept beside it; None keeps events in memory.
        server_data: The data folder of a server on this computer that is to be trusted.

    Raises:
        OutboxProblem: Events cannot be kept, or another checkpoint keeps its own there.
    """
    import cv2  # noqa: F401 - the preview is scaled by it, and must not import it on Tk's thread

    from client.checkpoint import Checkpoint, Parts
    from client.identity import Identity
    from client.keeping import open_all
    from client.witness import Witness, witness_path

    identity = Identity.beside(settings_file or default_path(), settings.checkpoint_id)
    kept = None if settings_file is None else open_all(settings_file)
    witness = None if settings_file is None else Witness(witness_path(settings_file))
    parts = Parts(
        outbox=None if kept is None else kept.outbox,
        offline=None if kept is None else kept.offline,
        key_place="" if kept is None else kept.key_place,
        identity=identity,
        server_data=server_data,
        witness=witness,
    )
    checkpoint = Checkpoint(settings, post, parts=parts)
    checkpoint.start()
    return checkpoint
