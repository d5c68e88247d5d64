"""Texts that people agreed to: each has one version for ever, and nobody can change it."""

import hashlib
import hmac
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.consent import FIRST_TEXT, LONGEST, mark_of
from protocol.messages import Enrol, Heartbeat
from server import consent_texts as subject
from server.consent_texts import (
    OWN_WORDS,
    ConsentChanged,
    ConsentOutdated,
    ConsentText,
    ConsentTextRefused,
    ConsentTexts,
    ConsentTextsBroken,
    agreed_to,
    clean_consent,
)
from tests.server.wire import enrol, face

KEY = bytes(range(32))


def texts_in(path: Path, now_ms: int = 5, agreed: Iterable[ConsentText] = ()) -> ConsentTexts:
    """The texts of a file, at a time."""
    return ConsentTexts(path, KEY, lambda: now_ms, lambda: agreed)


def put(texts: ConsentTexts, *said: str) -> None:
    """Puts texts in force, one after the other."""
    for text in said:
        texts.put_in_force(text, instead_of=texts.in_force().version)


def write_before(path: Path, *texts: ConsentText) -> None:
    """The file as it was when what people said in their own words stood in it too."""
    texts_in(path).keep([ConsentText(1, FIRST_TEXT, 0), *texts])
    before = {**json.loads(path.read_bytes()), "version": 2}
    path.write_text(json.dumps(before, ensure_ascii=False))


def test_the_same_text_has_the_same_version(tmp_path: Path) -> None:
    """Another one has the next; all are kept with their time, in the order they came."""
    texts = texts_in(tmp_path / "texts.json")
    assert texts.all() == (ConsentText(1, FIRST_TEXT, 0),)
    put(texts, "One.", "Zwei.\nü", "One.", FIRST_TEXT)
    again = texts_in(tmp_path / "texts.json", 90)
    put(again, "Zwei.\nü", "Three.")
    assert again.agreed("Three.").version == 4
    assert [(one.version, one.text) for one in again.all()] == [
        (1, FIRST_TEXT),
        (2, "One."),
        (3, "Zwei.\nü"),
        (4, "Three."),
    ]
    assert again.all()[1].first_at_ms == 5
    assert again.all()[3].first_at_ms == 91


def test_other_words_are_taken_and_leave_nothing(tmp_path: Path) -> None:
    """Whatever a checkpoint sends, the file holds what was in force and stays as long as it is."""
    path = tmp_path / "texts.json"
    texts = texts_in(path)
    put(texts, "Mine.")
    before = path.read_bytes()
    for number in range(9):
        assert texts.agreed(f"{number}" + "\U00020000" * 1999).version == OWN_WORDS
    assert path.read_bytes() == before
    assert texts.agreed("Mine.") == texts.in_force()


def test_a_file_filled_with_other_words_recovers(tmp_path: Path) -> None:
    """One that a version before could not read any more: the text in force is not lost.

    The other words are put away with the next person, and their numbers are not given again.
    """
    path = tmp_path / "texts.json"
    own = [ConsentText(n, f"{n:06}" + "\U00020000" * 1990, 5) for n in range(3, 521)]
    write_before(path, ConsentText(2, "Mine.", 4, 4), *own)
    assert path.stat().st_size > 4 * 1024 * 1024
    noted = [{"version": n.version, "text": n.text, "at_ms": 5, "since_ms": 0} for n in own]
    texts = texts_in(path, 9, agreed_to(noted))
    assert texts.shown() == "Mine."
    assert [one.version for one in texts.all()] == [1, 2]
    assert texts.agreed("Mine.").version == 2
    assert path.stat().st_size < 2000
    assert json.loads(path.read_bytes())["version"] == 3, "never the bytes of an earlier one"
    assert texts.put_in_force("Yours.", instead_of=2).version == 521
    path.unlink()
    assert texts_in(path, 9, agreed_to(noted)).all() == (ConsentText(1, FIRST_TEXT, 0),)


