"""What is printed with a recovery key: as text, and as a page that a browser prints."""

import html
from dataclasses import dataclass

from security.recovery import RecoveryKey
from server.utc import utc_minute

GROUPS_A_LINE = 3
_WHAT_FOR = (
    "It opens the data of this server when the computer's own key is lost. Keep it away from the "
    "computer: whoever has it and a copy of the data can open them."
)
_STYLE = (
    "body{font:16px/1.5 sans-serif;margin:3cm 2.5cm;max-width:17cm;color:#000;background:#fff}"
    "pre{font:bold 30px/1.6 monospace;border:2px solid #000;padding:.4em .8em;margin:1em 0}"
    "dt{font-weight:bold}dd{margin:0 0 .6em 0}code{font:15px monospace}"
)


@dataclass(frozen=True, slots=True)
class RecoveryPaper:
    """A recovery key with what has to be known of it years later.

    Attributes:
        key: The key.
        fingerprint: Of the data that it opens.
        server: The server's name.
        made_at_ms: When, ms since the epoch, UTC.
        command: What is typed to use it.
    """

    key: RecoveryKey
    fingerprint: str
    server: str
    made_at_ms: int
    command: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The key, three groups a line."""
        groups = self.key.groups
        return tuple(
            "-".join(groups[at : at + GROUPS_A_LINE]) for at in range(0, len(groups), GROUPS_A_LINE)
        )

    @property
    def text(self) -> str:
        """For an editor, or a printer of plain text."""
        key = "\n".join(f"    {line}" for line in self.lines)
        facts = "\n".join(f"{word + ':':<14}{said}" for word, said in self._facts)
        return f"FaceNetGrid: recovery key\n\n{key}\n\n{facts}\n\n{_WHAT_FOR}\n"

    @property
    def page(self) -> str:
        """A page for a browser to print; it loads nothing from anywhere."""
        facts = "".join(
            f"<dt>{html.escape(word)}</dt><dd>{html.escape(said)}</dd>"
            for word, said in self._facts
        )
        key = html.escape("\n".join(self.lines))
        return (
            '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
            f"<title>FaceNetGrid: recovery key</title><style>{_STYLE}</style>\n"
            f"<h1>Recovery key</h1><p>{html.escape(_WHAT_FOR)}</p>\n<pre>{key}</pre>\n"
            f"<dl>{facts}</dl></html>\n"
        )

    @property
    def _facts(self) -> tuple[tuple[str, str], ...]:
        day = utc_minute(self.made_at_ms)
        return (
            ("Server", self.server),
            ("Opens data", f"with the fingerprint {self.fingerprint}"),
            (
                "Shown",
                f"{day}. It opens every backup made from then on, and none of before",
            ),
            ("To use it", self.command),
        )
