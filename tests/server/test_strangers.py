"""Strangers kept: only with leave, never twice, never somebody enrolled, never for long."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from biometrics.gallery import Gallery, Person, Template, unit_length
from server import strangers
from server.strangers import KEPT_DAYS, Strangers
from server.strangers_file import Stranger, seal, to_bytes
from tests.server.vaults import a_vault
from tests.server.wire import ENCODER, face

SEALER = a_vault().sealer("strangers")
GOOD = {"size_px": 120.0, "brightness": 120.0, "sharpness": 0.3, "yaw": 3.0}
DAY_MS = 86_400_000
NOBODY = Gallery.of([], ENCODER)


class Site:
    """One site's file with its clocks and its switch."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "strangers.sealed"
        self.allowed = True
        self.now_ms = 1_000 * DAY_MS
        self.believed = True
        self.seconds = itertools.count(0.0, 100.0)

    def open(self, *, encoder: str = ENCODER, most: int = 50) -> Strangers:
        return Strangers(
            self.path,
            SEALER,
            encoder,
            dimensions=128,
            allowed=lambda: self.allowed,
            now_ms=lambda: self.now_ms,
            believed=lambda: self.believed,
            clock=lambda: next(self.seconds),
            most=most,
        )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def came(keeper: Strangers, seed: int, **changes: object) -> bool:
    """Somebody was not identified."""
    said = {"distance": 0.6, "quality": GOOD, "frames": 2, **changes}
    return keeper.offer(face(seed), **said)  # type: ignore[arg-type]


def test_they_are_there_again_after_a_restart(site: Site) -> None:
    """Unit encodings, in the order they came."""
    keeper = site.open()
    assert keeper.load() is None
    assert all(came(keeper, seed) for seed in range(5))
    keeper.tidy(NOBODY)
    again = site.open()
    assert again.load() is None
    assert again.rows == pytest.approx(keeper.rows)
    assert np.linalg.norm(again.rows, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert site.path.stat().st_mode & 0o077 == 0


def test_nothing_is_kept_without_leave(site: Site) -> None:
    """Off is the default of the settings; no file is made."""
    site.allowed = False
    keeper = site.open()
    assert keeper.load() is None
    assert not came(keeper, 1)
    keeper.tidy(NOBODY, now=True)
    assert not site.path.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"distance": 0.33},
        {"frames": 1},
        {"quality": {}},
        {"quality": {**GOOD, "sharpness": 0.05}},
        {"quality": {**GOOD, "yaw": -50.0}},
        {"quality": {key: value for key, value in GOOD.items() if key != "brightness"}},
    ],
)
def test_who_may_be_enrolled_and_poor_pictures_are_not_kept(
    site: Site, changes: dict[str, object]
) -> None:
    """A missed person among the strangers would be missed more often for it."""
    keeper = site.open()
    assert not came(keeper, 1, **changes)
    assert came(keeper, 1)


def test_a_visitor_counts_once(site: Site) -> None:
    """However often they come, as far as can be told."""
    keeper = site.open()
    assert came(keeper, 1)
    again = face(1, noise=0.25, noise_seed=3)
    assert not keeper.offer(again, distance=None, quality=GOOD, frames=3)
    assert came(keeper, 2)
    assert len(keeper) == 2


def test_the_newest_are_kept(site: Site) -> None:
    """And the oldest go."""
    keeper = site.open(most=10)
    for seed in range(14):
        assert came(keeper, seed)
    expected = np.array([unit_length(face(seed)) for seed in range(4, 14)])
    assert keeper.rows == pytest.approx(expected, abs=1e-6)


def test_they_are_deleted_when_their_time_is_over(site: Site) -> None:
    """Each after its own 90 days, by a clock that is believed; the file with the last."""
    keeper = site.open()
    came(keeper, 1)
    site.now_ms += 10 * DAY_MS
    came(keeper, 2)
    site.now_ms += (KEPT_DAYS - 10) * DAY_MS
    site.believed = False
    keeper.tidy(NOBODY)
    assert len(keeper) == 2
    site.believed = True
    keeper.tidy(NOBODY)
    assert len(keeper) == 1
    site.now_ms += 10 * DAY_MS
    keeper.tidy(NOBODY)
    assert len(keeper) == 0
    assert not site.path.exists()


