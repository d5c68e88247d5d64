"""What a checkpoint may be shown as: not under a name by which another one is known.

A checkpoint says its name in each hello, so that it can be renamed where it stands, unless an
administrator gave it one: that stays. A name says nothing about who it is (its certificate does),
but it is what people read in the history.
"""

import functools
from collections.abc import Callable, Iterable

from protocol.text import look_alike
from server.devices import Device
from server.events import CheckpointStatus
from server.incidents import Incidents

_ROOM = 60
"""Characters of a name that every table shows."""

_key = functools.lru_cache(maxsize=8192)(look_alike)


class ShownNames:
    """Answers any thread.

    Another one is known by the name it was paired under, by that it is shown as now, and by its id.

    Args:
        devices: Everybody who was paired.
        seen: Every checkpoint as it is shown.
        incidents: Is told when a name was another's.
    """

    def __init__(
        self,
        devices: Callable[[], Iterable[Device]],
        seen: Callable[[], Iterable[CheckpointStatus]],
        incidents: Incidents,
    ) -> None:
        self._devices = devices
        self._seen = seen
        self._incidents = incidents

    def of(self, checkpoint_id: str, said: str) -> str:
        """What to show for the name that a checkpoint says, or for the one that it was given.

        The name itself while no other goes by it or by one that looks like it, else with the id
        behind it. Two that were paired under one name are both told apart so, and nobody is
        suspected; any other is an incident.
        """
        paired = {one.checkpoint_id: one for one in self._devices() if one.revoked_at_ms is None}
        own = paired.get(checkpoint_id)
        if own is not None and own.named:
            said = own.name
        shown = {one.checkpoint_id: one.name for one in self._seen()}
        wanted = _key(said)
        for other_id, other in paired.items():
            names = (other.name, shown.get(other_id, other.name), other_id)
            if other_id == checkpoint_id or wanted not in map(_key, names):
                continue
            if own is None or _key(own.name) != wanted:
                self._incidents.name_taken(checkpoint_id, said, other_id)
            ending = f" ({checkpoint_id})"
            return said[: _ROOM - len(ending)] + ending
        return said
