"""A checkpoint without threads for the tests of the window: notes every wish, answers by hand."""

from collections.abc import Sequence

import numpy as np

from client.camera.frames import Frame, Image
from client.enrolment_events import EnrolmentChanged, EnrolSampleTaken
from client.events import (
    CameraState,
    CameraStatus,
    ClientEvent,
    LinkState,
    LinkStatus,
    VisionState,
    VisionStatus,
)
from client.pose import Pose
from client.settings import ClientSettings
from client.states import EnrolmentState
from client.ui.starter import Post
from desktop.mailbox import Slot
from protocol.consent import FIRST_TEXT

ORDER = (Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT)
OK = CameraStatus(CameraState.OK, "", "demo:", 640, 480, 30.0)
CONNECTED = LinkStatus(LinkState.CONNECTED, server_name="lobby-server", latency_ms=3.0, people=5)


def picture(level: int = 90, *, width: int = 640, height: int = 480) -> Image:
    """A grey picture whose left half is darker, so that a mirror shows."""
    image = np.full((height, width, 3), level, np.uint8)
    image[:, : width // 2] = level // 3
    return image


class FakeEngine:
    """Takes the window's wishes; `calls` holds them as `name(arguments)`."""

    def __init__(self) -> None:
        self.preview: Slot[Frame] = Slot()
        self.alive = True
        self.ends = True
        self.calls: list[str] = []
        self.submitted: list[dict[str, object]] = []
        self.samples: list[Pose] = []
        self.post: Post = lambda _event: None

    def start(self, _settings: ClientSettings, post: Post) -> "FakeEngine":
        """Stands for `start_checkpoint`."""
        self.post = post
        for event in (OK, VisionStatus(VisionState.READY), CONNECTED):
            post(event)
        return self

    def show(self, image: Image, *, label: str | None = None) -> None:
        """Puts a frame into the preview."""
        self.preview.put(Frame(image, 1, 0.0, label))

    paired = None
    key_place = "in a file for its owner alone"
    consent_text = FIRST_TEXT

    def forget_pairing(self) -> None:
        self.calls.append("forget_pairing()")

    def close(self) -> None:
        self.calls.append("close")
        if self.ends:
            self.alive = False

    def identify_now(self) -> None:
        self.calls.append("identify_now")

    def set_automatic(self, *, on: bool) -> None:
        self.calls.append(f"set_automatic({on})")

    def begin_enrolment(self, *, wanted: int = 3) -> None:
        self.calls.append(f"begin_enrolment({wanted})")
        self.samples.clear()
        self._changed(EnrolmentState.COLLECTING)

    def take_sample(self, pose: Pose | None = None) -> None:
        self.calls.append(f"take_sample({pose})")

    def accept_sample(self, pose: Pose | None = None) -> None:
        """Answers `take_sample`: the picture is good."""
        pose = pose if pose is not None else ORDER[len(self.samples)]
        self.samples.append(pose)
        chip = picture(120, width=150, height=150)
        self.post(EnrolSampleTaken(len(self.samples) - 1, pose, chip, 0.9))
        self._changed(EnrolmentState.COLLECTING)
        if len(self.samples) >= 3:
            self._changed(EnrolmentState.REVIEWING)

    def drop_sample(self, index: int) -> None:
        self.calls.append(f"drop_sample({index})")
        del self.samples[index]
        self._changed(EnrolmentState.COLLECTING)

    def submit_enrolment(
        self,
        name: str,
        *,
        consent_text: str,
        consent_at_ms: int | None = None,
        override_reason: str | None = None,
        same_person_as: str | None = None,
    ) -> None:
        self.calls.append(f"submit_enrolment({name})")
        self.submitted.append(
            {
                "name": name,
                "consent_text": consent_text,
                "consent_at_ms": consent_at_ms,
                "override_reason": override_reason,
                "same_person_as": same_person_as,
            }
        )

    def cancel_enrolment(self) -> None:
        self.calls.append("cancel_enrolment")

    def show_dead(self) -> None:
        self.calls.append("show_dead")

    def discard_dead(self, event_ids: Sequence[str]) -> None:
        self.calls.append(f"discard_dead({', '.join(event_ids)})")

    def pair(self, code: str, address: str | None = None) -> None:
        """See `Engine`."""
        self.calls.append(f"pair({code}, {address})")

    def sign_in(self, name: str, password: str) -> None:
        self.calls.append(f"sign_in({name}, {password})")

    def sign_out(self) -> None:
        self.calls.append("sign_out")

    def change_server(self, host: str, port: int) -> None:
        self.calls.append(f"change_server({host}, {port})")

    def change_name(self, name: str) -> None:
        self.calls.append(f"change_name({name})")

    def change_source(self, source: str) -> None:
        self.calls.append(f"change_source({source})")

    def retry_now(self) -> None:
        self.calls.append("retry_now")

    def _changed(self, state: EnrolmentState) -> None:
        poses = tuple(self.samples)
        following = ORDER[len(poses)] if len(poses) < 3 else None
        self.post(EnrolmentChanged(state, poses, 3, following))

    def tell(self, *events: ClientEvent) -> None:
        """Posts events as the checkpoint's threads would."""
        for event in events:
            self.post(event)
