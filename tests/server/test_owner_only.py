"""Nobody else on the computer reads or holds anything that the programs make, with umask 0."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.keeping import open_kept
from desktop.files import owner_only
from protocol.messages import Welcome
from server.data_folder import DataFolder
from server.encoders import installed_encoder
from tests.server.galleries import put
from tests.server.programs import ROOT, Program
from tests.server.wire import enrol, face, identify
from tests.support import open_to_all

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions are of POSIX")

_RUN = """
import json, runpy, sys
for module, *words in json.loads(sys.argv[1]):
    sys.argv = [module, *words]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        assert not ended.code, (words, ended.code)
"""


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """For every test here."""
    with open_to_all():
        yield


def wide(folder: Path) -> list[str]:
    """What others have any right to, below the folder and itself."""
    return sorted(
        f"{stat.S_IMODE(path.lstat().st_mode):04o} {path.relative_to(folder.parent)}"
        for path in (folder, *folder.rglob("*"))
        if path.lstat().st_mode & 0o077
    )


def run(*commands: list[str]) -> None:
    """Runs commands of our programs one after the other in one process, as from a shell."""
    subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(commands)],
        cwd=ROOT,
        check=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"FACENETGRID_KEYRING": "off"},
    )


def test_whatever_both_programs_make_is_their_owners_alone(tmp_path: Path) -> None:
    """Served, enrolled, paired, backed up, exported, erased, restored: no file and no folder."""
    ours = tmp_path / "all"
    tmp_path.chmod(0o700)
    data, copy = ours / "data", ours / "backups" / "today.tar"
    settings = ours / "checkpoint" / "checkpoint.json"
    with Program(data, "--log", str(ours / "logs" / "server.log")) as server:
        port = server.port()
        with server.peer(port) as peer:
            assert isinstance(peer.hello(encoder=installed_encoder().fingerprint), Welcome)
            peer.ask(enrol("Grace Hopper", face(1)))
            assert peer.ask(identify(face(1))).outcome == "identified"
            journals = wide(ours)
        server.terminate()
    open_kept(settings).close()  # a checkpoint with a camera takes seconds to come up
    paper = ours / "papers" / "receipt.txt"
    run(
        ["client", "key", "--to", "file", "--settings", str(settings),
         "--log", str(ours / "lines" / "lines.log")],
        ["server", "backup", str(copy), "--data", str(data)],
        ["server", "export-person", "Grace Hopper", str(ours / "hers"), "--data", str(data)],
        ["server", "export", str(ours / "classic.pkl"), "--data", str(data)],
        ["server", "erase-person", "Grace Hopper", "--yes", "--receipt", str(paper),
         "--data", str(data)],
        ["server", "restore", str(copy), "--data", str(data)],
    )  # fmt: skip
    there = {path.name for path in ours.rglob("*")}
    assert there >= {
        "server.lock", "audit.lock", "copies.lock", "people.anchor", "server.log", "lines.log",
        "person.json", "checkpoint-outbox.db.lock", "checkpoint-storage.key",
        "today.tar", "classic.pkl", "receipt.txt", "erasures",
    }, sorted(there)  # fmt: skip
    assert any(name.startswith("set-aside-") for name in there)
    assert (journals, wide(ours)) == ([], [])


def test_what_an_older_version_left_open_is_closed_at_the_start(tmp_path: Path) -> None:
    """All that is ours below the folder, before the lock is asked for; nothing of anybody else."""
    names = ("database/server.lock", "keys/audit.lock", "known_faces/a.pkl", "erasures/a.json",
             "set-aside-1/database/match_history.db", "consent-texts.json",
             "known_faces/README.md")  # fmt: skip
    put(tmp_path, dict.fromkeys(names, b"x"))
    put(tmp_path, {"letters/mine.txt": b"x", "elsewhere": b"x"})
    (tmp_path / "known_faces" / "link").symlink_to(tmp_path / "elsewhere")
    folder = DataFolder(tmp_path)
    holder = DataFolder(tmp_path)
    holder.lock("the test")
    for path in (tmp_path / "database").iterdir():
        path.chmod(0o666)
    with pytest.raises(Exception, match="in use by the test"):
        folder.lock("another")
    holder.unlock()
    left = [line for line in wide(tmp_path) if "known_faces/link" not in line]
    assert [line.split("/", 1)[1] for line in left[:-1]] == ["elsewhere", "letters/mine.txt"]


def test_the_code_beside_the_data_stays_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the project's own folder the data are narrowed, and what others may run is not."""
    code = ("database/__init__.py", "database/__pycache__/log.pyc", "database/schema.sql",
            "known_faces/README.md", "known_faces/.gitkeep")  # fmt: skip
    put(tmp_path, dict.fromkeys((*code, "database/match_history.db", "database/backups/a"), b"x"))
    monkeypatch.setattr("server.data_folder._PROJECT", tmp_path)
    folder = DataFolder.default()
    folder.lock("the test")
    folder.unlock()
    found = {line.split("/", 1)[1] for line in wide(tmp_path) if "/" in line}
    assert found == {*code, "database", "database/__pycache__"}


def test_a_program_begins_by_it() -> None:
    """Whatever the umask was."""
    owner_only()
    assert os.umask(0) == 0o077
