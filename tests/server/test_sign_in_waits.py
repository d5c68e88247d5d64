"""Waits after wrong passwords: they grow, they end, and nobody is shut out for ever."""

from server.sign_in_waits import (
    FREE_TRIES,
    FREE_TRIES_AT_CHECKPOINT,
    FREE_TRIES_OF_ALL,
    LONGEST_WAIT_AT_CHECKPOINT_S,
    LONGEST_WAIT_OF_ALL_S,
    LONGEST_WAIT_S,
    SignInWaits,
)

NOW = 1_800_000_000_000


def failed(times: int, *, name: str = "administrator", gap_ms: int = 10_000_000) -> SignInWaits:
    """Wrong passwords, long enough apart that the waits of all are no part of it."""
    waits = SignInWaits()
    for number in range(times):
        waits.left_s(name, NOW - (times - 1 - number) * gap_ms)
        waits.fail(name, NOW - (times - 1 - number) * gap_ms, known=True)
    return waits


def test_slips_are_free_then_waits_double_up_to_a_bound() -> None:
    """Two slips cost nothing; then 1, 2, 4 ... seconds, and never more than the longest."""
    found = [failed(times).left_s("administrator", NOW) for times in range(20)]
    assert found[:FREE_TRIES] == [0] * FREE_TRIES
    assert found[FREE_TRIES : FREE_TRIES + 5] == [1, 2, 4, 8, 16]
    assert max(found) == found[-1] == LONGEST_WAIT_S
    assert failed(10_000, gap_ms=1000).left_s("administrator", NOW) == LONGEST_WAIT_S


def test_a_wait_is_over_in_its_time_and_another_name_does_not_have_it() -> None:
    """It counts down."""
    waits = failed(6)
    assert waits.left_s("administrator", NOW + 7_001) == 1
    assert waits.left_s("administrator", NOW + 8_000) == 0
    assert waits.left_s("somebody else", NOW) == 0


def test_the_right_password_forgets_them() -> None:
    """And only those of that name."""
    waits = failed(9)
    waits.succeed("administrator")
    assert waits.left_s("administrator", NOW) == 0
    assert waits.failed("administrator") == 0


def test_many_names_together_wait_too() -> None:
    """Whoever tries one password for every name gains nothing by it; it ends by itself."""
    waits = SignInWaits()
    for number in range(FREE_TRIES_OF_ALL + 20):
        waits.fail(f"name {number}", NOW, known=False)
    assert waits.left_s("administrator", NOW) == LONGEST_WAIT_OF_ALL_S
    assert waits.left_s("administrator", NOW + 1000 * LONGEST_WAIT_OF_ALL_S) == 0


def test_a_clock_that_was_set_back_makes_nobody_wait_for_a_year() -> None:
    """At most the whole wait once more."""
    waits = failed(12)
    year_ago = NOW - 365 * 86_400_000
    wait_s = waits.left_s("administrator", year_ago)
    assert wait_s == LONGEST_WAIT_S
    assert waits.left_s("administrator", year_ago + 1000 * wait_s) == 0


def test_made_up_names_are_counted_and_do_not_fill_the_file() -> None:
    """The oldest of them give way, an account's never."""
    waits = failed(9, name="administrator")
    for number in range(1000):
        waits.fail(f"made up {number}", NOW + number, known=False)
    waits.fail("administrator", NOW + 2000, known=True)
    assert len(waits.names) <= 257
    assert waits.failed("administrator") >= 1


def test_those_at_a_checkpoint_count_whatever_the_name_and_end_by_themselves() -> None:
    """Nobody else waits for them; they grow to a bound, and are forgotten after a quiet time."""
    waits = SignInWaits()
    for number in range(FREE_TRIES_AT_CHECKPOINT):
        assert waits.left_s(f"name {number}", NOW, checkpoint_id="lobby-1") == 0
        waits.fail(f"name {number}", NOW, known=False, checkpoint_id="lobby-1")
    assert waits.left_s("administrator", NOW, checkpoint_id="lobby-1") == 1
    assert waits.left_s("administrator", NOW, checkpoint_id="gate-2") == 0
    assert waits.left_s("administrator", NOW) == 0
    for number in range(40):
        waits.fail(f"name {number}", NOW, known=False, checkpoint_id="lobby-1")
    longest_ms = 1000 * LONGEST_WAIT_AT_CHECKPOINT_S
    left_s = waits.left_s("administrator", NOW + 1000 * LONGEST_WAIT_S, checkpoint_id="lobby-1")
    assert left_s == LONGEST_WAIT_AT_CHECKPOINT_S - LONGEST_WAIT_S
    again = SignInWaits.from_json(waits.to_json())
    assert again.left_s("administrator", NOW + longest_ms - 1000, checkpoint_id="lobby-1") == 1
    assert again.left_s("administrator", NOW + longest_ms, checkpoint_id="lobby-1") == 0
    again.left_s("administrator", NOW + 3 * longest_ms)
    assert not again.checkpoints


