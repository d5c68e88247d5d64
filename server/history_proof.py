"""What is said of the proofs of the history's rows: at a start, and by a look at every row."""

from collections.abc import Callable, Collection, Sequence

from database.migrations import PROVEN_SINCE
from database.verifying import NAMED, PAUSE_S, RowsLooked, Seen, look_at_rows
from protocol.text import printable
from server.command_words import server_command
from server.data_folder import DataFolder
from server.history_accepted import MOST_EVENTS, Accepted, beyond
from server.history_cipher import HistoryCipher
from server.stand_records import PROVEN, ROWS, Stand
from server.stands import Stands
from server.utc import utc_minute
from server.vault import Vault

_GAPS = 3
"""Of more gaps than these only the first are named."""


def look_back(stands: Stands, *, upgraded_from: Sequence[int]) -> tuple[str, ...]:
    """At a start: `Stands.look`, with what proves the rows of the history.

    Args:
        stands: Notes that there are proofs.
        upgraded_from: Versions that the history had before this start. Of one without proofs its
            rows are proven as they stand. That happens once: the second time somebody has taken
            the proofs away, to have rows proven that they changed.

    Raises:
        AuditProblem: As `Stands.look`.
    """
    proved_now = any(version < PROVEN_SINCE for version in upgraded_from)
    stands.watch(ROWS, lambda: None if proved_now else Stand(PROVEN))
    put_back = stands.look()
    stands.watch(ROWS, lambda: Stand(PROVEN))
    stands.note()
    return put_back


def daily_look(
    folder: DataFolder, vault: Vault, *, stop: Callable[[], bool], accepted: Accepted
) -> str:
    """Looks at every row beside the running server; a sentence when something is wrong.

    Args:
        folder: The data.
        vault: What seals them.
        stop: Asked now and then whether to give up; then nothing is said.
        accepted: What is known, and no finding.

    Raises:
        DatabaseProblem: The history cannot be read.
    """
    if not folder.database.exists():
        return ""
    cipher = HistoryCipher(vault)
    looked = look_at_rows(folder.database, cipher, pause_s=PAUSE_S, stop=stop, named=MOST_EVENTS)
    looked = beyond(looked, accepted)
    # Names may be missing while somebody is being erased: `audit verify` knows who was.
    found = [] if stop() else sentences_of(looked, looked.nameless)
    if len(found) > 1:
        command = server_command("audit", "verify", folder=folder.root)
        found[1:] = [f"There is more, which this tells: {command}"]
    return " ".join(found)


def sentences_of(looked: RowsLooked, erased: Collection[str] = ()) -> list[str]:
    """A sentence for each event that was changed, and for rows and names that are not there.

    Where something is strange in what the history is made of, one sentence for all of it.

    Args:
        looked: What the look found.
        erased: Ids of people whose names may be gone.
    """
    if looked.strange:
        return [
            (
                "The history is not made as this program makes it "
                f"({'; '.join(looked.strange)}): somebody or another program changed it. Nothing "
                "that it shows can be trusted: set it aside and restore the latest backup."
            )
        ]
    named = looked.changed[:NAMED]
    found = [f"{_event(one)} was changed outside of the program." for one in named]
    more = looked.changed_count - len(named)
    if more:
        found.append(f"So were {more} more events of the history.")
    if looked.missing != 0:
        found.append(_missing(looked))
    nameless = len(looked.nameless - set(erased))
    if nameless:
        whose = "1 person" if nameless == 1 else f"{nameless} people"
        found.append(f"Names of {whose} are missing in the history: somebody deleted them.")
    return found


def _missing(looked: RowsLooked) -> str:
    missing = looked.missing
    if missing is None:
        return (
            "The history's count of events that were deleted by their age was changed: whether "
            "any are missing cannot be told."
        )
    if missing < 0:
        count = "1 event" if missing == -1 else f"{-missing} events"
        return (
            f"The history has {count} more than there may be: somebody put back what was deleted "
            "when its time was over."
        )
    count = "1 event is" if missing == 1 else f"{missing} events are"
    return (
        f"{count} missing in the history, which came to number {looked.newest}: somebody deleted "
        f"rows.{_between(looked.gaps)}"
    )


def _between(gaps: Sequence[tuple[Seen, Seen]]) -> str:
    if not gaps:
        return " They were its oldest or its newest."
    named = "; ".join(
        f"{before.sequence} ({utc_minute(before.recorded_at_ms)}) and "
        f"{after.sequence} ({utc_minute(after.recorded_at_ms)})"
        for before, after in gaps[:_GAPS]
    )
    more = " and elsewhere" if len(gaps) > _GAPS else ""
    return f" Numbers are missing between {named}{more}."


def _event(seen: Seen) -> str:
    at = utc_minute(seen.recorded_at_ms)
    return f"Event {printable(seen.event_id)} (number {seen.sequence}, {at})"
