"""What is kept, for how long and where: numbers in their range, told in words when they are not."""

import pytest

from server.settings import ServerSettings
from server.ui import keeping_dialog
from server.ui.keeping_dialog import KeepingDialog
from server.ui.window import ServerWindow


def test_days_are_kept(window: ServerWindow) -> None:
    """The fields show what is kept now; what is typed is handed on, the rest stays."""
    kept: list[ServerSettings] = []
    settings = ServerSettings(name="Lobby", event_days=30)
    dialog = KeepingDialog(window.root, settings, save=kept.append)
    assert {name: field.get() for name, field in dialog.fields.items()} == {
        "event_days": "30",
        "stranger_days": "90",
        "picture_days": "0",
        "refused_photo_days": "0",
        "receipt_days": "0",
        "set_aside_days": "30",
        "daily_backups": "7",
    }
    dialog.fields["event_days"].delete(0, "end")
    dialog.fields["event_days"].insert(0, "7")
    dialog.accept()
    assert kept == [ServerSettings(name="Lobby", event_days=7)]
    assert not dialog.winfo_exists()


def test_a_mistake_is_told_and_not_kept(window: ServerWindow) -> None:
    """For ever is no choice for strangers, a year the least for receipts."""
    kept: list[ServerSettings] = []
    dialog = KeepingDialog(window.root, ServerSettings(), save=kept.append)
    for name, typed, told in (
        ("stranger_days", "0", "Strangers seen is 0"),
        ("receipt_days", "30", "0 (for ever) or 365 to 3650"),
        ("event_days", "soon", "whole numbers"),
        ("picture_days", "", "whole numbers"),
        ("daily_backups", "400", "0 to 365"),
    ):
        field, before = dialog.fields[name], dialog.fields[name].get()
        field.delete(0, "end")
        field.insert(0, typed)
        dialog.check()
        assert told in str(dialog.mistake.cget("text"))
        assert dialog.accept_button.instate(["disabled"])
        dialog.accept()
        field.delete(0, "end")
        field.insert(0, before)
    assert kept == []
    assert dialog.check() == ServerSettings()
    dialog.cancel()


def test_what_is_lost_by_it_is_told_before(window: ServerWindow) -> None:
    """Shorter than before, or no longer for ever; a longer time deletes nothing."""
    settings = ServerSettings(event_days=30)
    dialog = KeepingDialog(window.root, settings, save=lambda _settings: None)
    for name, typed, told in (
        ("event_days", "1", "Keep deletes for good: events in the history older than 1 day."),
        ("picture_days", "365", "Keep deletes for good: pictures of people older than 365 days."),
        ("daily_backups", "3", "Keep deletes for good: daily backups but the newest 3."),
        ("event_days", "31", ""),
        ("event_days", "0", ""),
        ("daily_backups", "0", ""),
    ):
        field, before = dialog.fields[name], dialog.fields[name].get()
        field.delete(0, "end")
        field.insert(0, typed)
        assert dialog.check() is not None
        assert str(dialog.mistake.cget("text")) == told
        field.delete(0, "end")
        field.insert(0, before)
    dialog.cancel()


def test_the_settings_page_leads_to_it(window: ServerWindow) -> None:
    """And keeps what is chosen, as everything else of the page."""
    window.go("Settings")
    window.settings.keeping.invoke()
    (dialog,) = [one for one in window.root.winfo_children() if isinstance(one, KeepingDialog)]
    dialog.fields["event_days"].delete(0, "end")
    dialog.fields["event_days"].insert(0, "14")
    dialog.accept()
    assert window.settings._settings.event_days == 14


def test_where_backups_go(window: ServerWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed as a whole path, or chosen; how many of them."""
    kept: list[ServerSettings] = []
    dialog = KeepingDialog(window.root, ServerSettings(), save=kept.append)
    dialog.folder.insert(0, "usb")
    assert dialog.check() is None
    assert "Folder of backups is the whole path" in str(dialog.mistake.cget("text"))
    monkeypatch.setattr(keeping_dialog.filedialog, "askdirectory", lambda **_options: "")
    dialog.choose()
    assert dialog.folder.get() == "usb"
    monkeypatch.setattr(keeping_dialog.filedialog, "askdirectory", lambda **_options: "/mnt/usb")
    dialog.choose()
    dialog.fields["daily_backups"].delete(0, "end")
    dialog.fields["daily_backups"].insert(0, "30")
    dialog.accept()
    assert kept == [ServerSettings(backup_folder="/mnt/usb", daily_backups=30)]
