"""The report about a folder: data first, what matters in the summary, what is missing said."""

from biometrics.evaluation.folder_document import (
    calibration_sentences,
    data_sentences,
    folder_document,
    openset_sentences,
    verification_sentences,
)
from tests.biometrics.evaluation.test_tables import made_result


def test_sections_in_the_order_of_reading() -> None:
    """Data first; every section has something to say."""
    document = folder_document(made_result())
    assert document.title == "Evaluation of made|up"
    assert [section.title for section in document.sections] == [
        "Data",
        "Verification",
        "Changed pictures",
        "Identification",
        "Calibration",
        "Speed",
    ]
    assert all(section.sentences for section in document.sections)


def test_the_summary_holds_what_matters() -> None:
    """The accuracy with its sample, the failures, the habit beside the product."""
    text = "\n".join(folder_document(made_result()).summary)
    assert "8 pictures of 4 people; 1 without a usable face" in text
    assert "Verification accuracy 83.33 %" in text
    assert "Identification among 4 people" in text
    assert "Raw distance within 0.6, nearest of 3: " in text
    assert "The product's policy, asked for 0.3 %: " in text
    assert "Calibration with 4 enrolled" in text


def test_sentences_name_what_was_found() -> None:
    """Names in two spellings, a limit, pairs refused for want of a face."""
    result = {**made_result(), "limit": 8}
    text = "\n".join(data_sentences(result))
    assert "Taken for one person: Ann = ann." in text
    assert "(--limit)" in text
    verification = result["verification"]
    assert isinstance(verification, dict)
    text = "\n".join(verification_sentences(verification))
    assert "counted as refused: 1 of one person, 0 of two" in text


def test_what_was_not_measured_is_said() -> None:
    """The reason is handed on, and no table stands under it."""
    skipped = {"skipped": "Nobody has two pictures."}
    assert verification_sentences(skipped) == [
        "Verification was not measured: Nobody has two pictures."
    ]
    assert openset_sentences(skipped)[0].startswith("Identification was not measured: Nobody")
    assert calibration_sentences(skipped)[0].startswith("Calibration was not measured: Nobody")
    result = {**made_result(), "verification": skipped, "openset": skipped, "calibration": skipped}
    sections = {section.title: section for section in folder_document(result).sections}
    for title in ("Verification", "Identification", "Calibration"):
        assert sections[title].tables == sections[title].plots == ()


def test_a_run_that_looked_at_nothing_has_no_speed() -> None:
    """Said, not left out."""
    result = made_result()
    result["speed"] = {"looked_at": 0}
    (sentence,) = folder_document(result).sections[-1].sentences
    assert "earlier run" in sentence
