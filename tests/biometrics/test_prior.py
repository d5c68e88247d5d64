"""The tables that ship: whole, plausible, of the encoder that ships, nobody's encoding."""

import json
from dataclasses import replace

import numpy as np
import pytest

from biometrics import prior
from biometrics.encode import open_encoder
from biometrics.prior import OWN_COHORT, PAIR_SHARES, PLACES, STRANGERS_COHORT, Prior, standard


def test_it_is_of_the_encoder_that_ships() -> None:
    """Tables of other encodings would set limits that mean nothing."""
    encoder = open_encoder(background=False)
    try:
        assert standard().encoder == encoder.fingerprint
    finally:
        encoder.close()


def test_the_text_of_a_prior_is_the_same_again() -> None:
    """What the benchmark writes is what is read."""
    assert Prior.from_json(standard().to_json()) == standard()


@pytest.mark.parametrize("kept", [False, True])
def test_more_people_are_nearer_to_strangers(kept: bool) -> None:
    """Up to what the cohort term takes off again; and a larger limit misses fewer."""
    rows = np.eye(prior.FEWEST_STRANGERS, 128, dtype=np.float32)
    cohort = replace(STRANGERS_COHORT, strangers=rows) if kept else OWN_COHORT
    tables = standard().tables(cohort)
    assert tables is (standard().strangers if kept else standard().own)
    assert tables.start(1) < tables.start(5) < tables.start(50)
    assert 0.003 < tables.scale(30) < 0.012
    for below in (tables.missed_below, tables.refused_below):
        near, far = below(100, 0.93), below(100, 0.96)
        assert (near < far).all()
        assert near[0] > near[1] > near[2]
    assert (tables.refused_below(420, 0.93) <= tables.missed_below(420, 0.93)).all()


def test_single_comparisons_between_and_beyond_the_shares() -> None:
    """Straight in the logarithm of the share."""
    tables = standard().own
    at = [tables.pair(420, share) for share in PAIR_SHARES]
    assert at == sorted(at)
    middle = tables.pair(420, (PAIR_SHARES[1] * PAIR_SHARES[2]) ** 0.5)
    assert middle == pytest.approx((at[1] + at[2]) / 2)
    assert tables.pair(420, 1e-5) == pytest.approx(2 * at[3] - at[2])
    assert tables.pair(420, PAIR_SHARES[0]) == pytest.approx(at[0])
    # A cohort of many people keeps strangers farther off than one of none.
    assert tables.pair(1000, 0.001) < tables.pair(1, 0.001)


def test_the_middle_of_all_faces_is_a_unit_row() -> None:
    """As long as the encodings; everybody was measured to be farther from it than is asked for."""
    middle = np.array(standard().middle)
    assert middle.shape == (128,)
    assert np.linalg.norm(middle) == pytest.approx(1.0, abs=1e-3)
    assert 0 < prior.OFF_MIDDLE < 0.269


def test_nobodys_encoding_is_in_the_file() -> None:
    """Rows are as long as the tables ask for, none as an encoding is."""
    plain = json.loads(standard().to_json())

    def longest(value: object) -> int:
        if not isinstance(value, list):
            return 0
        return max([len(value), *[longest(item) for item in value]])

    lengths = [longest(table) for part in ("own", "strangers") for table in plain[part].values()]
    assert max(lengths) <= max(len(PLACES), len(plain["own"]["sizes"])) < 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"encoder": "x", "source": "y", "own": {}, "strangers": {}}',
        standard().to_json().replace('"middle": [', '"middle": [1.0, '),
        standard().to_json().replace('"middle": [', '"middle": [NaN, '),
        standard().to_json().replace('"starts": [', '"starts": [0.9, '),
        standard().to_json().replace('"starts": [', '"starts": [NaN, ', 1),
    ],
)
def test_a_text_that_is_none_is_refused(text: str) -> None:
    """With a ValueError, whatever is wrong with it."""
    with pytest.raises(ValueError, match=r"prior|Expecting"):
        Prior.from_json(text)
