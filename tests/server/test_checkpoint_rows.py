"""Tests of the list of checkpoints: connected and paired ones joined."""

from dataclasses import replace

from server.checkpoint_rows import Standing, counted, rows
from server.devices import Device
from server.events import CheckpointStatus
from server.held_up import minute

NOW = 1_000_000_000_000
DAY = 86_400_000
GATE = Device("gate", "Gate", NOW - DAY, NOW + 300 * DAY)
SEEN = CheckpointStatus(
    "gate",
    "Lobby gate",
    True,
    NOW,
    "FaceNetGrid checkpoint 0.1.0",
    "dlib",
    "10.0.0.7:50312",
)


def test_each_standing_has_its_reason() -> None:
    """Shut out comes before everything; a certificate's end counts when nobody is connected."""
    revoked = replace(GATE, revoked_at_ms=NOW)
    expired = replace(GATE, expires_at_ms=NOW - 1)
    away = replace(SEEN, connected=False)
    cases = [
        ([SEEN], [GATE], Standing.CONNECTED),
        ([away], [GATE], Standing.NOT_CONNECTED),
        ([], [GATE], Standing.NOT_CONNECTED),
        ([replace(SEEN, mismatch=True)], [GATE], Standing.OTHER_MODEL),
        ([away], [expired], Standing.EXPIRED),
        ([away], [], Standing.NOT_PAIRED),
        ([SEEN], [revoked], Standing.REVOKED),
    ]
    for statuses, devices, standing in cases:
        (row,) = rows(statuses, devices, now_ms=NOW)
        assert row.standing is standing
        assert standing.text.endswith(standing.word)


def test_a_given_name_is_shown_at_once() -> None:
    """Before the checkpoint connects again; with its id behind it where two have one name."""
    named = replace(GATE, named=True)
    cases = [
        ([SEEN], GATE, "Lobby gate"),
        ([], GATE, "Gate"),
        ([SEEN], named, "Gate"),
        ([], named, "Gate"),
        ([replace(SEEN, name="Gate 2")], named, "Gate"),
        ([replace(SEEN, name="Gate (gate)")], named, "Gate (gate)"),
    ]
    for statuses, device, name in cases:
        (row,) = rows(statuses, [device], now_ms=NOW)
        assert row.name == name
    assert [row.address for row in rows([SEEN], [GATE], now_ms=NOW)] == ["10.0.0.7"]


def test_where_somebody_is_held_up_comes_first_and_says_so() -> None:
    """Without choosing it; its sign still tells whether it is connected."""
    other = replace(SEEN, checkpoint_id="annex", name="Annex")
    found = rows([SEEN, other], [GATE], now_ms=NOW, held_up={"gate"})
    assert [row.checkpoint_id for row in found] == ["gate", "annex"]
    assert (found[0].state, found[0].tag) == ("● too many tries", "warn")
    assert (found[0].standing, found[1].held_up) == (Standing.CONNECTED, False)
    assert (found[1].state, found[1].tag) == (found[1].standing.text, found[1].standing.tag)


def test_where_sign_ins_wait_comes_first_and_says_until_when() -> None:
    """As long as they do; a face that is held up is said before."""
    other = replace(SEEN, checkpoint_id="annex", name="Annex")
    until = {"gate": NOW + 90_000, "annex": NOW}
    first, second = rows([SEEN, other], [GATE], now_ms=NOW, sign_ins=until)
    assert (first.checkpoint_id, first.tag, second.tag) == ("gate", "warn", "plain")
    assert first.state == f"● sign-ins wait until {minute(NOW + 90_000)}"
    assert first.brief == "● sign-ins wait"
    assert first.waits_for_somebody
    assert not second.waits_for_somebody
    (both,) = rows([SEEN], [], now_ms=NOW, held_up={"gate"}, sign_ins=until)
    assert both.state == "● too many tries"


def test_a_checkpoint_is_listed_once_by_its_own_name() -> None:
    """Once connected, its own name counts; before, the one it was paired under."""
    (row,) = rows([SEEN], [GATE], now_ms=NOW)
    assert (row.name, row.where, row.paired) == ("Lobby gate", "10.0.0.7", True)
    (row,) = rows([], [GATE], now_ms=NOW)
    assert (row.name, row.where) == ("Gate", "")
    (row,) = rows([SEEN], [replace(GATE, local=True)], now_ms=NOW)
    assert row.where == "this computer"
    (row,) = rows([replace(SEEN, address="[fe80::1]:50312")], [GATE], now_ms=NOW)
    assert row.where == "fe80::1"


def test_who_was_shut_out_is_last_and_not_missed() -> None:
    """The dashboard's "3 of 4" is about those that should be there."""
    found = rows(
        [SEEN, replace(SEEN, checkpoint_id="old", name="A", connected=False)],
        [
            replace(GATE, checkpoint_id="gone", name="B", revoked_at_ms=NOW),
            GATE,
            replace(GATE, checkpoint_id="new", name="C"),
        ],
        now_ms=NOW,
    )
    assert [row.checkpoint_id for row in found] == ["gate", "new", "old", "gone"]
    assert counted(found) == (1, 2)
