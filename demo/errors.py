"""What can go wrong with the demo, each with a sentence for the person who started it."""


class DemoFailed(Exception):  # noqa: N818 - named for what happened
    """Raised when the story cannot be told; its text says why and what to do."""


class ProgramEnded(DemoFailed):
    """Raised when a program of the demo ended although the story was not over."""


class TookTooLong(DemoFailed):
    """Raised when a program of the demo did not say in time what it should have said."""
