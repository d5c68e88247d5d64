"""An evaluation of the people enrolled in a process of its own, for the window.

It draws and computes for seconds, which a thread beside the window and the searches would be felt
by. It reads the people's files, where everybody is as soon as they are enrolled.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from server.data_folder import DataFolder
from server.events import EvaluationEnded, EvaluationProgress, GridEvent
from server.vault import Vault

_ROOT = Path(__file__).resolve().parent.parent
_UNEXPECTED = "The evaluation stopped by an unexpected error; see the server's terminal."


class EvaluationJob:
    """At most one run at a time; its report lies in the data folder.

    Args:
        folder: Where the people are.
        post: Where `EvaluationProgress` and, at the end, `EvaluationEnded` go.
        network: The file of the face model in use; the settings kept may name another.
        vault: What seals the people; None while it is not opened.
        name_of: The name of somebody enrolled, by id: what is kept names nobody.
        program: What is started, before its arguments.
    """

    def __init__(
        self,
        folder: DataFolder,
        post: Callable[[GridEvent], None],
        *,
        network: Callable[[], str] = str,
        vault: Callable[[], Vault | None] = lambda: None,
        name_of: Callable[[str], str | None] = lambda _subject_id: None,
        program: Sequence[str] = (sys.executable, "-P", "-m", "server"),
    ) -> None:
        self._folder = folder
        self._post = post
        self._network = network
        self._vault = vault
        self._name_of = name_of
        self._program = tuple(program)
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self) -> bool:
        """Begins a run; False when one is under way. The window's thread calls it."""
        if self.running:
            return False
        self._cancelled = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(self._cancelled,), name="evaluation", daemon=True
        )
        self._thread.start()
        return True

    def cancel(self) -> None:
        """Ends the run at once; the report before stays. Any thread may call."""
        self._cancelled.set()

    def latest(self) -> dict[str, Any] | None:
        """The newest report with names, None when there is none; reads a file."""
        from server.evaluation import latest_site, with_names

        found = latest_site(self._folder.evaluation)
        return None if found is None else with_names(found, self._name_of)

    def write_to(self, folder: Path) -> tuple[Path, ...]:
        """Writes the newest report's files, which name people, where somebody asks for them.

        Draws for a second or two: never called by the window's thread.

        Raises:
            OSError: A file cannot be written.
        """
        from server.evaluation import write_site

        found = self.latest()
        return () if found is None else write_site(found, folder)

    def _run(self, cancelled: threading.Event) -> None:
        try:
            problem = self._follow(cancelled)
        except OSError as error:
            problem = f"The evaluation could not be started: {error.strerror}."
        self._post(EvaluationEnded(problem, cancelled=cancelled.is_set()))

    def _follow(self, cancelled: threading.Event) -> str:
        vault = self._vault()
        if vault is None:
            return "The data are not open: start the server first."
        words = [*self._program, "evaluate", "--events", "--key-on-stdin"]
        words += ["--data", str(self._folder.root), "--report", str(self._folder.evaluation)]
        words += ["--network", self._network()]
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        with subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            text=True,
            encoding="utf-8",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ) as child:
            _hand_over(child, vault)
            ended = threading.Event()
            watcher = threading.Thread(
                target=_kill_when,
                args=(cancelled, ended, child),
                name="evaluation-end",
                daemon=True,
            )
            watcher.start()
            problem = ""
            assert child.stdout is not None
            for line in child.stdout:
                problem = self._take(line) or problem
            code = child.wait()
            ended.set()
        return problem if code == 0 or problem or cancelled.is_set() else _UNEXPECTED

    def _take(self, line: str) -> str:
        """Posts what the line says; returns the sentence of a problem."""
        try:
            entry = json.loads(line)
            if "problem" in entry:
                return str(entry["problem"])
            self._post(
                EvaluationProgress(str(entry["step"]), int(entry["done"]), int(entry["total"]))
            )
        except (ValueError, KeyError, TypeError):
            return _UNEXPECTED
        return ""


def _hand_over(child: "subprocess.Popen[str]", vault: Vault) -> None:
    assert child.stdin is not None
    # It may have ended already; why stands in what it said.
    with contextlib.suppress(BrokenPipeError), child.stdin as pipe:
        pipe.write(f"{vault.hand_over()}\n")


def _kill_when(
    cancelled: threading.Event, ended: threading.Event, child: "subprocess.Popen[str]"
) -> None:
    while not ended.wait(0.05):
        if cancelled.is_set():
            child.kill()
            return
