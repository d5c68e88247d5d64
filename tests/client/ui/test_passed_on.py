"""What is changed in the settings reaches the checkpoint; what is not changed does not."""

from dataclasses import replace

from client.settings import ClientSettings
from client.ui.passed_on import pass_on
from tests.client.ui.fakes import FakeEngine


def test_only_what_is_another_one_is_told() -> None:
    """Each by its own call; the theme is the window's alone."""
    engine, old = FakeEngine(), ClientSettings(source="demo:")
    pass_on(engine, old, replace(old, theme="dark" if old.theme == "light" else "light"))
    assert engine.calls == []
    pass_on(engine, old, replace(old, server_port=5051, source="camera:1"))
    assert [call.partition("(")[0] for call in engine.calls] == ["change_server", "change_source"]
    engine.calls.clear()
    new = replace(old, checkpoint_name="Yard", automatic=not old.automatic)
    pass_on(engine, old, new)
    assert [call.partition("(")[0] for call in engine.calls] == [
        "change_name",
        "set_automatic",
    ]
