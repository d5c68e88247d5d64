"""Every picture is looked at once; bad ones get a sentence and the rest goes on."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.detect import DetectorFailed
from biometrics.evaluation.acquire import acquire, distances
from biometrics.evaluation.looking import Looker, ThreadLooker
from biometrics.evaluation.samples import read_dataset
from biometrics.evaluation.store import SeenStore
from biometrics.faces import Detection, Image
from tests.biometrics.evaluation.sets import (
    COLOURS,
    GREY,
    ColourEncoder,
    WholeAligner,
    at,
    item,
    looker,
    paint,
    small_set,
)


def test_every_picture_once(tmp_path: Path) -> None:
    """In order; a second run takes everything from the store."""
    dataset = read_dataset(small_set(tmp_path / "p"))
    shown: list[tuple[int, int]] = []
    for fresh in (12, 0):
        store = SeenStore(tmp_path / "c", "k", 128)
        encoder = ColourEncoder()
        result = acquire(
            dataset.samples,
            store,
            encoder,
            looker=looker(),
            progress=lambda done, total: shown.append((done, total)),
            workers=2,
        )
        assert [found.sample for found in result.items] == list(dataset.samples)
        assert all(found.usable for found in result.items)
        assert (result.fresh, encoder.encoded) == (fresh, 6 * fresh)
        assert shown[-1] == (12, 12)


def test_interrupted_and_again(tmp_path: Path) -> None:
    """What was finished is not done again."""
    dataset = read_dataset(small_set(tmp_path / "p"))

    def interrupt(done: int, _total: int) -> None:
        if done >= 8:
            raise KeyboardInterrupt

    store = SeenStore(tmp_path / "c", "k", 128)
    with pytest.raises(KeyboardInterrupt):
        acquire(dataset.samples, store, ColourEncoder(), looker=looker(), progress=interrupt)
    store = SeenStore(tmp_path / "c", "k", 128)
    assert len(store) == 8
    assert acquire(dataset.samples, store, ColourEncoder(), looker=looker()).fresh == 4


def test_bad_pictures_get_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged, tiny, huge and faceless ones; the good one is used."""
    root = tmp_path / "p"
    paint(root / "Ann" / "good.png", COLOURS["Ann"])
    paint(root / "Ann" / "grey.png", GREY)
    paint(root / "Ann" / "tiny.png", COLOURS["Ann"], size=(10, 10))
    (root / "Ann" / "damaged.jpg").write_bytes(b"\xff\xd8\xff no")
    (root / "Ann" / "empty.jpg").write_bytes(b"")
    (root / "Ann" / "huge.jpg").write_bytes(b"x" * 200_000)
    for module in ("acquire", "pictures"):
        name = "biometrics.evaluation.acquire" if module == "acquire" else "biometrics.pictures"
        monkeypatch.setattr(f"{name}.MAX_FILE_BYTES", 100_000)
    result = acquire(
        read_dataset(root).samples,
        SeenStore(tmp_path / "c", "k", 128),
        ColourEncoder(),
        looker=looker(),
    )
    by_name = {found.sample.path.name: found for found in result.items}
    assert by_name["good.png"].usable
    assert by_name["grey.png"].problem == ""
    assert not by_name["grey.png"].usable
    for name, words in {
        "tiny.png": "too small",
        "damaged.jpg": "Ann/damaged.jpg is",
        "empty.jpg": "is empty",
        "huge.jpg": "too large",
    }.items():
        assert words in by_name[name].problem
        assert by_name[name].template is None


def test_a_picture_that_vanishes(tmp_path: Path) -> None:
    """Deleted between listing and reading."""
    dataset = read_dataset(small_set(tmp_path / "p", pictures=1))
    dataset.samples[0].path.unlink()
    store = SeenStore(tmp_path / "c", "k", 128)
    result = acquire(dataset.samples, store, ColourEncoder(), looker=looker())
    assert "cannot be read" in result.items[0].problem
    assert result.items[1].usable


def test_distances_by_hand() -> None:
    """A right angle is the square root of two; a missing template is never near."""
    one, other = item("Ann", 1, at(0)).template, item("Ann", 2, at(90)).template
    assert np.allclose(distances([one, one], [other, None]), [np.sqrt(2), np.inf])


def test_what_is_not_final_is_not_kept(tmp_path: Path) -> None:
    """A picture in which a broken detector might have found a face is looked at again."""

    class Broken:
        def detect(self, image: Image) -> list[Detection]:
            raise DetectorFailed("It is broken.")

    paint(tmp_path / "p" / "Ann.png", GREY)
    store = SeenStore(tmp_path / "c", "k", 128)
    failing = ThreadLooker(lambda: Looker((Broken(),), WholeAligner()))
    result = acquire(read_dataset(tmp_path / "p").samples, store, ColourEncoder(), looker=failing)
    assert not result.items[0].usable
    assert len(store) == 0
