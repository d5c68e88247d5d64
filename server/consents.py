"""The text that people agree to, with how many agreed to which version: to read and to replace."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from server.consent_texts import ConsentText, ConsentTexts
from server.stored_person import Primitive

Consent = Mapping[str, Primitive] | None


@dataclass(frozen=True, slots=True)
class ConsentState:
    """How it stands.

    Attributes:
        in_force: What checkpoints show now.
        texts: Every text that is or was in force, the newest version first.
        people: How many of those who are enrolled agreed to which version last.
        stated: How many are enrolled on a ground that was stated (photos, imports).
        nothing: Of how many nothing was noted.
        own: How many agreed in other words, said at a checkpoint, which stand with them.
    """

    in_force: ConsentText
    texts: tuple[ConsentText, ...]
    people: Mapping[int, int]
    stated: int = 0
    nothing: int = 0
    own: int = 0

    @property
    def agreed(self) -> int:
        """How many agreed to what is in force."""
        return self.people.get(self.in_force.version, 0)


class Consents:
    """Reads and replaces the text in force. Any thread may call.

    Args:
        texts: The texts.
        consents: What was noted at everybody who is enrolled.
    """

    def __init__(self, texts: ConsentTexts, consents: Callable[[], Iterable[Consent]]) -> None:
        self._texts = texts
        self._consents = consents

    def state(self) -> ConsentState:
        """How it stands now; looks at everybody.

        Raises:
            ConsentTextsBroken: The file is damaged, or somebody changed it.
        """
        texts = self._texts.all()
        versions = {one.text: one.version for one in texts}
        people: Counter[int] = Counter()
        stated = nothing = own = 0
        for consent in self._consents():
            # By the words: what was agreed to, whatever number it had then.
            words = None if consent is None else consent.get("text")
            if isinstance(words, str) and words in versions:
                people[versions[words]] += 1
            elif words:
                own += 1
            elif consent:
                stated += 1
            else:
                nothing += 1
        now = self._texts.in_force()
        return ConsentState(now, tuple(reversed(texts)), people, stated, nothing, own)

    def put_in_force(self, text: str, *, instead_of: int) -> ConsentText:
        """As `ConsentTexts.put_in_force`."""
        return self._texts.put_in_force(text, instead_of=instead_of)
