"""The pages of the window, made together, each by its name in the rail."""

import tkinter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from database.records import EventRecord
from desktop.ui.palette import ThemeName
from server.events import (
    DevicesChanged,
    EvaluationEnded,
    EvaluationProgress,
    PairingChanged,
    PhotoProgress,
    PhotoReport,
)
from server.settings import ServerSettings
from server.ui.audit_page import AuditPage
from server.ui.checkpoints_page import CheckpointsPage
from server.ui.consent_page import ConsentPage
from server.ui.dashboard import Dashboard
from server.ui.data_page import DataPage
from server.ui.desk import Desk, NamedLike
from server.ui.evaluation_page import EvaluationPage
from server.ui.history_page import HistoryPage
from server.ui.log_page import LogPage
from server.ui.people_page import PeoplePage
from server.ui.settings_page import SettingsPage
from server.ui.users_page import UsersPage

Page = (
    Dashboard
    | HistoryPage
    | PeoplePage
    | CheckpointsPage
    | EvaluationPage
    | LogPage
    | SettingsPage
    | ConsentPage
    | DataPage
    | UsersPage
    | AuditPage
)


@dataclass(frozen=True, slots=True)
class Calls:
    """What pages ask of their window."""

    why: Callable[[EventRecord], None]
    add_photos: Callable[[], None]
    copy: Callable[[str], None]
    show_person: Callable[[NamedLike], None]
    save: Callable[[ServerSettings], None]
    switch_theme: Callable[[ThemeName], None]
    mark_data: Callable[[bool], None]
    own_password_changed: Callable[[], None]
    mark_consent: Callable[[bool], None]
    history_accepted: Callable[[], None]


class Pages:
    """Every page, none of them shown yet.

    Args:
        parent: Where they go.
        desk: What they share.
        settings: What to begin with.
        calls: What they ask of the window.

    Attributes:
        by_name: The pages by their names in the rail, in its order.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        settings: ServerSettings,
        calls: Calls,
    ) -> None:
        self.dashboard = Dashboard(
            parent, desk, why=calls.why, add_photos=calls.add_photos, copy=calls.copy
        )
        self._desk = desk
        self.history = HistoryPage(parent, desk, why=calls.why, verify=self.verify)
        self.people = PeoplePage(parent, desk, show_history=calls.show_person, copy=calls.copy)
        self.checkpoints = CheckpointsPage(parent, desk, copy=calls.copy)
        self.evaluation = EvaluationPage(parent, desk)
        self.log = LogPage(parent, desk, copy=calls.copy)
        self.settings = SettingsPage(
            parent,
            desk,
            settings=settings,
            save=calls.save,
            switch_theme=calls.switch_theme,
        )
        self.consent = ConsentPage(parent, desk, mark=calls.mark_consent)
        self.data = DataPage(parent, desk, mark=calls.mark_data)
        self.users = UsersPage(parent, desk, own_changed=calls.own_password_changed)
        self.audit = AuditPage(
            parent,
            desk,
            show_changed=self.show_changed,
            history_accepted=calls.history_accepted,
        )
        self.by_name: dict[str, Page] = {
            "Dashboard": self.dashboard,
            "History": self.history,
            "People": self.people,
            "Checkpoints": self.checkpoints,
            "Evaluation": self.evaluation,
            "Log": self.log,
            "Settings": self.settings,
            "Consent": self.consent,
            "Data": self.data,
            "Users": self.users,
            "Audit": self.audit,
        }

    def show_changed(self) -> None:
        """The history of events that somebody changed."""
        self._desk.go("History")
        self.history.show_changed()

    def verify(self) -> None:
        """The audit page, on which everything is looked at."""
        self._desk.go("Audit")
        self.audit.look_at_all()

    def destroy(self) -> None:
        """Takes every page away, with all that stands on it."""
        for page in self.by_name.values():
            page.destroy()

    def take(self, event: object) -> bool:
        """Gives an event of a page's own work to it; False for what is of the whole window."""
        takers: dict[type, Callable[[Any], None]] = {
            PhotoProgress: self.people.take_progress,
            PhotoReport: self.people.take_report,
            PairingChanged: self.checkpoints.take_pairing,
            DevicesChanged: self.checkpoints.take_devices,
            EvaluationProgress: self.evaluation.take_progress,
            EvaluationEnded: self.evaluation.take_ended,
        }
        taker = takers.get(type(event))
        if taker is None:
            return False
        taker(event)
        return True
