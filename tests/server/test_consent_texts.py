"""Texts that people agreed to: each has one version for ever."""

from pathlib import Path

import pytest

from server.consent_texts import ConsentText, ConsentTexts, ConsentTextsBroken


def test_the_same_text_has_the_same_version(tmp_path: Path) -> None:
    """Another one has the next; all are kept with their time, in the order they came."""
    texts = ConsentTexts(tmp_path / "texts.json", lambda: 5)
    assert texts.all() == ()
    assert [texts.version_of(text) for text in ("One.", "Zwei.\nü", "One.")] == [1, 2, 1]
    again = ConsentTexts(tmp_path / "texts.json", lambda: 9)
    assert again.version_of("Zwei.\nü") == 2
    assert again.version_of("Three.") == 3
    assert again.all()[0] == ConsentText(1, "One.", 5)
    assert again.all()[2].first_at_ms == 9


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"format": "x"}', b"\xff" * 9])
def test_a_damaged_file_is_told_and_kept(tmp_path: Path, data: bytes) -> None:
    """What people agreed to is not written over."""
    path = tmp_path / "texts.json"
    path.write_bytes(data)
    with pytest.raises(ConsentTextsBroken, match=r"texts\.json"):
        ConsentTexts(path, lambda: 0).version_of("One.")
    assert path.read_bytes() == data
