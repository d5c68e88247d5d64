"""What a sign-in tells: nothing that could hold a password."""

from dataclasses import fields

from client.sign_in_events import SignInAnswered, SignInEnded


def test_no_event_has_room_for_a_password() -> None:
    """They go to the window and to whoever logs events."""
    names = {field.name for kind in (SignInAnswered, SignInEnded) for field in fields(kind)}
    assert names == {"ok", "sentence", "code", "name", "idle_s", "wait_s"}
