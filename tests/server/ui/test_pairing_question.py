"""Tests of what is asked before a code is shown."""

import pytest

from protocol.sign_in import WhoEnrols
from server.addresses import OwnAddress
from server.ui.pairing_question import PairingQuestion, Wanted
from server.ui.window import ServerWindow

CARDS = (OwnAddress("192.168.1.20", "eth0"), OwnAddress("10.20.0.7", "wlan0"))


def _question(
    window: ServerWindow, host: str, pressed: list[str], came_by: str = ""
) -> PairingQuestion:
    made = PairingQuestion(
        window.checkpoints,
        host=host,
        port=5050,
        listen=lambda: pressed.append("listen"),
        came_by=came_by,
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


@pytest.mark.parametrize(
    ("came_by", "offered", "note"),
    [
        ("10.20.0.7", "10.20.0.7:5050", "It came by this one before."),
        ("172.16.0.1", "192.168.1.20:5050", "Choose the one"),
        ("", "192.168.1.20:5050", "Choose the one"),
    ],
)
def test_the_address_that_it_came_by_is_offered(
    window: ServerWindow, came_by: str, offered: str, note: str
) -> None:
    """Of several, while there still is one; all others can be chosen."""
    question = _question(window, "0.0.0.0", [], came_by)
    assert question.address.get() == offered
    assert note in str(question.note.cget("text"))
    assert len(question.address["values"]) == 2
    question.destroy()
