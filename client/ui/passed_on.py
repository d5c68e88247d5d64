"""Tells a running checkpoint what was changed in its settings; the rest it needs no word of."""

from typing import TYPE_CHECKING

from client.settings import ClientSettings

if TYPE_CHECKING:
    from client.ui.starter import Engine


def pass_on(engine: "Engine", old: ClientSettings, new: ClientSettings) -> None:
    """Tells it what is another one now.

    Args:
        engine: The checkpoint; its methods return at once.
        old: What it goes by.
        new: What it is to go by.
    """
    if (old.server_host, old.server_port) != (new.server_host, new.server_port):
        engine.change_server(new.server_host, new.server_port)
    if old.checkpoint_name != new.checkpoint_name:
        engine.change_name(new.checkpoint_name)
    if old.source != new.source:
        engine.change_source(new.source)
    if old.pad_model != new.pad_model:
        engine.change_pad_model(new.pad_model)
    if old.automatic != new.automatic:
        engine.set_automatic(on=new.automatic)
