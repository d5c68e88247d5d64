"""Strangers of a made-up grid, for pictures and tests of the settings."""

from concurrent.futures import Future


class MadeUpStrangers:
    """Some are known until they are forgotten."""

    strangers = 843
    expectation = (
        "Expected: about 3.0 of 1000 strangers named (between 1.4 and 5.4), about 8 of 100 "
        "enrolled missed (between 6 and 11)."
    )

    @property
    def strangers_known(self) -> str:
        """As the grid says it."""
        if not self.strangers:
            return "No strangers known yet."
        return f"{self.strangers} strangers known: verdicts are stricter where faces crowd."

    def forget_strangers(self) -> "Future[int]":
        """Forgets them at once."""
        done: Future[int] = Future()
        done.set_result(self.strangers)
        self.strangers = 0
        return done
