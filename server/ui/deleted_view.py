"""People who were deleted and not erased: when, by whom, what is left; erases them for good."""

import tkinter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from tkinter import ttk

from database.records import folded
from desktop.ui.theme import px
from desktop.ui.widgets import Card, WrapLabel, button
from protocol.text import printable
from server.audit_names import KnownNames
from server.deleted_people import DeletedPerson
from server.permissions import Action
from server.ui.controls import enable
from server.ui.desk import Desk, NamedLike
from server.ui.person_acts import ask_erase, erase_deleted_question
from server.ui.searched_table import SearchedTable
from server.ui.table import Column
from server.ui.wording import NOTHING, clock

_COLUMNS = (
    Column("Name", 200, stretch=True),
    Column("Deleted", 150),
    Column("By", 150),
)
_WIDTH = 250
_NO_NAME = "no name is kept"
_CHOOSE = (
    "Choose a person in the list. Deleting took templates and picture away; the history keeps the "
    "name, and backups of before hold everything, until somebody is erased."
)
_LEFT = (
    "Templates and picture are gone. The history keeps the name, and backups of before that day "
    "hold everything."
)
_LEFT_IN_BACKUPS = (
    "Templates and picture are gone, and the history does not name them. Backups of before that "
    "day hold everything."
)
_UNKNOWN = "The audit log has no record of it."


class DeletedView(ttk.Frame):
    """The list and, beside it, who is chosen. For those who may erase people.

    Args:
        parent: Where it goes.
        desk: What pages share.
        show_history: Shows the events of a person.
        told: Called with how many there are, once that is known.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        show_history: Callable[[NamedLike], None],
        told: Callable[[int], None],
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._show_history = show_history
        self._told = told
        self._people: dict[str, DeletedPerson] = {}
        self._names = KnownNames()
        self._read = False
        self._build_card()
        self.listed = SearchedTable(self, _COLUMNS, searched=self._search, chosen=self._chosen)
        self.listed.pack(side="left", fill="both", expand=True)
        self.search, self.table = self.listed.search, self.listed.table
        self._chosen()

    def _build_card(self) -> None:
        card = Card(self)
        card.pack(side="right", fill="y", padx=(px(self, 12), 0))
        ttk.Frame(card.body, style="Card.TFrame", width=px(self, _WIDTH), height=1).pack()
        self.name = WrapLabel(card.body, style="CardTitle.TLabel", width=_WIDTH)
        self.name.pack(fill="x")
        self.facts = WrapLabel(card.body, style="CardMuted.TLabel", width=_WIDTH)
        self.facts.pack(fill="x", pady=(px(self, 6), px(self, 12)))
        self.history_button = button(
            card.body, text="Show history", command=self._history, icon_name="clock-history"
        )
        self.erase_button = button(
            card.body, text="Erase for good…", command=self.erase, icon_name="eraser"
        )
        for made in (self.history_button, self.erase_button):
            made.pack(fill="x", pady=(0, px(self, 6)))

    def refresh(self) -> None:
        """Reads who was deleted, in the background: the whole audit log is looked through."""
        grid = self._desk.ready
        if grid is None or not self._desk.may(Action.ERASE_PERSON):
            self._show(((), {}))
            return
        self._desk.ask(
            "deleted people",
            lambda: (grid.deleted_people(), grid.administration.names(grid.actor)),
            self._show,
        )

    def erase(self) -> None:
        """Asks, and erases the chosen one."""
        person = self.chosen
        if person is not None:
            question = partial(erase_deleted_question, self, person)
            ask_erase(self, self._desk, person, erased=self.refresh, question=question)

    @property
    def chosen(self) -> DeletedPerson | None:
        """The selected line."""
        return self._people.get(self.table.chosen or "")

    def _show(self, found: "tuple[Sequence[DeletedPerson], Mapping[str, str]]") -> None:
        if not self.winfo_exists():
            return
        people, self._names = found[0], KnownNames(found[1])
        self._people = {person.subject_id: person for person in people}
        self._read = True
        self._search(self.search.text)
        self._told(len(people))

    def _search(self, text: str) -> None:
        wanted = folded(text.strip())
        found = [one for one in self._people.values() if wanted in folded(one.display_name)]
        nobody = "Nobody is deleted and not erased." if self._read else "Looking…"
        self.listed.show(
            [(one.subject_id, self._row(one), _tag(one)) for one in found],
            nobody="" if self._people else nobody,
        )

    def _row(self, person: DeletedPerson) -> Sequence[str]:
        when = NOTHING if person.deleted_at_ms is None else clock(person.deleted_at_ms)
        return printable(person.display_name) or _NO_NAME, when, self._by(person) or NOTHING

    def _by(self, person: DeletedPerson) -> str:
        return self._names.who(person.by) if person.by else ""

    def _chosen(self) -> None:
        person = self.chosen
        named = person is not None and bool(person.display_name)
        enable(self.erase_button, on=person is not None)
        enable(self.history_button, on=named and self._desk.may(Action.VIEW_HISTORY))
        if person is None:
            self.name.configure(text="")
            self.facts.configure(text=_CHOOSE)
            return
        self.name.configure(text=printable(person.display_name) or _NO_NAME.capitalize())
        when = _UNKNOWN
        if person.deleted_at_ms is not None:
            when = f"Deleted {clock(person.deleted_at_ms)} by {self._by(person)}"
        self.facts.configure(text=f"{when}\n{_LEFT if named else _LEFT_IN_BACKUPS}")

    def _history(self) -> None:
        person = self.chosen
        if person is not None:
            self._show_history(person)


def _tag(person: DeletedPerson) -> str:
    return "plain" if person.display_name else "muted"
