"""A report as the window shows it."""

from pathlib import Path

from server.evaluation import evaluate_site
from server.evaluation_view import evaluation_view
from server.ui.made_up_evaluation import made_up_report
from server.vault import open_vault
from tests.server.people_examples import ENCODER
from tests.server.test_evaluation import data_of


def test_a_whole_report() -> None:
    """Four tiles, everybody who needs an eye, advice for each kind, the picture."""
    view = evaluation_view(made_up_report(now_ms=5))
    assert (view.made_at_ms, view.people) == (5, 12)
    assert view.tiles[2] == ("0.30 %", "expected, 0.14 to 0.54 %")
    assert view.rows[0] == (
        "Alike, or enrolled twice",
        "Ada Lovelace and Augusta King",
        "distance 0.118",
    )
    assert {kind for kind, _, _ in view.rows} <= {kind for kind, _ in view.advice}
    assert view.distances is not None
    assert len(view.distances.edges) == len(view.distances.visits) + 1
    assert view.sentences[0].startswith("Left out in turn, 12 people")


def test_hostile_names_are_shown_literally() -> None:
    """No control signs reach the window."""
    result = made_up_report()
    result["single_samples"] = {"count": 1, "shown": ["a\x1b[31m\nb"]}
    names = [who for kind, who, _ in evaluation_view(result).rows if kind == "One sample only"]
    assert all(name.isprintable() for name in names)


def test_real_reports_of_nobody_and_one(tmp_path: Path) -> None:
    """Sentences in place of the picture."""
    for names in ((), ("Ann",)):
        folder = data_of(tmp_path / str(len(names)), *names)
        view = evaluation_view(evaluate_site(folder, open_vault(folder), ENCODER, now_ms=0))
        assert view.people == len(names)
        assert view.distances is None
