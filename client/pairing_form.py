"""What the pairing dialog accepts: the code put into groups while it is typed, and its mistakes."""

from dataclasses import dataclass

from protocol.address import join_address, split_address
from security.pairing_code import CodeInvalid, PairingCode, read_code

CODE_CHARACTERS = 40
"""Of a code with an IPv4 address; one with an IPv6 address has 60."""

_GROUP = 5
_LONGEST = 60
# How a character is understood that people take for another one (Crockford's base32).
_MEANT = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class PairingForm:
    """The dialog's content at one moment, as typed; an empty address means that of the code."""

    code: str = ""
    address: str = ""

    @property
    def count(self) -> int:
        """Characters of the code so far, dashes and spaces left out."""
        return len(_bare(self.code))

    @property
    def read(self) -> PairingCode | None:
        """What the code holds, None while it cannot be read."""
        try:
            return read_code(self.code)
        except CodeInvalid:
            return None

    @property
    def hint(self) -> str:
        """How far the code is, while it is typed."""
        left = CODE_CHARACTERS - self.count
        if left == CODE_CHARACTERS:
            return "It stands on the server's screen: forty characters in groups of five."
        if left <= 0:
            return ""
        group = self.count // _GROUP + 1
        return f"Group {group} of {CODE_CHARACTERS // _GROUP}: {left} more to go."

    @property
    def code_problem(self) -> str:
        """What is wrong with the code, a sentence; "" while it may still become right."""
        bare = _bare(self.code)
        strange = next((at for at, one in enumerate(bare) if not _possible(one)), None)
        if strange is not None:
            group = strange // _GROUP + 1
            return f"Group {group}: a code has no {bare[strange]!r} in it. Type it as it is shown."
        if len(bare) < CODE_CHARACTERS:
            return ""
        try:
            read_code(self.code)
        except CodeInvalid as error:
            return str(error)
        return ""

    @property
    def address_problem(self) -> str:
        """What is wrong with the address, a sentence; "" when nothing is."""
        if not self.address.strip():
            return ""
        try:
            split_address(self.address)
        except ValueError as error:
            return str(error)
        return ""

    @property
    def complete(self) -> bool:
        """Whether it can be sent."""
        return self.read is not None and not self.address_problem

    @property
    def address_of_code(self) -> str:
        """Where the code says the server is; "" while it cannot be read."""
        code = self.read
        return "" if code is None else join_address(code.host, code.port)

    @property
    def other_address(self) -> str | None:
        """The address when it is another than that of the code, else None."""
        typed = self.address.strip()
        return None if typed in ("", self.address_of_code) else typed


def grouped(text: str, caret: int) -> tuple[str, int]:
    """The code as it is shown, in groups of five, and where the caret belongs in it.

    Args:
        text: As typed or pasted: small letters, O and I, spaces, dashes, any grouping.
        caret: Where the caret is in `text`, in characters from its begin.
    """
    before = len(_bare(text[:caret]))
    bare = _bare(text)[:_LONGEST]
    groups = [bare[at : at + _GROUP] for at in range(0, len(bare), _GROUP)]
    shown = "-".join(groups)
    before = min(before, len(bare))
    place = before + (before - 1) // _GROUP if before else 0
    return shown, place


def _bare(text: str) -> str:
    kept = "".join(one for one in text.upper() if one.isalnum())
    return kept.translate(_MEANT)


def _possible(character: str) -> bool:
    return character.isascii() and character.isalnum() and character != "U"
