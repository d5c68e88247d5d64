"""The people: search, add from photos, rename, delete, erase; who was deleted; classic files."""

import tkinter
from collections.abc import Callable, Sequence
from functools import partial
from tkinter import ttk

from database.records import folded
from desktop.ui.theme import px
from desktop.ui.widgets import Confirmation, button
from protocol.text import printable
from server.events import PhotoProgress, PhotoReport
from server.fault_words import count
from server.permissions import Action
from server.ui.classic_dialogs import ask_export, ask_import
from server.ui.consent_dialog import NoteConsentDialog
from server.ui.controls import PageTitle, enable, switch
from server.ui.deleted_view import DeletedView
from server.ui.desk import Desk, NamedLike, PersonLike
from server.ui.first_steps import FirstSteps
from server.ui.person_acts import ask_erase, ask_person_export
from server.ui.person_card import PersonCard
from server.ui.photo_dialog import PhotoDialog
from server.ui.rename_dialog import RenameDialog
from server.ui.searched_table import SearchedTable
from server.ui.table import Column
from server.ui.wording import clock

_COLUMNS = (
    Column("Name", 240, stretch=True),
    Column("Samples", 90, align="center"),
    Column("Enrolled", 170),
)

_DELETED, _ENROLLED = " Deleted people", " Back to the enrolled"

# Rows of people whom the face model in use cannot find: they have no id here.
_ELSEWHERE = "elsewhere "


