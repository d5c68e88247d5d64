"""How events are worded: rows of the history, the answer to "Why?", times, filters. No Tk."""

import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from database.reader import EventFilter
from database.records import EventRecord, Outcome, folded
from protocol.text import printable
from server.fault_words import count
from server.held_up import REPLAYED, TRIED, found_is

if TYPE_CHECKING:
    from server.failed_sign_ins import FailedSignIns

Tone = Literal["good", "bad", "warn", "info", "neutral"]

# Sign, word, tone of each outcome. The signs are in every common font.
OUTCOMES: Mapping[Outcome, tuple[str, str, Tone]] = {
    "identified": ("✓", "Identified", "good"),
    "not_enrolled": ("✕", "Not enrolled", "bad"),
    "ambiguous": ("≈", "Ambiguous", "warn"),
    "poor_quality": ("◌", "Poor quality", "neutral"),
    "no_face": ("–", "No face", "neutral"),
    "server_unreachable": ("!", "Server unreachable", "warn"),
    "spoof_suspected": ("⊘", "Spoof suspected", "bad"),
}
SUSPECTED: Mapping[str, tuple[str, str, Tone]] = {
    TRIED: ("⊘", "Too many tries", "warn"),
    REPLAYED: ("⊘", "Sent before", "bad"),
}
"""The same of `spoof_suspected` where this is the reason."""
CHANGED: tuple[str, str, Tone] = ("!", "Changed", "bad")
"""The same of an event whose row somebody changed, whatever it says now."""
CHANGED_SENTENCE = (
    "This entry was changed outside of the program: what it says is not what was recorded. Tell "
    "the administrator. This looks at every entry: {command}"
)
"""`command` is `audit verify` for the data of this server."""
NOTHING = "–"


_CLOCKS_DIFFER = " !"
_OFFLINE, _LATE = "offline", "late"

COLUMNS = (
    "Time",
    "Checkpoint",
    "Who",
    "Result",
    "Distance",
    "Limit",
    "Runner-up",
    "Verdict",
)

_QUALITY: Mapping[str, tuple[str, str]] = {
    "size_px": ("face", "{:.0f} px"),
    "brightness": ("brightness", "{:.0f} of 255"),
    "sharpness": ("sharpness", "{:.2f}"),
    "yaw": ("turned", "{:.0f}"),
}

_FLAWS: Mapping[str, str] = {
    "too_small": "face too small",
    "too_dark": "too dark",
    "too_bright": "too bright",
    "blurred": "blurred",
    "turned_away": "turned away",
    "cut_off": "face cut off by the edge",
    "several_faces": "several faces in view",
}


@dataclass(frozen=True, slots=True)
class Why:
    """The answer to "Why?": one sentence and the numbers behind it."""

    sentence: str
    facts: tuple[tuple[str, str], ...]


