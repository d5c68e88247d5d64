"""Who agreed to what: counted by version, with those whose ground was stated, and without any."""

from pathlib import Path

from protocol.consent import FIRST_TEXT
from server.consents import Consents
from tests.server.test_consent_texts import texts_in


def test_everybody_is_counted_once(tmp_path: Path) -> None:
    """By the newest version they agreed to; a ground that was stated since changes nothing."""
    texts = texts_in(tmp_path / "texts.json")
    noted = [
        {"version": 1, "text": FIRST_TEXT, "at_ms": 1},
        {"version": 1, "text": FIRST_TEXT, "at_ms": 1, "ground": "also on paper"},
        {"version": 0, "text": "On paper.", "at_ms": 1},
        {"version": 2, "text": "Of a version before, where own words had numbers.", "at_ms": 1},
        {"ground": "a paper form"},
        None,
    ]
    consents = Consents(texts, lambda: noted)
    made = consents.put_in_force("New.", instead_of=1)
    noted.append({"version": 7, "text": "New.", "at_ms": 2})
    state = consents.state()
    assert state.in_force == made
    assert [one.version for one in state.texts] == [2, 1]
    assert (state.people, state.agreed) == ({1: 2, 2: 1}, 1)
    assert (state.stated, state.nothing, state.own) == (1, 1, 2)