def test_who_is_enrolled_later_is_no_stranger_any_more(site: Site) -> None:
    """Dropped from the file too."""
    keeper = site.open()
    came(keeper, 1)
    came(keeper, 2)
    keeper.tidy(NOBODY)
    person = Person(
        subject_id="a" * 32,
        display_name="Ann",
        templates=(
            Template(encoding=face(1, noise=0.2), sample_id="1", encoder=ENCODER),
            Template(encoding=face(1, noise=0.2, noise_seed=5), sample_id="2", encoder=ENCODER),
        ),
    )
    keeper.tidy(Gallery.of([person], ENCODER))
    assert len(keeper) == 1
    again = site.open()
    again.load()
    assert again.rows == pytest.approx(np.array([unit_length(face(2))]), abs=1e-6)


def test_switched_off_is_deleted(site: Site) -> None:
    """From the memory and the disk, what was set aside and half-written too."""
    keeper = site.open()
    came(keeper, 1)
    keeper.tidy(NOBODY)
    leftovers = [
        site.path.with_name(name)
        for name in ("strangers.sealed.damaged", ".strangers.sealed.x.tmp")
    ]
    for path in leftovers:
        path.write_bytes(b"old")
    site.allowed = False
    keeper.tidy(NOBODY)
    assert len(keeper) == 0
    assert not any(path.exists() for path in (site.path, *leftovers))


def test_switched_off_while_the_server_was_down(site: Site) -> None:
    """The next start deletes them."""
    keeper = site.open()
    came(keeper, 1)
    keeper.tidy(NOBODY)
    site.allowed = False
    assert site.open().load() is None
    assert not site.path.exists()


def test_forgotten_by_the_button(site: Site) -> None:
    """All of them; those who come afterwards are kept."""
    keeper = site.open()
    came(keeper, 1)
    came(keeper, 2)
    keeper.tidy(NOBODY)
    assert keeper.forget() == 2
    assert len(keeper) == 0
    assert not site.path.exists()
    keeper.tidy(NOBODY, now=True)
    assert not site.path.exists()
    assert came(keeper, 1)


def test_a_crash_costs_seconds_and_a_close_nothing(tmp_path: Path) -> None:
    """Written every half minute, and at the end."""
    site = Site(tmp_path)
    site.seconds = itertools.count(0.0, 1.0)
    keeper = site.open()
    came(keeper, 1)
    keeper.tidy(NOBODY)
    assert not site.path.exists()
    for _ in range(int(strangers.WRITE_EVERY_S)):
        keeper.tidy(NOBODY)
    assert site.path.exists()
    came(keeper, 2)
    keeper.tidy(NOBODY, now=True)
    again = site.open()
    again.load()
    assert len(again) == 2


def test_encodings_of_another_face_model_are_deleted(site: Site) -> None:
    """They are never compared, so there is no reason to keep them."""
    keeper = site.open()
    came(keeper, 1)
    keeper.tidy(NOBODY)
    other = site.open(encoder="another/1")
    assert other.load() is None
    assert len(other) == 0
    assert not site.path.exists()


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"\x80\x04}.", b"\x80\x04]."])
def test_a_damaged_file_is_set_aside_and_named(site: Site, content: bytes) -> None:
    """The server goes on and gathers anew; the damaged one is not written over."""
    site.path.write_bytes(content)
    keeper = site.open()
    damaged = keeper.load()
    assert damaged is not None
    assert damaged.path.name == "strangers.sealed.damaged"
    assert damaged.path.read_bytes() == content
    assert damaged.reason
    assert came(keeper, 1)
    keeper.tidy(NOBODY)
    assert site.path.exists()


def test_a_probe_of_another_length_is_not_kept(site: Site) -> None:
    """Rows of one length alone can be compared; the first one does not choose it."""
    keeper = site.open()
    assert not keeper.offer(np.ones(512), distance=None, quality=GOOD, frames=2)
    assert came(keeper, 1)


def test_a_file_with_encodings_of_another_length_is_set_aside(site: Site) -> None:
    """It names our face model and is whole, and yet no search could be held against it."""
    data = to_bytes(ENCODER, [Stranger(np.eye(64)[0], site.now_ms)])
    site.path.write_bytes(seal(data, SEALER))
    keeper = site.open()
    damaged = keeper.load()
    assert damaged is not None
    assert damaged.path.exists()
    assert not site.path.exists()
    assert len(keeper) == 0
    assert came(keeper, 1)