class PeoplePage(ttk.Frame):
    """Everybody who is enrolled.

    Args:
        parent: Where it goes.
        desk: What pages share.
        show_history: Shows the events of a person.
        copy: Puts a text on the clipboard.

    Attributes:
        photos: The dialog that adds people from photos, while there is one.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        show_history: Callable[[NamedLike], None],
        copy: Callable[[str], None],
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._show_history = show_history
        self._people: dict[str, PersonLike] = {}
        self._elsewhere: tuple[str, ...] = ()
        self._without: frozenset[str] = frozenset()
        self.photos: PhotoDialog | None = None
        gap = px(self, 8)
        self.title = PageTitle(self, title="People", note="")
        self.title.pack(fill="x", pady=(0, px(self, 10)))
        self.add = button(
            self.title.right,
            text="Add from photos",
            command=self.open_photos,
            look="primary",
            icon_name="person-plus",
        )
        self.take_in = button(
            self.title.right,
            text="Import",
            command=lambda: ask_import(desk, self),
            icon_name="box-arrow-in-down",
        )
        self.give_out = button(
            self.title.right,
            text="Export",
            command=lambda: ask_export(desk, self),
            icon_name="box-arrow-up",
        )
        self.see_deleted = button(
            self.title.right,
            text=_DELETED,
            command=lambda: self.show_deleted(on=not self.deleted_shown),
            icon_name="person-x",
        )
        for made, right in (
            (self.add, Action.ENROL_PHOTOS),
            (self.give_out, Action.EXPORT_PEOPLE),
            (self.take_in, Action.IMPORT_PEOPLE),
            (self.see_deleted, Action.ERASE_PERSON),
        ):
            if desk.may(right):
                made.pack(side="right", padx=(gap, 0))
        enrolling = (self.add, self.give_out, self.take_in)
        self._enrolling = [made for made in enrolling if made.winfo_manager()]
        # Tab goes by the stacking order, which is made that of the eye.
        for made in (self.take_in, self.give_out, self.add):
            made.tkraise()
        self.first_steps = FirstSteps(
            self,
            add_photos=self.open_photos,
            copy=copy,
            show_history=lambda: desk.go("History"),
            command=desk.start_command,
            listening=lambda: bool(desk.presenter.address),
        )
        self.deleted = DeletedView(self, desk, show_history=show_history, told=self._say_deleted)
        self._both = ttk.Frame(self, style="Plain.TFrame")
        self._both.pack(fill="both", expand=True)
        self.person = PersonCard(
            self._both,
            rename=self.rename,
            delete=self.delete,
            erase=lambda: ask_erase(self, desk, self._chosen_person(), erased=self.refresh),
            export=lambda: ask_person_export(self, desk, self._chosen_person()),
            show_history=self._history_of_chosen,
            note_consent=self.note_consent,
            may=desk.may,
        )
        self.person.pack(side="right", fill="y", padx=(px(self, 12), 0))
        self.listed = SearchedTable(
            self._both, _COLUMNS, searched=self._search, chosen=self._chosen
        )
        self.listed.pack(side="left", fill="both", expand=True)
        self.search, self.table = self.listed.search, self.listed.table
        self._only = tkinter.BooleanVar(self, value=False)
        self.without = switch(
            self.listed.body,
            text="",
            on=self._only,
            command=lambda: self._search(self.search.text),
            on_card=True,
        )
        for keys, command in (
            ("<F2>", self.rename),
            ("<Delete>", self.delete),
            ("<Return>", self._history_of_chosen),
            ("<Double-1>", self._history_of_chosen),
        ):
            self.table.bind(keys, partial(_called, command))
        self.refresh()

    def shown(self) -> None:
        """The page came to the front."""
        self.refresh()

    def refresh(self) -> None:
        """Shows who is enrolled now, or who was deleted."""
        if self.deleted_shown:
            self.deleted.refresh()
            return
        grid, presenter = self._desk.ready, self._desk.presenter
        for made in (self.add, self.take_in, self.give_out):
            enable(made, on=grid is not None)
        enable(self.give_out, on=grid is not None and not presenter.empty)
        may_see = grid is not None and grid.may(Action.VIEW_PEOPLE)
        people = () if grid is None or not may_see else tuple(grid.people.list())
        self._people = {person.subject_id: person for person in people}
        without = frozenset() if grid is None or not may_see else grid.people.without_consent()
        self._show_without(without & self._people.keys())
        samples = sum(len(person.templates) for person in people)
        self._elsewhere = presenter.elsewhere
        others = f", {len(self._elsewhere)} with another face model" if self._elsewhere else ""
        self.title.say(
            f"{count(len(people), 'person', 'people')}, {count(samples, 'sample')}{others}"
            if grid is not None
            else "The gallery is not open."
        )
        self.first_steps.refresh()
        nobody = not people and not self._elsewhere
        self._show_first_steps(on=grid is not None and grid.may(Action.CHANGE_SETTINGS) and nobody)
        self._search(self.search.text)

    @property
    def deleted_shown(self) -> bool:
        """Whether those who were deleted are shown in the place of those who are enrolled."""
        return bool(self.deleted.winfo_manager())

    def show_deleted(self, *, on: bool) -> None:
        """Shows who was deleted, or again who is enrolled."""
        if on and not self._desk.may(Action.ERASE_PERSON):
            return
        self.see_deleted.configure(text=_ENROLLED if on else _DELETED)
        for made in self._enrolling:
            if on:
                made.pack_forget()
            else:
                made.pack(side="right", padx=(px(self, 8), 0), before=self.see_deleted)
        if on:
            for view in (self.first_steps, self._both):
                view.pack_forget()
            self.deleted.pack(fill="both", expand=True)
        else:
            self.deleted.pack_forget()
            self._both.pack(fill="both", expand=True)
        self.refresh()

    def _say_deleted(self, gone: int) -> None:
        if self.deleted_shown:
            people = count(gone, "person was", "people were")
            self.title.say(f"{people} deleted and not erased")

    def focus_search(self) -> None:
        """Ctrl+F."""
        (self.deleted.search if self.deleted_shown else self.search).focus_on()

    def open_photos(self) -> None:
        """Opens the dialog that adds people from photos, or brings it back."""
        if self._desk.ready is None:
            self._desk.toast.show("The data are not open.", tone="warn")
            return
        if not self._desk.may(Action.ENROL_PHOTOS):
            return
        if self.photos is None or not self.photos.winfo_exists():
            self.photos = PhotoDialog(self, self._desk)
        self.photos.show()

    def take_progress(self, progress: PhotoProgress) -> None:
        """An enrolment from photos goes on."""
        if self.photos is not None and self.photos.winfo_exists():
            self.photos.take_progress(progress)
        self.add.configure(text=f"Adding photos: {progress.done} of {progress.total}")

    def take_report(self, report: PhotoReport) -> None:
        """An enrolment from photos has ended."""
        self.add.configure(text="Add from photos")
        if self.photos is not None and self.photos.winfo_exists():
            self.photos.take_report(report)
        self.refresh()

    def rename(self) -> None:
        """Asks for another name of the chosen person."""
        person, grid = self._chosen_person(), self._desk.ready
        if person is None or grid is None or not grid.may(Action.RENAME_PERSON):
            return
        dialog = RenameDialog(
            self,
            self._desk,
            name=person.display_name,
            rename=partial(grid.people.rename, person.subject_id),
            renamed=self.refresh,
        )
        dialog.present(dialog.field)

    def note_consent(self) -> None:
        """Asks on what ground the chosen person is enrolled, and notes it."""
        person, grid = self._chosen_person(), self._desk.ready
        if person is None or grid is None or not grid.may(Action.NOTE_CONSENT):
            return
        dialog = NoteConsentDialog(self, self._desk, grid.people, person, noted=self.refresh)
        dialog.present(dialog.field.entry)

    def delete(self) -> None:
        """Asks, naming the person, and then forgets them."""
        person, grid = self._chosen_person(), self._desk.ready
        if person is None or grid is None or not grid.may(Action.DELETE_PERSON):
            return
        dialog = delete_question(self, person, pictures=grid.settings.keep_pictures)
        dialog.wait_for_answer(dialog.decline)
        if not dialog.yes or self._desk.ready is None:
            return
        people, subject_id = grid.people, person.subject_id
        name = printable(person.display_name)
        self._desk.ask("", lambda: people.delete(subject_id), lambda _none: self._deleted(name))

    def _deleted(self, name: str) -> None:
        self.refresh()
        self._desk.toast.show(f"{name} was deleted.", tone="good")

    def _search(self, text: str) -> None:
        wanted = folded(text.strip())
        only = self._without if self._only.get() else self._people.keys()
        found = [
            p
            for p in self._people.values()
            if wanted in folded(p.display_name) and p.subject_id in only
        ]
        # They cannot be found by the model in use, but nobody shall think that they are gone.
        others = [name for name in self._elsewhere if wanted in folded(name)]
        if self._only.get():
            others = []
        rows = [(p.subject_id, _row(p), "plain") for p in found]
        rows += [
            (f"{_ELSEWHERE}{number}", (printable(name), "–", "another face model"), "muted")
            for number, name in enumerate(others)
        ]
        nobody = "Nobody is enrolled yet." if self._desk.ready else "The data are not open."
        self.listed.show(rows, nobody="" if self._people or self._elsewhere else nobody)

    def _show_without(self, without: frozenset[str]) -> None:
        """Offers to list those of whom no consent was noted, while there are any."""
        self._without = without
        if without:
            people = count(len(without), "person", "people")
            self.without.configure(text=f"Only the {people} without a noted consent")
            self.without.pack(anchor="w", pady=(0, px(self, 8)), after=self.search)
        else:
            self._only.set(False)
            self.without.pack_forget()

    def _chosen_person(self) -> PersonLike | None:
        return self._people.get(self.table.chosen or "")

    def _chosen(self) -> None:
        grid = self._desk.ready
        if grid is None:
            self.person.show(None, None)
            return
        self.person.show(self._chosen_person(), grid)

    def _history_of_chosen(self) -> None:
        person = self._chosen_person()
        if person is not None and self._desk.may(Action.VIEW_HISTORY):
            self._show_history(person)

    def _show_first_steps(self, *, on: bool) -> None:
        if on == bool(self.first_steps.winfo_manager()):
            return
        if on:
            self._both.pack_forget()
            self.first_steps.pack(fill="x")
        else:
            self.first_steps.pack_forget()
            self._both.pack(fill="both", expand=True)


def delete_question(parent: tkinter.Misc, person: PersonLike, *, pictures: bool) -> Confirmation:
    """The question before a person is deleted: names them and says what is lost and what stays."""
    name, samples = printable(person.display_name), len(person.templates)
    lost = "The sample" if samples == 1 else f"All {samples} samples"
    verb = "is" if samples == 1 and not pictures else "are"
    return Confirmation(
        parent,
        title="Delete a person",
        question=f"Delete {name}?",
        detail=(
            f"{lost}{' and the picture' if pictures else ''} {verb} deleted, "
            "and checkpoints answer “not enrolled” from now on. The history keeps the name, and "
            "backups of before hold everything. Erase for good takes them, too (administrators)."
        ),
        agree=f"Delete {printable(person.display_name, 40)}",
        danger=True,
    )


def _row(person: PersonLike) -> Sequence[str]:
    enrolled = clock(person.enrolled_at_ms) if person.enrolled_at_ms else "–"
    return printable(person.display_name), str(len(person.templates)), enrolled


def _called(command: Callable[[], None], _event: object) -> str:
    command()
    return "break"
