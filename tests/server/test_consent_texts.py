"""Texts that people agreed to: each has one version for ever, and nobody can change it."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from server.consent_texts import ConsentText, ConsentTexts, ConsentTextsBroken, agreed_to

KEY = bytes(range(32))


def texts_in(path: Path, now_ms: int = 5, agreed: Iterable[ConsentText] = ()) -> ConsentTexts:
    """The texts of a file, at a time."""
    return ConsentTexts(path, KEY, lambda: now_ms, lambda: agreed)


def test_the_same_text_has_the_same_version(tmp_path: Path) -> None:
    """Another one has the next; all are kept with their time, in the order they came."""
    texts = texts_in(tmp_path / "texts.json")
    assert texts.all() == ()
    assert [texts.version_of(text) for text in ("One.", "Zwei.\nü", "One.")] == [1, 2, 1]
    again = texts_in(tmp_path / "texts.json", 9)
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
        texts_in(path).version_of("One.")
    assert path.read_bytes() == data


def test_a_text_that_somebody_changed_is_refused(tmp_path: Path) -> None:
    """Another word, time or number, another order, one taken out, one of another server."""
    path = tmp_path / "texts.json"
    for text in ("One.", "Two.", "Three."):
        texts_in(path).version_of(text)
    whole = json.loads(path.read_bytes())
    one, two, three = whole["texts"]
    for changed in (
        [one, {**two, "text": "Two and your house."}, three],
        [one, {**two, "first_at_ms": 4}, three],
        [{**one, "version": 2}, {**two, "version": 1}, three],
        [two, one, three],
        [one, three],
        [one, two, {**three, "proof": two["proof"]}],
    ):
        path.write_text(json.dumps({**whole, "texts": changed}))
        with pytest.raises(ConsentTextsBroken, match="not what people agreed to") as refused:
            texts_in(path).version_of("Four.")
        assert "Put a copy of it back" in str(refused.value)
    path.write_text(json.dumps(whole))
    assert len(texts_in(path).all()) == 3
    with pytest.raises(ConsentTextsBroken, match="version 1"):
        ConsentTexts(path, bytes(32), lambda: 0).all()


def test_a_file_that_is_gone_is_made_again_from_what_people_agreed_to(tmp_path: Path) -> None:
    """With their versions; a new text has a new one."""
    agreed = agreed_to(
        [
            {"version": 3, "text": "Three.", "at_ms": 30},
            {"version": 1, "text": "One.", "at_ms": 20},
            {"version": 1, "text": "One.", "at_ms": 10},
            {"ground": "a paper form"},
            None,
        ]
    )
    texts = texts_in(tmp_path / "texts.json", 50, agreed)
    assert texts.all() == (ConsentText(1, "One.", 10), ConsentText(3, "Three.", 30))
    assert [texts.version_of(text) for text in ("One.", "Three.", "New.")] == [1, 3, 4]
    assert texts_in(tmp_path / "texts.json").all()[2] == ConsentText(4, "New.", 50)
