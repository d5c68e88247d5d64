"""What a sign-in at this checkpoint tells the window; none of it holds a password."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignInAnswered:
    """The server's answer to a sign-in, or that there is none.

    Attributes:
        ok: They may enrol now.
        sentence: Why not, for the person who typed; "" when ok.
        code: "" when ok, otherwise of the protocol; `server_unreachable` when nothing came.
        name: Of the account.
        wait_s: Before so many seconds the server looks at no other password; 0 for at once.
        idle_s: Without an enrolment for so many seconds it ends.
    """

    ok: bool
    sentence: str = ""
    code: str = ""
    name: str = ""
    idle_s: int = 0
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class SignInEnded:
    """Nobody is signed in here any more: they signed out, or the connection ended."""
