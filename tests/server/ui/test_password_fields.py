"""A new password: judged while it is typed, and typed twice."""

from server.ui.password_fields import NewPassword, labelled
from server.ui.window import ServerWindow
from tests.server.office import GOOD


def test_a_sentence_follows_what_is_typed(window: ServerWindow) -> None:
    """Too short, too easy, not the same, good; dots stand in its place."""
    accepted: list[int] = []
    fields = NewPassword(
        window.root, name=lambda: "grace hopper", accept=lambda: accepted.append(1)
    )
    assert fields.check() is None
    assert "12" in str(fields.note.cget("text"))
    for typed, again, told in (
        ("short", "", "7 more"),
        ("aaaaaaaaaaaaaa", "", "Too easy"),
        ("grace hopper 99", "", "Too easy"),
        (GOOD, "", "Good"),
        (GOOD, "something else", "not the same"),
    ):
        fields.clear()
        fields.first.insert(0, typed)
        fields.again.insert(0, again)
        assert fields.check() is None, typed
        assert told in str(fields.note.cget("text"))
    fields.complain()
    fields.clear()
    fields.first.insert(0, GOOD)
    fields.complain()
    assert "once more" in str(fields.note.cget("text"))
    fields.again.insert(0, GOOD)
    assert fields.check() == GOOD
    assert fields.first.cget("show") == fields.again.cget("show") == "•"


def test_a_plain_field_shows_what_is_typed(window: ServerWindow) -> None:
    """A name is no secret."""
    assert not str(labelled(window.root, "Name").cget("show"))
