"""The window with the real checkpoint and a real socket; only camera and models are fake."""

import time
from collections.abc import Iterator

import pytest
import ttkbootstrap

from client.checkpoint import Checkpoint, Parts
from client.events import ClientEvent
from client.settings import ClientSettings
from client.ui.starter import Engine
from client.ui.window import CheckpointWindow
from protocol.messages import Enrol, Identify, Message, Request
from tests.client.fake_server import FakeServer, verdict
from tests.client.fakes import EILEEN, GRACE, NOBODY, FakeEyes, FakeSource
from tests.client.ui.conftest import alive, wait_closed
from tests.grids import identity
from tests.support import wait_until


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A server that knows Grace and nobody else."""

    def answer(request: Request) -> Message | None:
        if isinstance(request, Identify) and max(request.encoding) != request.encoding[GRACE // 10]:
            return verdict(request, outcome="not_enrolled")
        return None

    with FakeServer() as made:
        made.answer = answer
        yield made


@pytest.fixture
def source() -> FakeSource:
    """A camera before which nobody stands yet."""
    return FakeSource(NOBODY)


@pytest.fixture
def window(
    root: ttkbootstrap.App, server: FakeServer, source: FakeSource
) -> Iterator[CheckpointWindow]:
    """The window, connected."""

    def start(settings: ClientSettings, post: object) -> Engine:
        parts = Parts(open_source=source.open, open_eyes=FakeEyes, identity=identity())
        checkpoint = Checkpoint(settings, post, parts=parts)  # type: ignore[arg-type]
        checkpoint.start()
        return checkpoint

    settings = ClientSettings(
        server_port=server.port, source="camera:0", sound=False, automatic=False
    )
    made = CheckpointWindow(root, settings, start=start)
    wait_until(lambda: made.header.text.startswith("Connected"), window=root, what="the server")
    wait_until(lambda: made.view is not None and made.view.can_identify, window=root)
    root.focus_force()
    root.update()
    yield made
    if alive(root):
        made.close()
        wait_closed(root)


def _wait_for_line(window: CheckpointWindow, text: str, *, timeout_s: float = 10.0) -> None:
    wait_until(
        lambda: window.banner.shown.headline == text,
        window=window.root,
        timeout_s=timeout_s,
        what=f"the line {text!r}",
    )


def test_identify_by_space(window: CheckpointWindow, source: FakeSource) -> None:
    """Grace is welcomed, Eileen is not enrolled; both stand in the list and on the picture."""
    source.who = GRACE
    window.root.event_generate("<space>")
    _wait_for_line(window, "Welcome, Grace Hopper")
    assert window.results.rows[0].who == "Grace Hopper"
    wait_until(
        lambda: bool(window.view and [m.words for m in window.view.marks] == ["Grace Hopper"]),
        window=window.root,
    )
    source.who = NOBODY
    wait_until(lambda: bool(window.view) and not window.view.marks, window=window.root)
    source.who = EILEEN
    window.root.event_generate("<space>")
    _wait_for_line(window, "Not recognised")
    assert [row.result for row in window.results.rows] == ["Not enrolled", "Identified"]


def test_enrol_by_dialog(window: CheckpointWindow, source: FakeSource, server: FakeServer) -> None:
    """Name, consent, three pictures, saved: the server has got them."""
    source.who = EILEEN
    window.root.event_generate("<F2>")
    wait_until(lambda: window.dialogs.enrol is not None, window=window.root)
    dialog = window.dialogs.enrol
    assert dialog is not None
    dialog.type_name("Eileen Collins")
    dialog.tick_consent()
    for taken in range(1, 4):
        wait_until(lambda: dialog.form.can_take, window=window.root)
        dialog.take(any_pose=True)
        wait_until(
            lambda taken=taken: len(dialog.form.samples) == taken,
            window=window.root,
            what=f"picture {taken}",
        )
    wait_until(lambda: dialog.form.can_save, window=window.root)
    dialog.event_generate("<Control-Return>")
    wait_until(lambda: bool(dialog.stored), window=window.root, what="the server's answer")
    assert dialog.done.text == "Eileen Collins is enrolled"
    (sent,) = server.of(Enrol)
    assert isinstance(sent, Enrol)
    assert sent.display_name == "Eileen Collins"
    assert len(sent.samples) == 3
    assert sent.consent_text == window_consent()
    dialog.destroy()


def window_consent() -> str:
    """The text that was on the screen."""
    from protocol.consent import FIRST_TEXT

    return FIRST_TEXT


def test_lose_the_server_and_get_it_back(
    window: CheckpointWindow, source: FakeSource, server: FakeServer
) -> None:
    """Never shown as unknown; what was asked meanwhile is kept and sent later."""
    server.stop()
    _wait_for_line(window, "Server unreachable")
    assert window.header.text.startswith("Unreachable")
    source.who = GRACE
    window.root.event_generate("<space>")
    wait_until(lambda: bool(window.results.rows), window=window.root, timeout_s=15)
    assert window.results.rows[0].result == "Server unreachable"
    assert "1 event kept" in window.status.text
    assert all(row.result != "Not enrolled" for row in window.results.rows)
    with FakeServer(port=server.port) as again:
        window.act(window.banner.shown.action or _fail())
        dialog = window.dialogs.settings
        assert dialog is not None
        dialog.cancel()
        wait_until(
            lambda: window.header.text.startswith("Connected"), window=window.root, timeout_s=20
        )
        wait_until(lambda: "0 kept" in window.status.text, window=window.root, timeout_s=20)
        assert len(again.of(Identify)) == 1
        window.close()
        wait_closed(window.root)


def _fail() -> ClientEvent:  # pragma: no cover - only when the banner offers nothing
    raise AssertionError("the banner offers no button")


def test_closing_ends_every_thread_within_two_seconds(
    window: CheckpointWindow, source: FakeSource
) -> None:
    """Also while somebody is being looked at."""
    source.who = GRACE
    window.root.event_generate("<space>")
    window.root.update()
    engine = window.engine
    assert engine is not None
    since = time.monotonic()
    window.close()
    wait_closed(window.root)
    assert not engine.alive
    assert time.monotonic() - since < 2.0
