"""Consent texts of the made-up grid."""

import pytest

from server.consent_texts import ConsentChanged
from server.ui.made_up_consents import MadeUpConsents


def test_the_newest_is_in_force() -> None:
    """Who did not see it cannot replace it."""
    consents = MadeUpConsents()
    assert consents.in_force.version == 3
    assert consents.put_in_force("New. ", instead_of=3).text == "New."
    assert consents.state().in_force.version == 4
    with pytest.raises(ConsentChanged):
        consents.put_in_force("Newer.", instead_of=3)
