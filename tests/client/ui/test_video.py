"""The live picture: fitted, capped, mirrored, with boxes where the faces are."""

import numpy as np
import pytest
import ttkbootstrap
from PIL import ImageTk

from biometrics.geometry import Box
from client.ui.video import LARGEST, VideoView, fitted
from client.view_model import FaceMark
from tests.client.ui.fakes import picture


@pytest.fixture
def video(root: ttkbootstrap.App) -> VideoView:
    """A view of 640 x 360, so that a 4:3 picture leaves room on both sides."""
    made = VideoView(root, mirror=False)
    made.place(x=0, y=0, width=640, height=360)
    root.update()
    return made


def _column(video: VideoView, x: float) -> int:
    """The red of the shown picture at a share of its width, in the middle of its height."""
    assert video._photo is not None
    image = ImageTk.getimage(video._photo)
    pixel = image.getpixel((int(x * (image.width - 1)), image.height // 2))
    assert isinstance(pixel, tuple)
    return int(pixel[0])


@pytest.mark.parametrize(
    ("size", "room", "place"),
    [
        ((640, 480), (640, 480), (0, 0, 640, 480)),
        ((640, 480), (640, 360), (80, 0, 480, 360)),
        ((640, 480), (320, 480), (0, 120, 320, 240)),
        ((1920, 1080), (960, 540), (0, 0, 960, 540)),
        ((640, 480), (2000, 2000), (520, 640, 960, 720)),
    ],
)
def test_fitted(size: tuple[int, int], room: tuple[int, int], place: tuple[int, ...]) -> None:
    """Proportions are kept, the middle is kept, and nothing is larger than the cap."""
    assert fitted(size, room) == place
    assert place[2] <= LARGEST[0]
    assert place[3] <= LARGEST[1]


def test_a_frame_is_shown_in_its_colours(video: VideoView) -> None:
    """RGB stays RGB, left stays left."""
    image = np.zeros((480, 640, 3), np.uint8)
    image[:, :320] = (200, 10, 20)
    video.show(image)
    assert video._photo is not None
    shown = ImageTk.getimage(video._photo).convert("RGB")
    assert shown.size == (480, 360)
    assert shown.getpixel((20, 100)) == (200, 10, 20)
    assert video.frames == 1


def test_one_image_is_pasted_into(video: VideoView) -> None:
    """A new PhotoImage per frame takes three times as long."""
    video.show(picture())
    first = video._photo
    video.show(picture(200))
    assert video._photo is first


def test_mirror_swaps_the_sides_of_the_picture_and_of_the_boxes(video: VideoView) -> None:
    """The box stays on the face."""
    video.show(picture())
    assert _column(video, 0.1) < _column(video, 0.9)
    mark = FaceMark(Box(0, 100, 100, 200), "Ada", "good")
    plain = video._on_screen(mark)
    video.mirror = True
    video.show(picture())
    assert _column(video, 0.1) > _column(video, 0.9)
    mirrored = video._on_screen(mark)
    assert plain[0] == 80
    assert mirrored[2] == 80 + 480


def test_without_opencv_pillow_scales(video: VideoView, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until some thread has loaded OpenCV, and never on the main thread."""
    monkeypatch.delitem(__import__("sys").modules, "cv2", raising=False)
    video.mirror = True
    video.show(picture())
    assert _column(video, 0.1) > _column(video, 0.9)


def test_boxes_carry_their_words(root: ttkbootstrap.App, video: VideoView) -> None:
    """Four corners, a plate and the words of each face; gone with the marks."""
    video.show(picture())
    video.show_marks((FaceMark(Box(200, 100, 300, 200), "Grace Hopper", "good"),))
    root.update()
    texts = [i for i in video.find_withtag("mark") if video.type(i) == "text"]
    assert [video.itemcget(i, "text") for i in texts] == ["Grace Hopper"]
    assert len(video.find_withtag("mark")) == 6
    video.show_marks(())
    assert video.find_withtag("mark") == ()


@pytest.mark.parametrize("box", [Box(-40, 380, 60, 520), Box(560, -40, 700, 60)])
def test_words_stay_inside_the_picture(video: VideoView, box: Box) -> None:
    """A face at the edge keeps its words readable."""
    video.show(picture())
    video.show_marks((FaceMark(box, "Move to the middle: 6 % of the face is outside", "warn"),))
    (text,) = [i for i in video.find_withtag("mark") if video.type(i) == "text"]
    left, top, right, bottom = video.bbox(text)
    assert left >= 80
    assert right <= 560
    assert top >= 0
    assert bottom <= 360


def test_f12_a_hint_hides_the_last_picture(root: ttkbootstrap.App, video: VideoView) -> None:
    """F12: the last frame before the camera was unplugged must not look live."""
    video.show(picture())
    video.show_hint("No live picture")
    root.update()
    assert video.itemcget(video._picture, "state") == "hidden"  # type: ignore[no-untyped-call]
    assert video.hint == "No live picture"
    video.show_hint("")
    assert video.itemcget(video._picture, "state") == "hidden"  # type: ignore[no-untyped-call]
    video.show(picture())
    assert video.itemcget(video._picture, "state") == "normal"  # type: ignore[no-untyped-call]