def test_what_could_not_be_read_again_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An administrator is told that there are too many; what is in force stays so."""
    monkeypatch.setattr(subject, "_LARGEST", 2500)
    texts = texts_in(tmp_path / "texts.json")
    put(texts, "One.", "Two.")
    with pytest.raises(ConsentTextRefused, match="3 texts are kept, and there is no room"):
        put(texts, "a" * LONGEST)
    assert texts.in_force().text == "Two."
    put(texts, "One.")
    assert texts.in_force().text == "One."


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"format": "x"}', b"\xff" * 9])
def test_a_damaged_file_is_told_and_kept(tmp_path: Path, data: bytes) -> None:
    """What people agreed to is not written over."""
    path = tmp_path / "texts.json"
    path.write_bytes(data)
    with pytest.raises(ConsentTextsBroken, match=r"texts\.json"):
        texts_in(path).agreed("One.")
    assert path.read_bytes() == data


def test_a_text_that_somebody_changed_is_refused(tmp_path: Path) -> None:
    """Another word, time or number, another order, one taken out, one of another server."""
    path = tmp_path / "texts.json"
    put(texts_in(path), "One.", "Two.", "Three.")
    whole = json.loads(path.read_bytes())
    first, one, two, three = whole["texts"]
    for changed in (
        [one, {**two, "text": "Two and your house."}, three],
        [one, {**two, "first_at_ms": 4}, three],
        [{**one, "version": 3}, {**two, "version": 2}, three],
        [one, two, {**three, "since_ms": 70}],
        [two, one, three],
        [one, three],
        [one, two, {**three, "proof": two["proof"]}],
    ):
        path.write_text(json.dumps({**whole, "texts": [first, *changed]}))
        with pytest.raises(ConsentTextsBroken, match="not what people agreed to") as refused:
            texts_in(path).agreed("Four.")
        assert "Put a copy of it back" in str(refused.value)
    path.write_text(json.dumps(whole))
    assert len(texts_in(path).all()) == 4
    with pytest.raises(ConsentTextsBroken, match="version 1"):
        ConsentTexts(path, bytes(32), lambda: 0).all()


def test_a_file_that_is_gone_is_made_again_from_what_people_agreed_to(tmp_path: Path) -> None:
    """With their versions; a new text has a new one."""
    agreed = agreed_to(
        [
            {"version": 3, "text": "Three.", "at_ms": 30, "since_ms": 25},
            {"version": 3, "text": "Three.", "at_ms": 40, "since_ms": 28},
            {"version": 1, "text": "One.", "at_ms": 20, "since_ms": 2},
            {"version": 1, "text": "One.", "at_ms": 10, "since_ms": 2},
            {"version": 0, "text": "In other words.", "at_ms": 10, "since_ms": 0},
            {"version": 9, "text": "In words that had a number.", "at_ms": 10},
            {"ground": "a paper form"},
            None,
        ]
    )
    texts = texts_in(tmp_path / "texts.json", 50, agreed)
    assert texts.all() == (
        ConsentText(1, "One.", 10, 2),
        ConsentText(3, "Three.", 30, 28),
        ConsentText(4, FIRST_TEXT, 0),
    )
    assert texts.in_force().text == "Three."
    assert [texts.agreed(text).version for text in ("Three.", "New.")] == [3, OWN_WORDS]
    assert texts_in(tmp_path / "texts.json").all() == texts.all(), "and it is there again"
    assert texts.put_in_force("New.", instead_of=3).version == 10


def test_what_is_put_in_force_is_shown_and_the_one_before_is_refused(tmp_path: Path) -> None:
    """At once, also by who has the file open; an older one comes back with its version."""
    path = tmp_path / "texts.json"
    texts, other = texts_in(path, 50), texts_in(path, 60)
    assert texts.shown() == other.shown() == FIRST_TEXT
    made = texts.put_in_force(" Mine.\t\r\nAnd more. \n", instead_of=1)
    assert made == ConsentText(2, "Mine.\nAnd more.", 50, 50)
    assert other.shown() == texts.shown() == made.text
    assert other.agreed(made.text) == made
    with pytest.raises(ConsentOutdated, match="Version 1"):
        other.agreed(FIRST_TEXT)
    assert other.put_in_force(FIRST_TEXT, instead_of=2) == ConsentText(1, FIRST_TEXT, 0, 60)
    assert texts.agreed(FIRST_TEXT).version == 1
    with pytest.raises(ConsentOutdated, match="Version 2"):
        texts.agreed(made.text)


def test_the_newest_is_in_force_whatever_the_clock_says(tmp_path: Path) -> None:
    """A clock that was put back must not bring the text of before."""
    path = tmp_path / "texts.json"
    texts_in(path, 50).put_in_force("One.", instead_of=1)
    assert texts_in(path, 7).put_in_force("Two.", instead_of=2).since_ms == 51
    assert texts_in(path).in_force().text == "Two."


def test_nobody_replaces_what_they_did_not_see(tmp_path: Path) -> None:
    """Somebody else's text came in force meanwhile: theirs stays."""
    texts = texts_in(tmp_path / "texts.json")
    texts.put_in_force("Theirs.", instead_of=1)
    with pytest.raises(ConsentChanged, match="Version 2"):
        texts.put_in_force("Mine.", instead_of=1)
    with pytest.raises(ConsentTextRefused, match="in force already"):
        texts.put_in_force("Theirs. ", instead_of=2)
    assert texts.in_force().text == "Theirs."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n\t\n", "empty"),
        ("a" * (LONGEST + 1), "2001 characters"),
        ("left\u202eright", "cannot be shown"),
        ("a\x1b[31m", "cannot be shown"),
    ],
)
def test_a_text_that_cannot_be_shown_is_refused(text: str, said: str) -> None:
    """With a sentence for who wrote it."""
    with pytest.raises(ConsentTextRefused, match=said):
        clean_consent(text)


