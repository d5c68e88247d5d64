"""The tables of words leave nothing out that the program writes."""

from dataclasses import fields

from server.administration import FIRST_ADMINISTRATOR
from server.audit_terms import ACTS, SETTINGS, STORES, WHAT
from server.data_folder import DataFolder
from server.incidents import _FACTS, _NAME_TAKEN
from server.permissions import Action
from server.settings import ServerSettings
from server.stand_records import HISTORY, PEOPLE, ROWS
from server.stands import files_of


def test_every_setting_and_store_has_its_word() -> None:
    """Also those that come later: this fails until they have one."""
    assert SETTINGS.keys() == {one.name for one in fields(ServerSettings)}
    assert STORES.keys() == {*files_of(DataFolder.default()), PEOPLE, HISTORY, ROWS}


def test_words_are_of_records_that_there_are() -> None:
    """A fact that is called otherwise some day does not leave its old word behind."""
    facts = {*_FACTS.values(), _NAME_TAKEN, FIRST_ADMINISTRATOR}
    here = [what for what in WHAT if what not in set(Action)]
    assert {what for what in here if "refused" in what or "suspected" in what} <= facts
    assert {FIRST_ADMINISTRATOR, _NAME_TAKEN} <= set(here)
    assert set(ACTS) <= set(Action)
    assert all("_" not in word for word in (*WHAT.values(), *SETTINGS.values()))
