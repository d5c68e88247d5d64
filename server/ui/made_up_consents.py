"""Consent texts in memory, for screenshots and for tests of the window."""

import time

from protocol.consent import FIRST_TEXT
from server.consent_texts import ConsentChanged, ConsentText, clean_consent
from server.consents import ConsentState

_SHORTER = (
    "I agree that my face is stored as numbers with my name, so that the doors of this building "
    "recognise me. I can have it deleted at the reception at any time.\n"
    "Who does not want this gets a badge."
)
_SHORT = "I agree that the doors of this building know me by my face."
_DAY_MS = 86_400_000


class MadeUpConsents:
    """As `server.consents.Consents`, with three texts and somebody who agreed in other words."""

    def __init__(self) -> None:
        now_ms = time.time_ns() // 1_000_000
        self.texts = [
            ConsentText(1, FIRST_TEXT, now_ms - 210 * _DAY_MS),
            ConsentText(2, _SHORT, now_ms - 180 * _DAY_MS, now_ms - 180 * _DAY_MS),
            ConsentText(3, _SHORTER, now_ms - 40 * _DAY_MS, now_ms - 40 * _DAY_MS),
        ]
        self.people = {1: 5, 2: 1, 3: 4}

    @property
    def in_force(self) -> ConsentText:
        """What checkpoints show."""
        return max(self.texts, key=lambda one: one.since_ms)

    def state(self) -> ConsentState:
        """How it stands."""
        texts = tuple(reversed(self.texts))
        return ConsentState(self.in_force, texts, self.people, stated=2, own=1)

    def put_in_force(self, text: str, *, instead_of: int) -> ConsentText:
        """As the real one.

        Raises:
            ConsentChanged: Another one is in force.
        """
        text, now = clean_consent(text), self.in_force
        if now.version != instead_of:
            raise ConsentChanged(f"Version {now.version} came in force meanwhile.")
        at_ms = time.time_ns() // 1_000_000
        self.texts.append(ConsentText(len(self.texts) + 1, text, at_ms, at_ms))
        return self.in_force
