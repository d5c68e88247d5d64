"""Texts typed by people: names made clean or refused, and any text made safe to show."""

import unicodedata

from protocol.errors import NameInvalid

MAX_NAME = 100
"""Characters in a name, after cleaning: what a badge and a table row can show."""

_MAX_RAW = 10 * MAX_NAME  # longer texts are refused before any work is done on them
_JOINERS = "\u200c\u200d"  # part of ordinary Persian, Hindi and emoji spelling
_INVISIBLE = "\u115f\u1160\u2800\u3164\uffa0"  # letters by category that show as blank
_BLANK = frozenset(_INVISIBLE)
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_ELLIPSIS = "…"
# Letters that look like Latin ones, of Unicode's confusables.txt (UTS 39): Cyrillic, Greek, and
# the digits and letters that many typefaces draw alike.
_TWINS = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb\u04cf"
    "\u043a\u043c\u043d\u0442\u0432"
    "\u03b1\u03b5\u03bf\u03c1\u03c5\u03c7\u03b9\u03ba\u03bd\u03c4\u03b7\u03b2\u03bc\u03b6\u0131"
    "01i",
    "aeopcyxljsdqwhlkmhtbaeopyxlkvtnbmzloll",
)


def clean_name(text: str) -> str:
    """Gives a name in NFC with blanks folded: 1 to `MAX_NAME` characters on one line.

    Raises:
        NameInvalid: With a sentence for the person who typed it.
    """
    if len(text) > _MAX_RAW:
        raise _too_long(len(text))
    for character in () if _is_safe(text) else text:
        if _is_unsafe(character):
            raise NameInvalid(
                f"The name holds a character that cannot be shown (U+{ord(character):04X}). "
                "Type it again."
            )
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not any(map(_is_visible, name)):
        raise NameInvalid("The name is empty. Type a name.")
    if len(name) > MAX_NAME:
        raise _too_long(len(name))
    return name


def printable(text: str, limit: int = MAX_NAME) -> str:
    r"""Gives any text on one line, safe to show: what does not print becomes an escape like \x1b.

    Args:
        text: Anything, of any length.
        limit: Most characters given back; a longer text ends with an ellipsis.
    """
    shown: list[str] = []
    room = limit
    for character in text[: limit + 1]:
        piece = _escape(character) if _is_unsafe(character) else character
        shown.append(piece)
        room -= len(piece)
        if room < 0:
            return "".join(shown)[: limit - 1] + _ELLIPSIS
    return "".join(shown)


def is_plain(text: str, *, lines: bool = False) -> bool:
    """Says whether a text shows as it is, without controls, bidi marks and surrogates.

    Args:
        text: What to look at.
        lines: Line feeds are allowed.
    """
    return _is_safe(text) or not any(_is_unsafe(c) for c in text if not (lines and c == "\n"))


def look_alike(text: str) -> str:
    """The same for two names that a person takes for the same at a glance: to compare, not to show.

    Without case, accents, blanks and marks of punctuation; letters of other scripts and digits
    that look like a Latin letter are that letter. A name of marks alone stays what it is.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(
        c for c in folded if unicodedata.category(c)[0] in "LNMS" and not unicodedata.combining(c)
    )
    return bare.translate(_TWINS) or folded


def _is_safe(text: str) -> bool:
    """Whether no character is unsafe, as far as a look in bulk can tell; False may still be safe.

    What Python prints as it is has none of the unsafe categories and no code without a character.
    """
    return text.isprintable() and (text.isascii() or _BLANK.isdisjoint(text))


def _is_unsafe(character: str) -> bool:
    if character in _JOINERS:
        return False
    code = ord(character)
    return (
        unicodedata.category(character) in _UNSAFE
        or character in _INVISIBLE
        or code & 0xFFFE == 0xFFFE  # not characters, in every plane
        or 0xFDD0 <= code <= 0xFDEF
    )


def _is_visible(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character)[0] not in "MZ"


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _too_long(length: int) -> NameInvalid:
    return NameInvalid(f"The name has {length} characters; {MAX_NAME} fit. Shorten it.")