def test_where_somebody_waits_is_told_and_ended() -> None:
    """Of the checkpoint, or of a name typed there; not of names that were typed elsewhere."""
    waits = SignInWaits()
    for _ in range(FREE_TRIES + 1):
        waits.fail("kim lee", NOW, known=True, checkpoint_id="lobby-1")
        waits.fail("val", NOW, known=True)
    assert waits.waiting_at(NOW) == {"lobby-1": NOW + 2_000}
    assert waits.waiting_at(NOW + 2_000) == {}
    for number in range(40):
        waits.fail(f"name {number}", NOW, known=False, checkpoint_id="gate-2")
    long_ms = NOW + 1000 * LONGEST_WAIT_AT_CHECKPOINT_S
    again = SignInWaits.from_json(waits.to_json())
    assert again.waiting_at(NOW) == {"lobby-1": NOW + 2_000, "gate-2": long_ms}
    again.let_go_on("gate-2")
    again.let_go_on("no such checkpoint")
    assert again.waiting_at(NOW) == {"lobby-1": NOW + 2_000}
    assert again.failed("name 39") == 0
    assert again.failed("val") == FREE_TRIES + 1


def test_nobody_waits_where_the_only_name_was_right() -> None:
    """Nor where a file of before has no names; its tries count all the same."""
    waits = SignInWaits()
    waits.fail("kim lee", NOW, known=True, checkpoint_id="lobby-1")
    waits.succeed("kim lee", checkpoint_id="lobby-1")
    assert waits.waiting_at(NOW) == {}
    before = {"names": {}, "everybody": [0, 0], "checkpoints": {"gate-2": [40, NOW]}}
    longest_ms = 1000 * LONGEST_WAIT_AT_CHECKPOINT_S
    assert SignInWaits.from_json(before).waiting_at(NOW) == {"gate-2": NOW + longest_ms}


def test_a_clock_that_was_set_back_ends_a_wait_at_a_checkpoint_too() -> None:
    """It is told as no longer than the whole wait once more."""
    waits = SignInWaits()
    for number in range(40):
        waits.fail(f"name {number}", NOW, known=False, checkpoint_id="lobby-1")
    earlier = NOW - 86_400_000
    longest_ms = 1000 * LONGEST_WAIT_AT_CHECKPOINT_S
    assert waits.waiting_at(earlier) == {"lobby-1": earlier + longest_ms}


def test_the_right_password_leaves_the_waits_as_they_were() -> None:
    """It was counted before it was looked at; so many people who sign in make nobody wait."""
    waits = SignInWaits()
    for number in range(FREE_TRIES_AT_CHECKPOINT + 3):
        waits.fail(f"name {number}", NOW, known=False, checkpoint_id="lobby-1")
    later = NOW + 9_000
    before = waits.to_json()
    for _ in range(3 * FREE_TRIES_OF_ALL):
        assert waits.left_s("kim lee", later, checkpoint_id="lobby-1") == 0
        waits.fail("kim lee", later, known=True, checkpoint_id="lobby-1")
        waits.succeed("kim lee", checkpoint_id="lobby-1")
    assert waits.to_json() == before


def test_a_file_of_before_has_no_checkpoints() -> None:
    """It is read as it is."""
    kept = failed(7).to_json()
    del kept["checkpoints"]
    assert SignInWaits.from_json(kept).left_s("administrator", NOW) == 16


def test_they_survive_a_restart() -> None:
    """As they are kept with the accounts."""
    waits = failed(7)
    again = SignInWaits.from_json(waits.to_json())
    assert again.left_s("administrator", NOW) == waits.left_s("administrator", NOW) == 16
