"""Distances with the limit, drawn."""

from server.evaluation_view import evaluation_view
from server.ui.distance_chart import DistanceChart
from server.ui.made_up_evaluation import made_up_report
from server.ui.window import ServerWindow


def texts(chart: DistanceChart) -> list[str]:
    """What stands on the canvas."""
    canvas = chart.canvas
    found = [item for item in canvas.find_all() if canvas.type(item) == "text"]
    return [str(canvas.itemcget(item, "text")) for item in found]


def test_bars_the_limit_and_words(window: ServerWindow) -> None:
    """Both kinds, told apart without colour; the limit lies where its distance is."""
    window.go("Evaluation")
    window.root.update()
    chart = window.evaluation.chart
    chart.show(evaluation_view(made_up_report()).distances)
    canvas = chart.canvas
    boxes = [item for item in canvas.find_all() if canvas.type(item) == "rectangle"]
    assert any(canvas.itemcget(box, "fill") for box in boxes)
    assert any(not canvas.itemcget(box, "fill") for box in boxes)
    assert {"limit 0.323", "■ visits", "□ strangers", "0.3"} <= set(texts(chart))
    places = {
        str(canvas.itemcget(item, "text")): canvas.coords(item)[0]
        for item in canvas.find_all()
        if canvas.type(item) == "text"
    }
    assert places["0.3"] < places["limit 0.323"] < places["0.4"]


def test_without_distances_a_sentence(window: ServerWindow) -> None:
    """Nothing else."""
    window.go("Evaluation")
    window.root.update()
    window.evaluation.chart.show(None, otherwise="Two people are needed.")
    assert texts(window.evaluation.chart) == ["Two people are needed."]
