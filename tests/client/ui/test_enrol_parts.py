"""The quality meter, the places for pictures, and the last page."""

import pytest
import ttkbootstrap

from client.pose import Pose
from client.ui.enrol_parts import DonePage, PictureSlot, QualityMeter
from desktop.ui import theme
from tests.client.ui.fakes import picture


@pytest.mark.parametrize(
    ("level", "advice", "words"),
    [
        (None, "", "No face Stand in front of the camera."),
        (0.1, "", "Not yet Hold still."),
        (0.6, "Come closer", "Not yet Come closer"),
        (0.5, "", "Usable Hold still."),
        (0.9, "", "Good Hold still."),
    ],
)
def test_meter_says_its_level_in_words(
    root: ttkbootstrap.App, level: float | None, advice: str, words: str
) -> None:
    """A bar alone says nothing to somebody who does not see colours."""
    meter = QualityMeter(root)
    meter.pack(fill="x")
    root.update()
    meter.show(level, advice)
    assert meter.text == words


def test_meter_is_as_long_as_the_level(root: ttkbootstrap.App) -> None:
    """Half the bar at 0.5, none at 0, never beyond the end."""
    meter = QualityMeter(root)
    meter.pack(fill="x")
    root.update()
    whole = meter._bar.winfo_width()
    for level, share in ((0.5, 0.5), (1.7, 1.0)):
        meter.show(level, "")
        left, _top, right, _bottom = meter._bar.coords("level")
        assert (right - left) == pytest.approx(whole * share, abs=1)
    meter.show(0.0, "")
    assert meter._bar.find_withtag("level") == ()


def test_slot_shows_what_is_wanted_then_the_picture(root: ttkbootstrap.App) -> None:
    """The drop button works only when there is something to drop."""
    dropped: list[str] = []
    slot = PictureSlot(root, number=1, on_drop=lambda: dropped.append("drop"))
    slot.empty(Pose.LEFT, wanted=True)
    assert slot.text == "Left"
    slot.drop_button.invoke()
    assert dropped == []
    slot.fill(picture(width=150, height=150), Pose.STRAIGHT)
    assert slot.filled
    assert slot.text == "Straight"
    slot.drop_button.invoke()
    assert dropped == ["drop"]
    slot.lock()
    slot.drop_button.invoke()
    assert dropped == ["drop"]


def test_slot_survives_a_theme_switch(root: ttkbootstrap.App) -> None:
    """Its colours are its own and are painted anew."""
    slot = PictureSlot(root, number=2, on_drop=lambda: None)
    before = str(slot._canvas.cget("background"))
    theme.switch(root, "dark")
    root.update()
    assert str(slot._canvas.cget("background")) != before


@pytest.mark.parametrize(("pictures", "words"), [(1, "1 picture"), (3, "3 pictures")])
def test_done_page_names_the_person(root: ttkbootstrap.App, pictures: int, words: str) -> None:
    """Who, and how many pictures were stored."""
    poses = (Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT)[:pictures]
    page = DonePage(root, name="Ada", pictures=pictures, taken=poses, size=(600, 300))
    assert page.text == "Ada is enrolled"
    assert page.detail.startswith(words)
    assert page.variety.startswith("1 sample, straight" if pictures == 1 else "3 samples: straight")
