"""Tests of what is asked before a code is shown."""

import pytest

from protocol.sign_in import WhoEnrols
from server.addresses import OwnAddress
from server.ui.pairing_question import PairingQuestion, Wanted
from server.ui.window import ServerWindow

CARDS = (OwnAddress("192.168.1.20", "eth0"), OwnAddress("10.20.0.7", "wlan0"))


def _question(window: ServerWindow, host: str, pressed: list[str]) -> PairingQuestion:
    made = PairingQuestion(
        window.checkpoints,
        host=host,
        port=5050,
        listen=lambda: pressed.append("listen"),
        addresses=lambda: CARDS,
    )
    made.pack()
    window.go("Checkpoints")
    window.root.update()
    return made


def test_a_server_on_the_loopback_is_said_plainly(window: ServerWindow) -> None:
    """With the button that mends it; then the addresses of the network are offered."""
    pressed: list[str] = []
    question = _question(window, "127.0.0.1", pressed)
    assert "cannot reach it" in question.banner.text
    question.banner.button.focus_force()
    question.banner.button.invoke()
    assert pressed == ["listen"]
    question.listens_on("0.0.0.0", 5050)
    window.root.update()
    assert not question.banner.winfo_ismapped()
    assert window.root.focus_get() is question.name, "the keyboard goes on"
    assert question.address["values"] == ("192.168.1.20:5050", "10.20.0.7:5050")
    assert question.wanted() == Wanted(
        "", who_enrols=WhoEnrols.SIGNED_IN, address="192.168.1.20:5050"
    )
    question.destroy()


def test_what_cannot_be_used_is_a_sentence(window: ServerWindow) -> None:
    """A name too long, no address at all."""
    question = _question(window, "192.168.1.20", [])
    question.name.insert(0, "x" * 300)
    with pytest.raises(ValueError, match="300 characters"):
        question.wanted()
    question.name.delete(0, "end")
    question.address.set(" ")
    with pytest.raises(ValueError, match="Write the address"):
        question.wanted()
    question.destroy()
