"""How a service says no: a code for the checkpoint's program and a sentence for its operator."""

import errno
from collections.abc import Mapping

from database.errors import DatabaseProblem
from protocol.errors import Code, retryable, sentence


class Refused(Exception):  # noqa: N818 - named for what happened
    """Raised when a service does not do what was asked; nothing was changed.

    Args:
        code: One of the protocol's codes.
        sentence: What is wrong and what to do, without distances or any other number that a
            checkpoint could use to feel its way to a match.
        details: Short facts for the checkpoint's dialog, e.g. `subject` or `sample`.
    """

    def __init__(
        self, code: Code, sentence: str, *, details: Mapping[str, str] | None = None
    ) -> None:
        self.code = code
        self.sentence = sentence
        self.details = dict(details or {})
        super().__init__(sentence)

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return retryable(self.code)


def refused_by_storage(problem: DatabaseProblem) -> Refused:
    """The refusal for what the event log raised: no verdict leaves without its row."""
    known = problem.code in set(Code)
    return Refused(Code(problem.code) if known else Code.STORAGE_FAILED, str(problem))


def refused_by_files(error: Exception) -> Refused:
    """The refusal when a person's file could not be written; a full disk has its own code.

    Where it lies is not said: that is for the server's log.
    """
    full = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
    cause = error.__cause__
    is_full = isinstance(cause, OSError) and cause.errno in full
    if is_full:
        return Refused(Code.STORAGE_FULL, sentence(Code.STORAGE_FULL))
    return Refused(Code.STORAGE_FAILED, "The person could not be stored. Look at the server's log.")
