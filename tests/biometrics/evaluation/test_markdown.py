"""The report as Markdown."""

from biometrics.evaluation.folder_document import folder_document
from biometrics.evaluation.markdown import markdown, summary
from tests.biometrics.evaluation.test_tables import made_result


def test_the_report_has_every_part() -> None:
    """Data, lists, folds and targets; signs in names do no harm."""
    text = markdown(folder_document(made_result()))
    assert text.startswith("# Evaluation of made\\|up\n")
    for part in (
        "## Data",
        "### Pictures without a face: 1",
        "## Verification",
        "| fold 2 |",
        "## Identification",
        "## Calibration",
        "## Speed",
    ):
        assert part in text


def test_what_was_not_measured_is_in_it() -> None:
    """A sentence in place of tables."""
    result = {**made_result(), "verification": {"skipped": "Two people are needed."}}
    assert "Two people are needed." in markdown(folder_document(result))
    assert "Why." in markdown(folder_document({**made_result(), "openset": {"skipped": "Why."}}))


def test_long_lists_say_how_much_more() -> None:
    """Fifty are shown."""
    result = made_result()
    data = result["data"]
    assert isinstance(data, dict)
    data["several_faces"] = {"count": 60, "shown": ["<b>"] * 50}
    text = markdown(folder_document(result))
    assert "- and 10 more" in text
    assert "- \\<b\\>" in text


def test_the_summary_is_short() -> None:
    """For a terminal."""
    assert len(summary(folder_document(made_result())).splitlines()) < 20
