"""A whole day of a server, and then its disk: no name, no encoding, no picture can be read."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest

from server.data_folder import DataFolder
from server.encoders import InstalledEncoder
from server.evaluate_tool import evaluate
from server.pictures import thumbnail
from server.settings import ServerSettings
from tests.server.galleries import Visions, jpeg, put, wanted
from tests.server.wire import ENCODER, GOOD, enrol, face, identify, served
from tests.support import wait_until

NAMES = ("Grace Brewster Hopper", "Rózsa Péter")
SETTINGS = ServerSettings(port=0, keep_pictures=True, keep_strangers=True)
PICTURE = thumbnail(np.random.default_rng(1).integers(0, 255, (150, 150, 3), dtype=np.uint8))


def told() -> dict[str, bytes]:
    """What must stand nowhere, by what it is."""
    found = {"a JPEG": b"\xff\xd8\xff\xe0", "a JPEG's mark": b"JFIF", "a picture": PICTURE[200:216]}
    for name in NAMES:
        for word in (name, *name.split()):
            for coding in ("utf-8", "utf-16-le", "utf-16-be"):
                found[f"{word} in {coding}"] = word.encode(coding)
            found[f"{word} escaped"] = word.encode("ascii", "backslashreplace")
    for seed in (1, 2, 50):
        unit = face(seed) / np.linalg.norm(face(seed))
        for row, length in ((face(seed), "raw"), (unit, "unit")):
            for kind in ("<f4", ">f4", "<f8", ">f8"):
                data = row.astype(kind).tobytes()
                found[f"{seed} {length} {kind}"] = data[16:32]
                found[f"{seed} {length} {kind} in base64"] = base64.b64encode(data)[24:48]
            found[f"{seed} {length} as text"] = repr(float(row[5])).encode()[:12]
    return found


def clear_in(root: Path) -> dict[str, list[str]]:
    """What can be read of anybody below a folder, by the file it stands in."""
    marks, found = told(), dict[str, list[str]]()
    for path in root.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        if seen := [what for what, mark in marks.items() if mark in data]:
            found[path.name] = seen
    return found


def test_nothing_of_anybody_can_be_read_below_the_data_folder(tmp_path: Path) -> None:
    """Enrolled with a picture and from photos, identified, a stranger kept, evaluated, renamed."""
    photos = put(tmp_path / "photos", {"Grace Brewster Hopper.png": jpeg((9, 9, 9))})
    with (
        served(tmp_path / "data", settings=SETTINGS, vision_factory=Visions()) as running,
        running.checkpoint() as gate,
    ):
        picture = base64.b64encode(PICTURE).decode()
        for seed, name in enumerate(NAMES, start=1):
            gate.ask(enrol(name, face(seed), picture=picture))
            assert gate.ask(identify(face(seed))).display_name == name
        for _ in range(2):
            gate.ask(identify(face(50), quality=GOOD, frames=5))
        running.grid.add_photos(wanted(photos))
        wait_until(lambda: not running.grid.photos_running)
        person = running.grid.people.find(NAMES[1])
        assert person is not None
        running.grid.people.rename(person.subject_id, "Politzer Rózsa")
        running.grid.people.rename(person.subject_id, NAMES[1])
        folder = DataFolder(tmp_path / "data")
        journal = folder.database.with_name("match_history.db-wal")
        wait_until(lambda: journal.stat().st_size > 0)
        assert clear_in(folder.root) == {}, "while it runs, in the journals too"
    code = evaluate(
        folder,
        report=folder.evaluation,
        events=True,
        encoder=lambda _network: InstalledEncoder(ENCODER),
        out=io.StringIO(),
    )
    assert code == 0
    assert clear_in(folder.root) == {}
    files = [path for path in folder.root.rglob("*") if path.is_file()]
    there = {path.relative_to(folder.root).parts[0] for path in files}
    assert there >= {"database", "evaluation", "keys", "known_faces", "pictures"}
    assert folder.strangers.exists()


def test_the_looking_finds_what_it_looks_for(tmp_path: Path) -> None:
    """The same marks are in what people get for themselves: a test that cannot fail is none."""
    with served(tmp_path / "data", settings=SETTINGS) as running, running.checkpoint() as gate:
        picture = base64.b64encode(PICTURE).decode()
        gate.ask(enrol(NAMES[0], face(1), picture=picture))
        (grace,) = running.grid.people.list()
        paths = running.grid.export_person(grace.subject_id, tmp_path / "out")
    data = b"".join(path.read_bytes() for path in paths)
    seen = {what for what, mark in told().items() if mark in data}
    assert {"a JPEG", "a picture", "Hopper in utf-8", "1 unit as text"} <= seen


@pytest.fixture(autouse=True)
def not_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An evaluation for the window makes its process polite: not this one."""
    monkeypatch.setattr("os.nice", lambda _by: 0)