def test_the_longest_text_fits() -> None:
    """As it stands, and it can be sent."""
    text = ("a" * 99 + "\n") * 19 + "b" * 100
    assert clean_consent(text + "\n") == text
    assert len(text) == LONGEST
    assert replace(Heartbeat(id="r1"), consent=mark_of(text)).to_wire()["consent"]
    Enrol.from_wire(enrol("Ann", face(1), consent_text=text).to_wire())


def test_a_file_of_before_is_read_and_goes_on(tmp_path: Path) -> None:
    """Without the moment of each text; it has it once something is written."""
    path = tmp_path / "texts.json"
    write_before(path, ConsentText(2, "One.", 5))
    whole = json.loads(path.read_bytes())
    before, plain = "", []
    for one in whole["texts"]:
        body = json.dumps([before, one["version"], one["text"], one["first_at_ms"]])
        before = hmac.new(KEY, body.encode(), hashlib.sha256).hexdigest()
        kept = {key: one[key] for key in ("version", "text", "first_at_ms")}
        plain.append({**kept, "proof": before})
    path.write_text(json.dumps({**whole, "version": 1, "texts": plain}))
    texts = texts_in(path)
    assert len(texts.all()) == 1
    assert texts.put_in_force("Two.", instead_of=1).version == 3
    assert json.loads(path.read_bytes())["version"] == 3


def test_a_broken_file_shows_nothing_until_it_is_mended(tmp_path: Path) -> None:
    """Checkpoints keep what they have; who puts the file back is believed at once."""
    path = tmp_path / "texts.json"
    texts = texts_in(path)
    texts.put_in_force("Mine.", instead_of=1)
    good = path.read_bytes()
    path.write_bytes(good.replace(b"Mine.", b"Nine!"))
    os.utime(path, ns=(1, 1))
    assert texts.shown() is None
    path.write_bytes(good)
    os.utime(path, ns=(2, 2))
    assert texts.shown() == "Mine."


def test_written_elsewhere_with_another_key(tmp_path: Path) -> None:
    """The same texts with the same versions; a changed file is not proven anew."""
    path, other, key = tmp_path / "texts.json", tmp_path / "other.json", b"n" * 32
    texts = texts_in(path)
    put(texts, "One.", "Two.")
    texts.write_with(key, other)
    assert ConsentTexts(other, key, lambda: 9).all() == texts.all() != ()
    with pytest.raises(ConsentTextsBroken):
        texts_in(other).all()
    path.write_text(path.read_text().replace("Two.", "Ten."))
    with pytest.raises(ConsentTextsBroken):
        texts.write_with(key, other)
