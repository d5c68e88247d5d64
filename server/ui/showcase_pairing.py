"""The states of the checkpoints page, of pairing and of closing, for `server/ui/showcase.py`."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from server.addresses import EVERYWHERE, OwnAddress
from server.events import GridState, ServerStateChanged
from server.held_up import HeldUp
from server.ui.checkpoints_page import CheckpointsPage, revoke_question
from server.ui.made_up import MadeUpGrid
from server.ui.made_up_pairing import more_devices
from server.ui.pairing_dialog import PairingDialog
from server.ui.window import ServerWindow

# Two cards, as a laptop on cable and radio has them.
_ADDRESSES = (OwnAddress("192.168.1.20", "eth0"), OwnAddress("10.20.0.7", "wlan0"))
_ALMOST_OVER_MS = 41_000


def _grid(window: ServerWindow) -> MadeUpGrid:
    return cast("MadeUpGrid", window.grid)


def _dialog(window: ServerWindow, host: str = EVERYWHERE) -> PairingDialog:
    window.go("Checkpoints")
    window.presenter.take(ServerStateChanged(GridState.RUNNING, "Listening.", host=host, port=5050))
    window.show_state()
    page: CheckpointsPage = window.checkpoints
    page.open_dialog(addresses=lambda: _ADDRESSES)
    if page.dialog is None:
        raise RuntimeError("the dialog did not open")
    return page.dialog


def _chosen(window: ServerWindow, checkpoint_id: str) -> None:
    window.go("Checkpoints")
    window.root.update()
    window.checkpoints.table.selection_set(checkpoint_id)


def _to_mend(window: ServerWindow) -> None:
    grid = _grid(window)
    for device in more_devices():
        grid.devices.put(device)
    window.presenter.take_checkpoints(grid.checkpoints.list(), grid.devices.list())
    _chosen(window, "old-gate")


def _held_up(window: ServerWindow) -> None:
    _grid(window).suspicion.held["lab-door"] = HeldUp(1, 2400.0, 1)
    _chosen(window, "lab-door")


def _sign_ins_wait(window: ServerWindow) -> None:
    _grid(window).mistype_at("lab-door")
    _chosen(window, "lab-door")


def _all_held_up(window: ServerWindow) -> None:
    _grid(window).suspicion.held["lab-door"] = HeldUp(1, 2400.0, 1)
    _sign_ins_wait(window)


def _code(window: ServerWindow) -> PairingDialog:
    dialog = _dialog(window)
    if dialog.question is not None:
        dialog.question.name.insert(0, "Yard")
    opened = _grid(window).pairing.open("Yard", address="192.168.1.20:5050")
    dialog.show_code(opened)
    return dialog


def _wrong(window: ServerWindow) -> None:
    _code(window)
    pairing = _grid(window).pairing
    if pairing.now is not None:
        soon = time.time_ns() // 1_000_000 + _ALMOST_OVER_MS
        pairing.now = replace(pairing.now, expires_at_ms=soon)
    for _ in range(2):
        pairing.enter(right=False)


def _entered(*answers: bool) -> Callable[[ServerWindow], None]:
    def show(window: ServerWindow) -> None:
        _code(window)
        for right in answers:
            _grid(window).pairing.enter(right=right)

    return show


def _shown(_dialog: PairingDialog) -> None:
    """A state is shown, whatever it is made of."""


def _revoke(window: ServerWindow) -> None:
    _chosen(window, "car-park")
    row = window.checkpoints.chosen
    if row is not None:
        dialog = revoke_question(window.checkpoints, row)
        dialog.present(dialog.decline)


def _closing(window: ServerWindow) -> None:
    window.presenter.closing = True
    window.show_state()


PAIRING: dict[str, Callable[[ServerWindow], None]] = {
    "checkpoints": lambda window: _chosen(window, "car-park"),
    "checkpoints-to-mend": _to_mend,
    "checkpoints-held-up": _held_up,
    "checkpoints-sign-ins-wait": _sign_ins_wait,
    "checkpoints-all-held-up": _all_held_up,
    "add-checkpoint": lambda window: _shown(_dialog(window)),
    "add-checkpoint-here-only": lambda window: _shown(_dialog(window, "127.0.0.1")),
    "pairing-code": lambda window: _shown(_code(window)),
    "pairing-wrong-code": _wrong,
    "pairing-done": _entered(True),  # noqa: FBT003 - answers in a row
    "pairing-closed": _entered(*[False] * 5),
    "revoke": _revoke,
    "closing": _closing,
}
