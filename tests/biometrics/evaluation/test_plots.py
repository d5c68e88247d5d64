"""Every plot is drawn from a made-up result."""

import subprocess
import sys

from matplotlib.figure import Figure

from biometrics.evaluation.all_pairs import EveryPair
from biometrics.evaluation.folder_document import folder_document
from biometrics.evaluation.plots import (
    calibration_plots,
    identification_plots,
    verification_plots,
)
from tests.biometrics.evaluation.sets import at, item
from tests.biometrics.evaluation.test_tables import made_result


def test_every_plot_has_a_name_axes_and_lines() -> None:
    """Three of the list of pairs, three of every pair, identification, calibration."""
    result = made_result()
    verification = result["verification"]
    assert isinstance(verification, dict)
    items = [item(name, n, at(30 * p + 9 * n)) for p, name in enumerate("ABC") for n in range(4)]
    verification["every_pair"] = EveryPair(items).report()
    plots = [plot for section in folder_document(result).sections for plot in section.plots]
    assert len(plots) == len({plot.name for plot in plots}) == 8
    for plot in plots:
        axes = Figure().add_subplot()
        plot.draw(axes)
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        assert axes.lines


def test_what_was_not_measured_is_not_drawn() -> None:
    """No plots, and no error."""
    for plots in (verification_plots, identification_plots, calibration_plots):
        assert plots({"skipped": "x"}) == ()


def test_matplotlib_waits_until_something_is_drawn() -> None:
    """The command line starts without it."""
    code = "import sys, biometrics.evaluation.commands; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