def clock(time_ms: int) -> str:
    """Date and time of this computer's clock, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_ms / 1000))


def when(time_ms: int, now_ms: int) -> str:
    """As `clock`, short enough for a row: without the year while it is this one."""
    then = time.localtime(time_ms / 1000)
    if then.tm_year == time.localtime(now_ms / 1000).tm_year:
        return time.strftime("%m-%d %H:%M:%S", then)
    return time.strftime("%Y-%m-%d %H:%M", then)


def day(time_ms: int, now_ms: int) -> str:
    """A day as people say it, and the time: "yesterday 21:14"."""
    then, now = time.localtime(time_ms / 1000), time.localtime(now_ms / 1000)
    days = datetime.date(*now[:3]) - datetime.date(*then[:3])
    words = {0: "today", 1: "yesterday"}
    word = words.get(days.days, time.strftime("%Y-%m-%d", then))
    return f"{word} {time.strftime('%H:%M', then)}"


def failed_sign_ins(found: "FailedSignIns", now_ms: int) -> str:
    """What is told to who has signed in."""
    tries = "1 try" if found.count == 1 else f"{found.count} tries"
    there = ""
    if found.elsewhere:
        there = ", at a checkpoint" if found.elsewhere == found.count else ", some at a checkpoint"
    # Not what the Users page calls the last sign-in: one at a checkpoint told nobody of this.
    since = "you last signed in here" if found.ever else "your account was made"
    last = day(found.last_ms, now_ms)
    return f"{tries} to sign in with your name failed since {since} (last: {last}{there})."


def ago(time_ms: int, now_ms: int, *, connected: bool = False) -> str:
    """How long ago, in the largest whole unit."""
    seconds = max(0, (now_ms - time_ms) // 1000)
    if connected and seconds < 10:
        return "now"
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {word} ago"
    return f"{seconds} s ago"


def left(seconds: float | None) -> str:
    """Time left, as rough as it is known."""
    if seconds is None:
        return "working out the time left"
    if seconds < 10:
        return "a few seconds left"
    if seconds < 90:
        return f"about {round(seconds / 5) * 5} s left"
    return f"about {round(seconds / 60)} min left"


def result(record: EventRecord) -> tuple[str, str, Tone]:
    """Sign, word and tone of what an event came to, by its reason where that says more."""
    if record.changed:
        return CHANGED
    if record.outcome == "spoof_suspected":
        for sentence, words in SUSPECTED.items():
            if found_is(record.reason, sentence):
                return words
    return OUTCOMES[record.outcome]


def held_up(record: EventRecord) -> bool:
    """Whether nobody was named because of too many tries."""
    return record.outcome == "spoof_suspected" and found_is(record.reason, TRIED)


def who(record: EventRecord) -> str:
    """The person as the checkpoint was told."""
    return printable(record.display_name) if record.display_name else NOTHING


def row(record: EventRecord) -> tuple[str, ...]:
    """The cells of one event, in the order of `COLUMNS`; every text is safe to show."""
    sign, word, _tone = result(record)
    runner_up = NOTHING
    if record.runner_up_distance is not None:
        name = printable(record.runner_up_name or "", 30)
        runner_up = f"{record.runner_up_distance:.3f} {name}".strip()
    return (
        when(_shown_ms(record), time.time_ns() // 1_000_000)
        + (_CLOCKS_DIFFER if record.clock_skew else ""),
        printable(record.checkpoint_name, 60),
        who(record),
        f"{sign} {word}",
        _number(record.nearest_distance),
        _number(record.threshold),
        runner_up,
        _verdict_in(record),
    )


def seen_at(record: EventRecord) -> str:
    """When it was stored; what came afterwards has the time when it was seen, and says so."""
    text = clock(_shown_ms(record))
    return f"{text} · stored later" if _came_later(record) else text


def _came_later(record: EventRecord) -> bool:
    return record.late or record.decided_by == "checkpoint"


def _shown_ms(record: EventRecord) -> int:
    """Of what came afterwards by the checkpoint's clock: many may be stored in one second."""
    return record.captured_at_ms if _came_later(record) else record.recorded_at_ms


def _verdict_in(record: EventRecord) -> str:
    if record.decided_by == "checkpoint":
        return _OFFLINE
    if record.late:
        return _LATE
    if record.latency_ms is None:
        return NOTHING
    long = record.latency_ms >= 10_000
    return f"{record.latency_ms // 1000} s" if long else f"{record.latency_ms} ms"


def _verdict_of(record: EventRecord) -> str:
    if not _came_later(record):
        return NOTHING if record.latency_ms is None else f"{record.latency_ms} ms"
    seconds = max(0, record.recorded_at_ms - record.captured_at_ms) // 1000
    long = f"{seconds // 3600} h" if seconds >= 7200 else f"{seconds} s"
    return f"{NOTHING} (the event came {long} after it was seen)"


def why(record: EventRecord) -> Why:
    """The answer to "Why?" with every number that the verdict came from."""
    facts: list[tuple[str, str]] = [
        ("Result", " ".join(result(record)[:2])),
        ("Who", who(record)),
    ]
    if record.changed:
        facts.append(("Says now", OUTCOMES[record.outcome][1]))
    if record.nearest_distance is not None:
        facts += [
            ("Nearest", _candidate(record.nearest_distance, record.nearest_name)),
            ("Runner-up", _candidate(record.runner_up_distance, record.runner_up_name)),
            ("Margin", _number(record.margin)),
            ("Limit", f"{_number(record.threshold)} (identified at or below)"),
            *_grounds(record.grounds, record.threshold),
        ]
    facts += [
        ("Quality", _quality(record.quality)),
        *([("Flaws", _flaws(record.flaws))] if record.flaws else []),
        ("Frames", f"{record.frames} fused"),
        ("Asked", "automatically" if record.automatic else "by the button"),
        ("Decided", _decided(record)),
        ("Face model", printable(record.encoder, 60) or NOTHING),
        ("Verdict in", _verdict_of(record)),
        ("Captured", _captured(record)),
        ("Recorded", clock(record.recorded_at_ms)),
        ("Checkpoint", f"{printable(record.checkpoint_name, 60)} ({record.checkpoint_id})"),
        ("Event", record.event_id),
    ]
    # There has to be room for what is said of a changed one.
    sentence = printable(record.reason, 160 if record.changed else 400) or _plain_sentence(record)
    return Why(sentence, tuple(facts))


