"""The demo's failures are one family, so that its entry point can say each as a sentence."""

from demo import errors


def test_every_failure_is_a_demo_failed() -> None:
    """One `except` at the top turns each into a sentence and an exit code."""
    assert issubclass(errors.ProgramEnded, errors.DemoFailed)
    assert issubclass(errors.TookTooLong, errors.DemoFailed)
    assert str(errors.DemoFailed("It rains.")) == "It rains."
