"""What is printed with a recovery key."""

from security.recovery import RecoveryKey
from server.recovery_paper import RecoveryPaper

KEY = RecoveryKey(bytes(range(20)))
PAPER = RecoveryPaper(
    key=KEY,
    fingerprint="5d1e 77a0 93bc 4f26",
    server="<b>Lobby</b>",
    made_at_ms=1_790_000_000_000,
    command="python3 run.py server key use-recovery",
)


def test_the_text_holds_the_key_and_what_it_is_for() -> None:
    """Typed from the paper it is the key again."""
    assert RecoveryKey.parse("".join(PAPER.lines)) == KEY
    for line in PAPER.lines:
        assert line in PAPER.text
    assert PAPER.fingerprint in PAPER.text
    assert PAPER.command in PAPER.text
    assert "2026-09-21" in PAPER.text


def test_the_page_is_plain_and_loads_nothing() -> None:
    """What the administrator named cannot become part of the page."""
    assert "<b>Lobby" not in PAPER.page
    assert "&lt;b&gt;Lobby" in PAPER.page
    assert "\n".join(PAPER.lines) in PAPER.page
    for outside in ("http", "src=", "<script", "@import", "url("):
        assert outside not in PAPER.page
