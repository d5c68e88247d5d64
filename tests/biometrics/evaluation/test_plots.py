"""Every plot is drawn from a made-up result."""

import subprocess
import sys

from biometrics.evaluation.all_pairs import EveryPair
from biometrics.evaluation.plots import figures
from tests.biometrics.evaluation.sets import at, item
from tests.biometrics.evaluation.test_tables import made_result


def test_every_plot_has_a_title_axes_and_lines() -> None:
    """Three of the list of pairs, three of every pair, one of identification."""
    result = made_result()
    verification = result["verification"]
    assert isinstance(verification, dict)
    items = [item(name, n, at(30 * p + 9 * n)) for p, name in enumerate("ABC") for n in range(4)]
    verification["every_pair"] = EveryPair(items).report()
    drawn = figures(result)
    assert len(drawn) == 7
    for title, figure in drawn:
        (axes,) = figure.axes
        assert axes.get_title() == title
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        assert axes.lines


def test_what_was_not_measured_is_not_drawn() -> None:
    """No plots, and no error."""
    assert figures({"verification": {"skipped": "x"}, "openset": {"skipped": "x"}}) == []
    assert figures({}) == []


def test_matplotlib_waits_until_something_is_drawn() -> None:
    """The command line starts without it."""
    code = "import sys, biometrics.evaluation.commands; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
