"""The checkpoint without its window: owns the camera, vision and link threads.

Every method may be called from the main thread at any time and returns at once; what comes of it
arrives as an event through `post`.
"""

from collections.abc import Callable

from client.camera.frames import Frame
from client.events import ClientEvent, Pose
from client.settings import ClientSettings
from desktop.mailbox import Slot

Post = Callable[[ClientEvent], None]


class Checkpoint:
    """Camera, vision and link, started and closed together.

    Args:
        settings: Which server, which camera, which name.
        post: Takes events from any thread and never blocks (`Mailbox.post`).
        repeat: Whether a clip or a folder starts again at its end.
    """

    def __init__(self, settings: ClientSettings, post: Post, *, repeat: bool = True) -> None:
        self.settings = settings
        self.preview: Slot[Frame] = Slot()
        self._post = post
        self._repeat = repeat

    @property
    def alive(self) -> bool:
        """Whether a thread or the encoder's process is still there; poll it after `close`."""
        raise NotImplementedError

    def start(self) -> None:
        """Starts the threads."""
        raise NotImplementedError

    def close(self) -> None:
        """Asks every thread to end; all are gone within 2 s. May be called twice."""
        raise NotImplementedError

    def identify_now(self) -> None:
        """Asks about whoever stands there: a verdict, or `NoProbe` within 1.5 s."""
        raise NotImplementedError

    def set_automatic(self, *, on: bool) -> None:
        """Whether faces are asked about by themselves."""
        raise NotImplementedError

    def begin_enrolment(self, *, wanted: int = 3) -> None:
        """Starts collecting samples; automatic identification rests meanwhile."""
        raise NotImplementedError

    def take_sample(self, pose: Pose | None = None) -> None:
        """Takes the next usable face as a sample: `EnrolSampleTaken` or `EnrolSampleRefused`.

        Args:
            pose: What the person was asked for; None takes any.
        """
        raise NotImplementedError

    def drop_sample(self, index: int) -> None:
        """Forgets one sample."""
        raise NotImplementedError

    def submit_enrolment(
        self,
        name: str,
        *,
        consent_text: str,
        consent_at_ms: int | None = None,
        override_reason: str | None = None,
        same_person_as: str | None = None,
    ) -> None:
        """Sends the samples: `EnrolAnswered`. May be called again after a rejection."""
        raise NotImplementedError

    def cancel_enrolment(self) -> None:
        """Forgets the samples and goes back to identification."""
        raise NotImplementedError

    def change_server(self, host: str, port: int) -> None:
        """Connects to another server."""
        raise NotImplementedError

    def change_source(self, source: str) -> None:
        """Opens another camera."""
        raise NotImplementedError

    def retry_now(self) -> None:
        """Tries the server and the camera again without waiting (the banner's button)."""
        raise NotImplementedError
