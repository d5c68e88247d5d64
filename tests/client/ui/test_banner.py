"""The big state line: what it shows, that it fits, and that its button works."""

import errno
from itertools import pairwise

import pytest
import ttkbootstrap

from client import dialling, link_wording, wording
from client.events import LinkState, LinkStatus
from client.ui.banner import StateLine, elided
from client.ui.window import SMALLEST
from client.view_model import Action, Banner
from desktop.ui import theme
from desktop.ui.palette import PALETTES
from protocol.errors import RULES
from tests.support import wait_until

LONG_HOST = "checkpoint-server-of-the-north-entrance.building-7.campus.example.org"


@pytest.fixture
def line(root: ttkbootstrap.App) -> StateLine:
    """A banner as wide as the window."""
    made = StateLine(root, lambda _action: None)
    made.pack(fill="x")
    root.update()
    return made


def test_shows_line_reason_and_colour(root: ttkbootstrap.App, line: StateLine) -> None:
    """A full fill in the tone's colour, its text in the colour that goes with it."""
    line.show(wording.SEVERAL)
    root.update()
    colours = PALETTES["light"]
    assert line._line.cget("text") == wording.SEVERAL.headline
    assert line._reason.cget("text") == wording.SEVERAL.reason
    assert line._line.cget("background") == colours.warn
    assert line._line.cget("foreground") == colours.on_warn


def test_colours_follow_a_theme_switch(root: ttkbootstrap.App, line: StateLine) -> None:
    """Live, without being shown anew."""
    line.show(wording.SEVERAL)
    theme.switch(root, "dark")
    root.update()
    assert line._line.cget("background") == PALETTES["dark"].warn


def test_button_does_what_it_says(root: ttkbootstrap.App) -> None:
    """By mouse and by Return; without an action there is no button."""
    pressed: list[Action] = []
    line = StateLine(root, pressed.append)
    line.pack(fill="x")
    line.show(Banner("bad", "x-circle-fill", "No camera", "", Action.CHOOSE_CAMERA))
    root.update()
    assert line.button.winfo_ismapped()
    assert "Choose another camera" in line.button.cget("text")
    line.button.invoke()
    line.button.focus_force()
    root.update()
    line.button.event_generate("<Return>")
    assert pressed == [Action.CHOOSE_CAMERA, Action.CHOOSE_CAMERA]
    line.show(wording.READY)
    root.update()
    assert not line.button.winfo_ismapped()


def test_height_stays_the_same(root: ttkbootstrap.App, line: StateLine) -> None:
    """The picture below does not jump when the state changes."""
    heights = set()
    for banner in (wording.READY, wording.CHECKING, Banner("warn", "search", "A", "b\nc")):
        line.show(banner)
        root.update()
        heights.add(line.winfo_height())
    assert len(heights) == 1


def test_a_name_of_a_hundred_wide_letters_stays_inside(
    root: ttkbootstrap.App, line: StateLine
) -> None:
    """In a smaller type, then with an ellipsis; never beyond the edge."""
    line.show(Banner("good", "search", "Welcome, " + "W" * 100, "x", Action.ENROL))
    root.update()
    edge = line._line.winfo_rootx() + line._line.winfo_reqwidth()
    assert edge <= line.button.winfo_rootx()
    assert str(line._line.cget("text")).endswith("…")


def _sizes(line: StateLine) -> list[tuple[int, int, int, int]]:
    """What both lines need and what they have, for the message of a failure."""
    return [
        (part.winfo_reqwidth(), part.winfo_width(), part.winfo_reqheight(), part.winfo_height())
        for part in (line._line, line._reason)
    ]


def _whole(line: StateLine) -> bool:
    """Whether both lines are on the screen from the first letter to the last."""
    line.update()
    high = line._line.winfo_reqheight() + line._reason.winfo_reqheight()
    return (
        line._reason.winfo_reqwidth() <= line._reason.winfo_width()
        and line._line.winfo_reqwidth() <= line._line.winfo_width()
        and high <= line.winfo_height()
        and line._reason.cget("text") == line.shown.reason
    )


@pytest.mark.parametrize(
    "sentence",
    [
        dialling._sentence(ConnectionRefusedError(errno.ECONNREFUSED, ""), "127.0.0.1", 41973),
        dialling._sentence(ConnectionRefusedError(errno.ECONNREFUSED, ""), LONG_HOST, 41973),
        dialling._sentence(TimeoutError(), LONG_HOST, 41973),
        dialling._sentence(OSError(errno.EHOSTUNREACH, ""), LONG_HOST, 41973),
        *[rule.sentence for rule in RULES.values()],
    ],
)
def test_the_servers_trouble_is_never_cut_off_in_the_smallest_window(
    root: ttkbootstrap.App, line: StateLine, sentence: str
) -> None:
    """Beside the button, after a banner without one: the longest sentences there are."""
    root.geometry(f"{SMALLEST[0]}x{SMALLEST[1]}")
    line.show(wording.READY)
    wait_until(lambda: line.winfo_width() == SMALLEST[0], window=root)
    status = LinkStatus(LinkState.UNREACHABLE, sentence, kept=1000, retry_in_s=30.0)
    line.show(link_wording.banner(status, 30))
    assert _whole(line), _sizes(line)
    assert line.button.winfo_rootx() >= line._reason.winfo_rootx() + line._reason.winfo_width()


def test_a_reason_without_end_is_shortened_inside(root: ttkbootstrap.App, line: StateLine) -> None:
    """An ellipsis, and nothing above or below the edge; a short one is large again."""
    line.show(Banner("bad", "search", "Something went wrong", "word " * 400, Action.TRY_AGAIN))
    root.update()
    high = line._line.winfo_reqheight() + line._reason.winfo_reqheight()
    assert high <= line.winfo_height()
    assert str(line._reason.cget("text")).endswith("…")
    line.show(wording.SEVERAL)
    assert _whole(line)
    assert str(line._line.cget("font")) == "GridHuge"


@pytest.mark.parametrize("room", [0, 1, 5, 20, 100])
def test_elided_text_never_takes_more_than_its_room(room: int) -> None:
    """At one unit a letter; the ellipsis alone is the least there is."""
    text = elided("Katherine Johnson", room, len)
    assert len(text) <= max(1, room)
    assert text == "Katherine Johnson" or text.endswith("…")


def test_elided_grows_with_the_room() -> None:
    """More room never shows less."""
    lengths = [len(elided("Katherine Johnson", room, len)) for room in range(1, 20)]
    assert all(a <= b for a, b in pairwise(lengths))


@pytest.mark.parametrize(
    "state", [LinkState.NOT_PAIRED, LinkState.REVOKED, LinkState.SERVER_CHANGED]
)
def test_pairings_trouble_is_never_cut_off_in_the_smallest_window(
    root: ttkbootstrap.App, line: StateLine, state: LinkState
) -> None:
    """With events kept, beside the button."""
    root.geometry(f"{SMALLEST[0]}x{SMALLEST[1]}")
    wait_until(lambda: line.winfo_width() == SMALLEST[0], window=root)
    line.show(link_wording.banner(LinkStatus(state, kept=1000), None))
    assert _whole(line), _sizes(line)