def matches(record: EventRecord, where: EventFilter) -> bool:
    """Whether a live event passes a filter of the history, as the database would say."""
    if where.checkpoint_id is not None and record.checkpoint_id != where.checkpoint_id:
        return False
    if where.subject_id is not None and record.subject_id != where.subject_id:
        return False
    if where.outcomes and record.outcome not in where.outcomes:
        return False
    if where.reason not in record.reason or any(one in record.reason for one in where.without):
        return False
    if where.from_ms is not None and record.recorded_at_ms < where.from_ms:
        return False
    if where.to_ms is not None and record.recorded_at_ms >= where.to_ms:
        return False
    wanted = folded(where.text.strip())
    if not wanted:
        return True
    seen = (record.display_name or "", record.checkpoint_name, record.checkpoint_id, record.reason)
    return any(wanted in folded(text) for text in seen)


def _plain_sentence(record: EventRecord) -> str:
    if record.outcome == "no_face":
        return "The checkpoint saw no face when it was asked."
    if record.outcome == "poor_quality":
        return "The picture was too poor to search with."
    if record.outcome == "server_unreachable":
        return "The server could not be reached in time; the event was sent afterwards."
    if record.outcome == "spoof_suspected":
        return "It was not shown that a living person stood there. Nobody is named."
    return "No reason was recorded."


def _candidate(distance: float | None, name: str | None) -> str:
    if distance is None:
        return "nobody else is enrolled"
    return f"{distance:.3f} · {printable(name or '', 60)}"


def _grounds(grounds: Mapping[str, float], limit: float | None) -> list[tuple[str, str]]:
    """What the limit came from; nothing for events of before it was noted."""
    facts = []
    if "lowered" in grounds:
        lowered, crowding = grounds["lowered"], grounds.get("crowding", 0.0)
        text = (
            f"limit {lowered:.3f} lower: {crowding:.3f} more like others than usual"
            if lowered >= 0.0005
            else "limit not lowered: no more like others than usual"
        )
        facts.append(("Crowd", text))
    if "target_per_1000" in grounds:
        target, people = grounds["target_per_1000"], grounds.get("people", 0.0)
        measured_on = count(round(people), "person", "people")
        text = f"at most {target:g} of 1000 strangers named, measured on {measured_on}"
        strangers = grounds.get("strangers", 0.0)
        text += f" and {count(round(strangers), 'stranger')}" if strangers else ""
        if "largest_limit" in grounds:
            largest = grounds["largest_limit"]
            text += f": limit {largest:.3f} at most"
            more = (limit or 0.0) + grounds.get("lowered", 0.0) - largest
            if more >= 0.0005:
                text += f", {more:.3f} more for one sample"
        facts.append(("Target", text))
    return facts


def _captured(record: EventRecord) -> str:
    text = clock(record.captured_at_ms)
    if not record.clock_skew:
        return text
    if record.clocks_apart:
        way = "behind" if record.skew_ms > 0 else "ahead"
        return f"{text} (the checkpoint's clock was {_long(abs(record.skew_ms))} {way})"
    return f"{text} (the server's clock was set back just before)"


def _long(apart_ms: int) -> str:
    seconds = apart_ms // 1000
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


def _decided(record: EventRecord) -> str:
    """By whom; of a checkpoint that was alone also what, for the server may have found another."""
    if record.decided_by == "server":
        return "by the server"
    told = OUTCOMES[record.offline_outcome or record.outcome][1].lower()
    name = f" as {printable(record.offline_name, 60)}" if record.offline_name else ""
    return f"at the checkpoint, without the server: {told}{name}"


def _quality(quality: Mapping[str, float]) -> str:
    parts = []
    for key, value in quality.items():
        word, form = _QUALITY.get(key, (printable(key, 20), "{:g}"))
        unit = "°" if key == "yaw" else ""
        parts.append(f"{word} {form.format(value)}{unit}")
    return " · ".join(parts) or NOTHING


def _flaws(flaws: Sequence[str]) -> str:
    """In words; one that this version does not know is shown as it came."""
    return printable(", ".join(_FLAWS.get(flaw, flaw.replace("_", " ")) for flaw in flaws), 200)


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}"
