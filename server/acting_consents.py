"""The text that people agree to, as one signed-in person may read and replace it."""

from typing import TYPE_CHECKING

from server.administration import Administration
from server.permissions import Action, Actor

if TYPE_CHECKING:
    from server.consent_texts import ConsentText
    from server.consents import Consents, ConsentState


class ActingConsents:
    """The texts for one actor; as `server.consents.Consents`."""

    def __init__(self, consents: "Consents", administration: Administration, actor: Actor) -> None:
        self._consents = consents
        self._administration = administration
        self._actor = actor

    def state(self) -> "ConsentState":
        """How it stands now; looks at everybody.

        Raises:
            NotAllowed: They may not see it.
            ConsentTextsBroken: The file is damaged, or somebody changed it.
        """
        self._administration.check(self._actor, Action.VIEW_CONSENT_TEXT)
        return self._consents.state()

    def put_in_force(self, text: str, *, instead_of: int) -> "ConsentText":
        """From now on checkpoints show this text; raises as `Consents.put_in_force`.

        Raises:
            NotAllowed: They may not.
        """
        return self._administration.act(
            self._actor,
            Action.CHANGE_CONSENT_TEXT,
            lambda: self._consents.put_in_force(text, instead_of=instead_of),
            target=str(instead_of),
            done=lambda made: (str(made.version), {"characters": len(made.text)}),
        )
