"""A sign-in that was refused, in words: why, and how long is left until the next try."""

from client.sign_in_events import SignInAnswered
from protocol.errors import Code

WHY: dict[str, str] = {
    Code.SIGN_IN_REFUSED: "The name or the password is wrong.",
    Code.SIGN_IN_LATER: "Too many wrong passwords.",
}
"""Without the time, which the server's own sentence names once and which goes on here."""

AGAIN = "Now you can try again."
LONG_S = 60
"""From so long on the administrator is worth a call: they can end the wait at the server."""
LET = "The administrator can end the wait: then press Try now."


def why(event: SignInAnswered) -> str:
    """Why it was refused, without how long to wait."""
    return WHY.get(event.code) or event.sentence


def waiting(reason: str, left_s: int) -> str:
    """The reason, and the time that is left."""
    minutes, seconds = divmod(left_s, 60)
    time = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"{reason} Try again in {time}."
