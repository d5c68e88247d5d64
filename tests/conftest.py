"""What every test shares: the development pictures, a virtual screen, failing on Tk errors."""

import functools
import gc
import os
import shutil
import subprocess
import sys
import tkinter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers import Workers, files_in_memory

ROOT = Path(__file__).resolve().parent.parent

# Nobody's real keyring is touched, in this process and in those it starts.
os.environ["FACENETGRID_KEYRING"] = "off"
# Hundreds of programs are started: they need not compile the same modules each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Nothing here asks the network for servers or tells it of one; tests of that start programs.
sys.modules["zeroconf"] = None  # type: ignore[assignment]


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """The first that is called here, before any process is started or any folder made."""
    files_in_memory()
    pluginmanager.register(Workers())


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The development pictures: FACENETGRID_DATA, or beside the checkout. Skips without them."""
    folder = Path(os.environ.get("FACENETGRID_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"development pictures are not at {folder} (set FACENETGRID_DATA)")
    return folder


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """A virtual screen of 1920x1080 for GUI tests, as DISPLAY; ended with the session."""
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        pytest.fail("Xvfb is missing: `python3 run.py test` names the package to install")
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [xvfb, "-displayfd", str(write_end), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
        pass_fds=[write_end],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        number = answer.readline().strip()
    before = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = f":{number}"
    with pytest.MonkeyPatch.context() as patch:
        _draw_once(patch)
        yield os.environ["DISPLAY"]
    if before is None:
        del os.environ["DISPLAY"]
    else:
        os.environ["DISPLAY"] = before
    process.terminate()
    process.wait(timeout=10)


def _draw_once(patch: pytest.MonkeyPatch) -> None:
    """Each icon is drawn once in a run, not once in each window: size and colour say all of it."""
    from ttkbootstrap.style.assets import RecolorRenderer
    from ttkbootstrap.style.icons import IconRenderer

    for renderer in (IconRenderer, RecolorRenderer):
        patch.setattr(renderer, "render", staticmethod(functools.cache(renderer.render)))


@pytest.fixture
def tk_errors(screen: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    """Collects exceptions of Tk callbacks and fails the test when there is one at its end."""
    errors: list[BaseException] = []

    def collect(_self: object, _kind: object, error: BaseException, _trace: object) -> None:
        errors.append(error)

    monkeypatch.setattr(tkinter.Misc, "report_callback_exception", collect, raising=False)
    monkeypatch.setattr(tkinter.Tk, "report_callback_exception", collect)
    yield errors
    if errors:
        raise AssertionError(f"{len(errors)} exception(s) in Tk callbacks") from errors[0]


def pytest_collection_finish() -> None:
    """The modules of all tests are here now, and stay."""
    _leave_alone_what_is_here()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Collects what a window left behind on this thread, as soon as nothing holds it any more.

    A dead window that is collected by whichever thread happens to run ends the whole process: Tcl
    aborts when it is deleted by a thread it does not belong to.
    """
    result = yield
    if nextitem is None or nextitem.path != item.path:
        _leave_alone_what_is_here()
    elif "screen" in getattr(item, "fixturenames", ()):
        gc.collect()
    return result


def _leave_alone_what_is_here() -> None:
    """Collects, and takes the rest out of what later collections have to walk.

    Modules and pytest's reports live to the end of the run. They are half a million objects, and a
    walk over them after each test with a window took 0.3 s, a quarter of the time of all tests.
    """
    gc.collect()
    gc.freeze()
