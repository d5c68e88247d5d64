"""Refusals: a code, a sentence, and whether to try again."""

import pytest

from database import errors
from protocol.errors import Code
from server.refusals import Refused, refused_by_files, refused_by_storage


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (errors.StorageFull("Full."), Code.STORAGE_FULL),
        (errors.StorageFailed("Failed."), Code.STORAGE_FAILED),
        (errors.StorageBusy("Busy."), Code.BUSY),
        (errors.IdempotencyConflict("Other."), Code.IDEMPOTENCY_CONFLICT),
        (errors.RecordInvalid("Bad."), Code.BAD_MESSAGE),
        (errors.DatabaseDamaged("Damaged."), Code.STORAGE_FAILED),
    ],
)
def test_what_storage_raises(problem: errors.DatabaseProblem, code: Code) -> None:
    """Every problem of the event log has its code, and its own idea of trying again."""
    refused = refused_by_storage(problem)
    assert refused.code is code
    assert refused.sentence == str(problem)
    assert refused.retryable == problem.retryable


def test_details_are_copied() -> None:
    """A refusal does not change when its maker's dictionary does."""
    details = {"sample": "1"}
    refused = Refused(Code.SAMPLES_DISAGREE, "No.", details=details)
    details.clear()
    assert refused.details == {"sample": "1"}


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (OSError(28, "No space left on device"), Code.STORAGE_FULL),
        (OSError(13, "Permission denied"), Code.STORAGE_FAILED),
        (None, Code.STORAGE_FAILED),
    ],
)
def test_what_a_persons_file_raises(cause: OSError | None, code: Code) -> None:
    """A full disk is told apart; where something lies at the server is nobody's there."""
    error = ValueError("Ada could not be stored in /srv/grid/known_faces.")
    error.__cause__ = cause
    refused = refused_by_files(error)
    assert (refused.code, "/" in refused.sentence) == (code, False)
    assert ("Make room" in refused.sentence) == (code is Code.STORAGE_FULL)
