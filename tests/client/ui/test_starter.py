"""The checkpoint is started off the main thread, and a failure is heard."""

import threading

from client.events import ClientEvent, Fault, VisionState, VisionStatus
from client.settings import ClientSettings
from client.ui.starter import Engine, Post, Started, Starter
from tests.client.ui.fakes import FakeEngine
from tests.support import wait_until


def test_start_runs_in_another_thread_and_posts_the_engine() -> None:
    """What is imported there does not hold up the window."""
    threads: list[str] = []
    posted: list[ClientEvent | Started] = []
    engine = FakeEngine()

    def start(_settings: ClientSettings, _post: Post) -> Engine:
        threads.append(threading.current_thread().name)
        return engine

    settings = ClientSettings()
    starter = Starter(start, settings, posted.append)
    starter.begin()
    wait_until(lambda: not starter.alive)
    assert threads == ["starter"]
    assert posted == [Started(engine, settings)]


def test_a_failure_is_a_fault_and_a_state() -> None:
    """A broken installation is said on the screen, not only on a console nobody sees."""
    posted: list[ClientEvent | Started] = []

    def start(_settings: ClientSettings, _post: Post) -> Engine:
        raise ImportError("cv2 is not installed")

    starter = Starter(start, ClientSettings(), posted.append)
    starter.begin()
    wait_until(lambda: not starter.alive)
    fault, status = posted
    assert isinstance(fault, Fault)
    assert "cv2 is not installed" in fault.sentence
    assert isinstance(status, VisionStatus)
    assert status.state is VisionState.FAILED
