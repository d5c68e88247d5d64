"""The filters of the history: search, checkpoint, result, person, time."""

import time
import tkinter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from tkinter import ttk
from typing import cast

from database.reader import EventFilter
from database.records import Outcome
from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, WrapLabel, button
from protocol.text import printable
from server.events import CheckpointStatus
from server.presenter import midnight_ms
from server.ui.controls import Choice, SearchField, enable, entry, quiet_button
from server.ui.desk import NamedLike
from server.ui.wording import CHANGED, OUTCOMES, SUSPECTED

_DAY_MS = 86_400_000
_ANY = "any"
_CHOSEN = "chosen"
_SPOOF: Outcome = "spoof_suspected"
_CHANGED = "changed"
_PERIODS: tuple[tuple[str, object], ...] = (
    ("Any time", _ANY),
    ("Last hour", "hour"),
    ("Today", "today"),
    ("Last 7 days", "week"),
    ("Last 30 days", "month"),
    ("Choose dates…", _CHOSEN),
)


class DateMistake(ValueError):  # noqa: N818 - named for what happened
    """Raised when what was typed is no date; the text says what to type."""


def parse_day(text: str) -> int | None:
    """The begin of a day as ms since the epoch; None for nothing typed.

    Raises:
        DateMistake: It is no date of the form 2026-11-22.
    """
    text = text.strip()
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").astimezone()
        return int(day.timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise DateMistake(f"“{printable(text, 30)}” is no date. Type it as 2026-11-22.") from None


class DatesDialog(Dialog):
    """From one day to another, both included.

    Attributes:
        chosen: (from_ms, to_ms), or None when it was cancelled.
    """

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent, title="Choose dates", width=360)
        self.chosen: tuple[int | None, int | None] | None = None
        today = time.strftime("%Y-%m-%d")
        self.fields: dict[str, ttk.Entry] = {}
        for word, hint in (("From", "the first day, such as " + today), ("To", "the last day")):
            ttk.Label(self.body, text=f"{word}: {hint}", style="Plain.TLabel").pack(anchor="w")
            field = entry(self.body, width=14)
            field.pack(anchor="w", pady=(px(self, 2), px(self, 10)))
            self.fields[word] = field
        self.mistake = WrapLabel(self.body, style="Muted.TLabel", width=340)
        self.mistake.pack(fill="x")
        button(self.buttons, text="Show", command=self.accept, look="primary").pack(side="right")
        button(self.buttons, text="Cancel", command=self.cancel).pack(
            side="right", padx=(0, px(self, 8))
        )
        self.bind("<Return>", lambda _event: self.accept())

    def accept(self) -> None:
        """Takes the dates when both are dates and in order."""
        try:
            begin = parse_day(self.fields["From"].get())
            end = parse_day(self.fields["To"].get())
        except DateMistake as mistake:
            self.mistake.configure(text=str(mistake))
            return
        if begin is not None and end is not None and end < begin:
            self.mistake.configure(text="The last day is before the first one.")
            return
        self.chosen = begin, None if end is None else _day_after(end)
        self.destroy()


