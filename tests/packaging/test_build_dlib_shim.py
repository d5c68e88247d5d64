"""The committed wheel is what the script builds, says what pip needs, and holds no code."""

import importlib.util
import time
import zipfile
from email.parser import Parser
from pathlib import Path
from types import ModuleType

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@pytest.fixture(scope="module")
def shim() -> ModuleType:
    """The builder, loaded by its path: its folder is no package on purpose."""
    path = PACKAGING / "build_dlib_shim.py"
    spec = importlib.util.spec_from_file_location("build_dlib_shim", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_wheel_is_what_the_script_builds(shim: ModuleType, tmp_path: Path) -> None:
    """Byte for byte, so that nobody has to trust a binary in the repository."""
    built = shim.build(tmp_path)
    committed = PACKAGING / "wheels" / built.name
    assert committed.read_bytes() == built.read_bytes()


def test_two_builds_at_different_times_are_the_same(
    shim: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock and the folder leave no trace in the wheel."""
    first = shim.build(tmp_path / "one").read_bytes()
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert shim.build(tmp_path / "two").read_bytes() == first


def test_the_wheel_asks_for_dlib_bin_and_holds_metadata_only(shim: ModuleType) -> None:
    """Three files in the dist-info folder: what pip reads, and no module."""
    with zipfile.ZipFile(shim.WHEELS / shim.FILE_NAME) as wheel:
        names = wheel.namelist()
        metadata = Parser().parsestr(wheel.read(names[0]).decode())
    folder = "dlib-19.24.99.dist-info"
    assert names == [f"{folder}/METADATA", f"{folder}/WHEEL", f"{folder}/RECORD"]
    assert metadata["Name"] == "dlib"
    assert metadata["Version"] == "19.24.99"
    assert metadata["Requires-Dist"] == "dlib-bin>=20.0.1"


def test_record_names_every_file_with_its_hash(shim: ModuleType) -> None:
    """Pip refuses a wheel whose RECORD does not agree with what it holds."""
    with zipfile.ZipFile(shim.WHEELS / shim.FILE_NAME) as wheel:
        contents = {name: wheel.read(name) for name in wheel.namelist()}
    record = next(name for name in contents if name.endswith("/RECORD"))
    expected = {shim.record_line(n, c).strip() for n, c in contents.items() if n != record}
    assert set(contents[record].decode().splitlines()) == {*expected, f"{record},,"}


def test_only_the_wheel_lies_in_the_wheels_folder(shim: ModuleType) -> None:
    """`--find-links` offers everything in that folder to pip."""
    assert [path.name for path in shim.WHEELS.iterdir()] == [shim.FILE_NAME]


def test_the_folder_is_no_package() -> None:
    """An `__init__.py` would hide the `packaging` library from every tool run from here."""
    assert not (PACKAGING / "__init__.py").exists()


def test_the_command_builds_where_it_is_told(
    shim: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The path it prints is the wheel it wrote."""
    assert shim.main([str(tmp_path)]) == 0
    assert Path(capsys.readouterr().out.strip()).is_file()
