"""The workers: own visions, bounded work ahead, cancelled between pictures."""

import threading
from collections.abc import Iterator
from pathlib import Path

from server.photo_scan import PhotoFile, scan
from server.photo_workers import Looked, PhotoWorkers
from tests.server.galleries import BROKEN, NOBODY, RED, Visions, jpeg, put
from tests.support import wait_until


def workers(visions: Visions, *, count: int = 2, known: str = "") -> PhotoWorkers:
    """Workers for whom pictures of the hash `known` are enrolled."""
    return PhotoWorkers(visions, lambda sha: sha == known, lambda _sha: None, workers=count)


def run(pool: PhotoWorkers, files: tuple[PhotoFile, ...]) -> list[Looked]:
    """Every finding, in the order of the files."""
    with pool:
        found = [
            looked
            for batch in pool.look_at([[file] for file in files], threading.Event())
            for looked in batch
        ]
    return sorted(found, key=lambda looked: looked.file.shown)


def test_b22_each_file_has_its_finding(tmp_path: Path) -> None:
    """B22: a sample, no face, a broken engine, junk and a missing file are told apart."""
    put(
        tmp_path,
        {
            "a.png": jpeg(RED),
            "b.png": jpeg(NOBODY),
            "c.png": jpeg(BROKEN),
            "d.txt": b"not a picture",
            "e.png": jpeg(RED)[:60],
            "f.png": b"",
        },
    )
    files = (*scan(tmp_path), PhotoFile(tmp_path / "g.png", "g.png", "g"))
    a, b, c, d, e, f, g = run(workers(Visions()), files)
    assert a.sample is not None
    assert (b.refusal.startswith("No face"), b.fresh) == (True, True)
    assert c.failure
    for looked in (d, e, f):
        assert looked.file.shown in looked.refusal
        assert looked.fresh
    assert "g.png" in g.failure


def test_each_worker_has_its_own_vision_and_all_are_closed(tmp_path: Path) -> None:
    """Two workers make two visions in two threads, and both are closed at the end."""
    meet = threading.Barrier(2, timeout=5)
    visions = Visions(before=lambda: meet.wait() and None)
    put(tmp_path, {f"{number}.png": jpeg(RED, mark=number) for number in range(4)})
    run(workers(visions), scan(tmp_path))
    assert len(visions.threads) == 2
    assert [vision.closed for vision in visions.made] == [True, True]


def test_known_content_is_not_looked_at(tmp_path: Path) -> None:
    """A picture that is enrolled costs a hash and no vision at all."""
    put(tmp_path, {"a.png": jpeg(RED)})
    (first,) = run(workers(Visions()), scan(tmp_path))
    visions = Visions()
    (again,) = run(workers(visions, known=first.sha256), scan(tmp_path))
    assert (again.sample, again.refusal, again.failure) == (None, "", "")
    assert visions.made == []


def test_only_a_few_batches_ahead(tmp_path: Path) -> None:
    """However many pictures wait, few are held: memory does not grow with the folder."""
    put(tmp_path, {"a.png": jpeg(RED)})
    (file,) = scan(tmp_path)
    handed_out: list[int] = []

    def batches() -> Iterator[list[PhotoFile]]:
        for number in range(1_000):
            handed_out.append(number)
            yield [file]

    with workers(Visions()) as pool:
        stream = pool.look_at(batches(), threading.Event())
        next(stream)
        assert len(handed_out) <= 4
        stream.close()


def test_cancelled_between_pictures(tmp_path: Path) -> None:
    """After cancel the picture at hand is finished, the rest is left."""
    go_on = threading.Event()
    visions = Visions(before=lambda: go_on.wait(5) and None)
    put(tmp_path, {f"{number}.png": jpeg(RED, mark=number) for number in range(6)})
    cancel = threading.Event()
    found: list[Looked] = []

    def work() -> None:
        with workers(visions, count=1) as pool:
            for batch in pool.look_at([list(scan(tmp_path))], cancel):
                found.extend(batch)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: visions.made)
    cancel.set()
    go_on.set()
    thread.join(timeout=10)
    assert len(found) == 1