class HistoryFilter(ttk.Frame):
    """Two lines of filters.

    *Changed* among the results stands alone: what a changed event says is not what was recorded,
    and would let it hide from the others.

    Args:
        parent: Where it goes.
        changed: Called when any of them has changed.

    Attributes:
        right: Room on the second line for buttons.
    """

    def __init__(self, parent: tkinter.Misc, *, changed: Callable[[], None]) -> None:
        super().__init__(parent, style="Card.TFrame")
        self._changed = changed
        self._dates: tuple[int | None, int | None] = (None, None)
        gap = px(self, 8)
        first = ttk.Frame(self, style="Card.TFrame")
        first.pack(fill="x")
        self.search = SearchField(
            first,
            hint="Search name, checkpoint, reason    Ctrl+F",
            changed=lambda _text: changed(),
        )
        self.search.pack(side="left", fill="x", expand=True)
        self.checkpoint = Choice(first, [("All checkpoints", None)], changed=changed, width=18)
        self.result = Choice(first, _results(), changed=self._result_chosen, width=18)
        for choice in (self.checkpoint, self.result):
            choice.widget.pack(side="left", padx=(gap, 0))
        second = ttk.Frame(self, style="Card.TFrame")
        second.pack(fill="x", pady=(gap, 0))
        self.person = Choice(second, [("Everybody", None)], changed=changed, width=26)
        self.period = Choice(second, _PERIODS, changed=self._period_chosen, width=16)
        self.person.widget.pack(side="left")
        self.period.widget.pack(side="left", padx=(gap, 0))
        self.clear_button = quiet_button(second, text="Clear", command=self.clear, icon_name="x-lg")
        self.right = ttk.Frame(second, style="Card.TFrame")
        self.right.pack(side="right")

    def value(self) -> EventFilter:
        """The filter as the database takes it."""
        begin, end = self._span()
        result = "" if self.changed_alone else str(self.result.value or "")
        return EventFilter(
            from_ms=begin,
            to_ms=end,
            checkpoint_id=cast("str | None", self.checkpoint.value),
            subject_id=cast("str | None", self.person.value),
            outcomes=_outcomes(result),
            reason=result if result in SUSPECTED else "",
            without=tuple(SUSPECTED) if result == _SPOOF else (),
            text=self.search.text,
        )

    @property
    def changed_alone(self) -> bool:
        """Whether events are asked for that somebody changed, and no others."""
        return self.result.value == _CHANGED

    @property
    def active(self) -> bool:
        """Whether anything is filtered."""
        return self.changed_alone or self.value() != EventFilter()

    def clear(self) -> None:
        """Shows everything again."""
        self._show_result(None)

    def show_changed(self) -> None:
        """Asks for events that somebody changed."""
        self._show_result(_CHANGED)

    def _result_chosen(self) -> None:
        if self.changed_alone:
            self.show_changed()
        else:
            self._let_choose()
            self._changed()

    def _show_result(self, value: object) -> None:
        """One result, and nothing else filtered."""
        self._dates = (None, None)
        for choice in (self.checkpoint, self.person):
            choice.choose(None)
        self.result.choose(value)
        self.period.choose(_ANY)
        self.search.empty()
        self._let_choose()
        self._changed()

    def _let_choose(self) -> None:
        """Whether the other filters can be used."""
        others = (choice.widget for choice in (self.checkpoint, self.person, self.period))
        for widget in (self.search.entry, *others):
            enable(widget, on=not self.changed_alone)

    def show_clear(self) -> None:
        """Has the Clear button there only when there is something to clear."""
        if self.active:
            self.clear_button.pack(side="left", padx=(px(self, 8), 0))
        else:
            self.clear_button.pack_forget()

    def offer_checkpoints(self, statuses: Sequence[CheckpointStatus]) -> None:
        """The checkpoints to choose from."""
        known = sorted(statuses, key=lambda status: status.name.casefold())
        self.checkpoint.offer(
            [("All checkpoints", None), *((printable(s.name, 40), s.checkpoint_id) for s in known)]
        )

    def offer_people(self, people: Sequence[NamedLike]) -> None:
        """The people to choose from."""
        self.person.offer(
            [("Everybody", None), *((printable(p.display_name, 60), p.subject_id) for p in people)]
        )

    def choose_person(self, person: NamedLike) -> None:
        """Shows the events of one person only."""
        self.clear()
        if all(value != person.subject_id for _, value in self.person.options):
            self.offer_people([person])
        self.person.choose(person.subject_id)
        self._changed()

    def _span(self) -> tuple[int | None, int | None]:
        now_ms = time.time_ns() // 1_000_000
        today = midnight_ms(now_ms)
        begins = {
            "hour": now_ms - 3_600_000,
            "today": today,
            "week": today - 6 * _DAY_MS,
            "month": today - 29 * _DAY_MS,
        }
        period = self.period.value
        if period == _CHOSEN:
            return self._dates
        return begins.get(str(period)), None

    def _period_chosen(self) -> None:
        if self.period.value == _CHOSEN:
            dialog = DatesDialog(self)
            dialog.wait_for_answer(dialog.fields["From"])
            if not self.winfo_exists():
                return
            if dialog.chosen is None:
                self.period.choose(_ANY)
            else:
                self._dates = dialog.chosen
        self._changed()


def _day_after(day_ms: int) -> int:
    """Not simply 24 hours: a day of the clock change has 23 or 25."""
    noon_tomorrow = datetime.fromtimestamp(day_ms / 1000).astimezone() + timedelta(hours=36)
    return midnight_ms(int(noon_tomorrow.timestamp() * 1000))


def _results() -> list[tuple[str, object]]:
    """Every word that a row may have; those of `SUSPECTED` have their sentence for a value."""
    words: list[tuple[str, object]] = [("All results", None)]
    words += [(f"{sign} {word}", key) for key, (sign, word, _tone) in OUTCOMES.items()]
    words += [(f"{sign} {word}", key) for key, (sign, word, _tone) in SUSPECTED.items()]
    sign, word, _tone = CHANGED
    return [*words, (f"{sign} {word}", _CHANGED)]


def _outcomes(result: str) -> tuple[Outcome, ...]:
    """Those that a chosen word stands for; none for all."""
    if not result:
        return ()
    return (_SPOOF if result in SUSPECTED else cast("Outcome", result),)
