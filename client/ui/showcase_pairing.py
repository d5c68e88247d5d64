"""The states of pairing at a checkpoint, for `client/ui/showcase.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from client.events import LinkState, LinkStatus, Outcome, PairingAnswered
from client.ui.pairing_dialog import PairingDialog
from client.ui.showcase_parts import ADDRESS, begin, reset, see, verdict
from client.ui.window import CheckpointWindow
from protocol.errors import Code, sentence
from security.pairing_code import PairingCode

State = Callable[[CheckpointWindow], None]

CODE = PairingCode("192.168.1.20", 5050, bytes(range(10, 20)), bytes(range(5)))


@dataclass(frozen=True, slots=True)
class MadeUpServer:
    """A server found on the network."""

    name: str
    address: str


class MadeUpFinder:
    """Has found two servers."""

    found: Sequence[MadeUpServer] = (
        MadeUpServer("Main hall", "192.168.1.20:5050"),
        MadeUpServer("Workshop", "192.168.1.31:5050"),
    )

    def close(self) -> None:
        """Nothing to end."""


def _trouble(state: LinkState, *, kept: int = 0) -> State:
    def show(window: CheckpointWindow) -> None:
        begin(window)
        see(window)
        name = "" if state is LinkState.NOT_PAIRED else "lobby-server"
        window.handle(LinkStatus(state, server_name=name, address=ADDRESS, kept=kept))

    return show


def _in_the_list(window: CheckpointWindow) -> None:
    """A verdict that did not come: the list says the same as the banner."""
    _trouble(LinkState.REVOKED, kept=1)(window)
    window.handle(verdict(Outcome.SERVER_UNREACHABLE, None))


def _dialog(
    window: CheckpointWindow, state: LinkState = LinkState.NOT_PAIRED, *, found: bool = False
) -> PairingDialog:
    reset(window)
    window.handle(LinkStatus(state, address=ADDRESS))
    see(window)
    window.open_pairing(find=MadeUpFinder if found else None)
    if window.dialogs.pairing is None:
        raise RuntimeError("the pairing dialog did not open")
    return window.dialogs.pairing


def _typed(text: str, *, found: bool = False) -> State:
    def show(window: CheckpointWindow) -> None:
        _dialog(window, found=found).code.set(text)

    return show


def _answered(*, ok: bool, said: str) -> State:
    def show(window: CheckpointWindow) -> None:
        dialog = _dialog(window)
        dialog.code.set(str(CODE))
        dialog.pair()
        window.handle(PairingAnswered(ok, said, "192.168.1.20", 5050))

    return show


def _asking(window: CheckpointWindow) -> None:
    dialog = _dialog(window)
    dialog.code.set(str(CODE))
    dialog.pair()


def _shown(_dialog: PairingDialog) -> None:
    """A state is shown, whatever it is made of."""


def _wrong(text: str) -> str:
    """The same code with one character that does not belong there."""
    return f"{text[:-1]}{'0' if text[-1] != '0' else '1'}"


PAIRING: dict[str, State] = {
    "not-paired": _trouble(LinkState.NOT_PAIRED),
    "revoked": _trouble(LinkState.REVOKED, kept=3),
    "revoked-result": _in_the_list,
    "server-changed": _trouble(LinkState.SERVER_CHANGED, kept=3),
    "pair": _typed(""),
    "pair-typing": _typed("20 1hsh 9k2q", found=True),
    "pair-strange-character": _typed("1HSH9-UK2Q"),
    "pair-wrong-code": _typed(_wrong(str(CODE))),
    "pair-asking": _asking,
    "pair-refused": _answered(ok=False, said=sentence(Code.PAIRING_REFUSED)),
    "pair-done": _answered(ok=True, said="Paired with lobby-server."),
    "pair-server-changed": lambda window: _shown(_dialog(window, LinkState.SERVER_CHANGED)),
}
