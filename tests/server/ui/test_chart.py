"""Tests of the chart of requests a minute."""

import tkinter
from collections.abc import Iterator

import pytest

from desktop.ui import theme
from desktop.ui.palette import DARK, LIGHT
from server.ui.chart import Legend, MinutesChart, _step


@pytest.fixture
def root(screen: str, tk_errors: list[BaseException]) -> Iterator[tkinter.Tk]:
    """A light window."""
    opened = theme.open_window(title="T", size=(500, 200), minsize=(300, 100), theme="light")
    yield opened
    opened.update_idletasks()
    opened.destroy()


@pytest.fixture
def chart(root: tkinter.Tk) -> MinutesChart:
    """A chart on the screen."""
    made = MinutesChart(root)
    made.pack(fill="both", expand=True)
    root.update()
    return made


def _kinds(chart: MinutesChart) -> list[str]:
    return [str(chart.canvas.type(item)) for item in chart.canvas.find_all()]


def test_without_requests_it_says_so(chart: MinutesChart) -> None:
    """An hour of zeros is a sentence, not an empty frame."""
    chart.show([(minute * 60_000, 0, 0) for minute in range(60)])
    texts = [chart.canvas.itemcget(item, "text") for item in chart.canvas.find_all()]
    assert texts == ["No requests in the last hour"]


def test_a_bar_a_minute_with_both_parts(chart: MinutesChart) -> None:
    """Minutes with both kinds have two rectangles, with one kind one, without none."""
    chart.show([(0, 5, 2), (60_000, 0, 3), (120_000, 4, 0), (180_000, 0, 0)])
    assert _kinds(chart).count("rectangle") == 4


def test_colours_follow_the_theme(chart: MinutesChart, root: tkinter.Tk) -> None:
    """The canvas and the legend are repainted on a switch."""
    legend = Legend(root)
    chart.show([(0, 5, 2)])
    for colours in (DARK, LIGHT):
        theme.switch(root, colours.name)
        assert str(chart.canvas.cget("background")) == colours.surface
        fills = {chart.canvas.itemcget(item, "fill") for item in chart.canvas.find_all()}
        assert colours.accent in fills
        assert str(legend._swatches[1][0].cget("background")) == colours.accent


@pytest.mark.parametrize(
    ("most", "step"), [(1, 1), (3, 1), (4, 2), (14, 5), (31, 20), (1600, 1000)]
)
def test_lines_stand_at_round_numbers(most: int, step: int) -> None:
    """At most four lines, at 1, 2 or 5 times a power of ten."""
    assert _step(most) == step
