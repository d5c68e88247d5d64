"""The commands enrol, import and export: each takes the data folder, works, reports."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TextIO, TypeVar, get_args

from biometrics.encode import EncoderFailed
from biometrics.quality_modes import QualityMode
from desktop.settings import SettingsError, load
from protocol.text import printable
from server.administration import command_line
from server.audit import AuditProblem
from server.audit_records import Details
from server.books import Books, open_books
from server.classic_export import ExportRefused, Layout, export_classic
from server.classic_import import ImportReport, import_classic, nothing_in
from server.classic_import import Result as ImportResult
from server.data_folder import DataFolder, DataInUse
from server.encoders import InstalledEncoder, installed_encoder
from server.events import PhotoReport
from server.fault_words import count
from server.gallery_files import GalleryFileError, GalleryFiles
from server.grounds import EXAMPLE, GroundMissing, stated_by
from server.key_tool import opened, terminal
from server.people import PeopleService
from server.permissions import Action
from server.photo_enrolment import PhotoEnrolment
from server.photo_ledger import PURPOSE as REFUSED
from server.photo_ledger import RefusedPhotos, rules_of
from server.photo_scan import FolderUnusable, scan
from server.photo_workers import PhotoVision
from server.pictures import PictureFolder
from server.progress_bar import ProgressBar
from server.sealed_already import is_new
from server.settings import ServerSettings
from server.stand_records import PEOPLE
from server.stored_person import Primitive
from server.take_over import take_over
from server.unlocking import CannotOpen
from server.vault import Vault, VaultProblem

T = TypeVar("T")

OpenEncoder = Callable[[str], InstalledEncoder]
"""Opens the face model of a file, "" for dlib's."""

EXIT_OK = 0
EXIT_PROBLEM = 1
EXIT_INTERRUPTED = 130


class Unusable(Exception):  # noqa: N818 - named for what happened
    """The command cannot begin; the text is for the person at the terminal."""


def enrol(
    folder: DataFolder,
    pictures: Path,
    *,
    as_json: bool,
    workers: int,
    network: str | None = None,
    quality: QualityMode | None = None,
    ground: str = "",
    although_known: str = "",
    encoder: OpenEncoder = installed_encoder,
    vision_factory: Callable[[], PhotoVision] | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Enrols `NAME/*.jpg` and `NAME.jpg`; writes one line a file, or a JSON summary.

    `quality` None takes what the server's settings say; `ground` is noted at each person;
    `although_known` is the reason for taking in faces that are enrolled under another name.

    Interrupted (SIGINT, SIGTERM) it finishes the pictures at hand; started again it goes on.

    Returns:
        0 when every file is accounted for, 1 when something failed, 130 when interrupted.
    """
    out, err = out or sys.stdout, err or sys.stderr
    try:
        consent = _stated(ground)
        if is_new(folder):
            scan(pictures)  # where there are none, no data are made for them
        mode = quality or load(ServerSettings, folder.settings).enrolment_quality
        with (
            people_of(folder, encoder, "python -m server enrol", network) as opened_people,
            _interrupt() as cancel,
        ):
            refused = RefusedPhotos(
                folder.refused_photos,
                opened_people.vault.sealer(REFUSED),
                rules_of(opened_people.people.encoder, mode),
            )
            opener = vision_factory or opened_people.installed.open_vision
            work = PhotoEnrolment(
                opened_people.people,
                refused,
                opener,
                consent=consent,
                workers=workers,
                quality=mode,
                although_known=although_known,
            )
            bar = ProgressBar(err)
            report = opened_people.act(
                Action.ENROL_PHOTOS,
                lambda: work.run(pictures, bar.show, cancel),
                lambda report: {"in": report.count("in"), "files": len(report.rows)},
            )
            bar.end()
    except (SettingsError, Unusable, FolderUnusable, GalleryFileError, AuditProblem) as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    except OSError as error:
        err.write(f"The data folder cannot be written: {error}\n")
        return EXIT_PROBLEM
    if as_json:
        out.write(json.dumps(_summary(report)) + "\n")
    else:
        _write_rows(report, out)
    if report.cancelled:
        err.write("Interrupted. Start the same command again to go on.\n")
        return EXIT_INTERRUPTED
    return EXIT_PROBLEM if report.count("failed") else EXIT_OK


def import_people(
    folder: DataFolder,
    path: Path,
    *,
    ground: str = "",
    network: str | None = None,
    encoder: OpenEncoder = installed_encoder,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Takes people in from classic pickle files; writes one line an entry.

    `ground` is noted at each person.

    Returns:
        0 when something is in (now or before), 1 when nothing could be used.
    """
    out, err = out or sys.stdout, err or sys.stderr
    try:
        consent = _stated(ground)
        # Where nothing can be used, no data are made for it.
        nothing = nothing_in(path) if is_new(folder) else None
        report = nothing or _imported(folder, path, consent, network, encoder)
    except (Unusable, GalleryFileError, AuditProblem) as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    except OSError as error:
        err.write(f"The data folder cannot be written: {error}\n")
        return EXIT_PROBLEM
    for row in report.rows:
        reason = f"  {row.reason}" if row.reason else ""
        out.write(f"{row.result:8} {row.entry}  {printable(row.person)}{reason}\n")
    counts = ", ".join(f"{report.count(kind)} {kind}" for kind in get_args(ImportResult))
    out.write(f"{count(len(report.rows), 'entry', 'entries')}: {counts}.\n")
    return EXIT_OK if report.count("in") + report.count("already") else EXIT_PROBLEM


def _imported(
    folder: DataFolder,
    path: Path,
    consent: dict[str, Primitive],
    network: str | None,
    encoder: OpenEncoder,
) -> ImportReport:
    with people_of(folder, encoder, "python -m server import", network) as opened_people:
        return opened_people.act(
            Action.IMPORT_PEOPLE,
            lambda: import_classic(path, opened_people.people, consent=consent),
            lambda report: {"in": report.count("in"), "entries": len(report.rows)},
        )


def export_people(
    folder: DataFolder,
    path: Path,
    *,
    layout: Layout,
    network: str | None = None,
    encoder: OpenEncoder = installed_encoder,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Writes everybody out in a classic format; names the files.

    Returns:
        0 when written, 1 when not.
    """
    out, err = out or sys.stdout, err or sys.stderr
    try:
        with people_of(folder, encoder, "python -m server export", network) as opened_people:
            everybody = opened_people.people.stored()
            files: tuple[Path, ...] = ()
            if everybody:
                files = opened_people.act(
                    Action.EXPORT_PEOPLE,
                    lambda: export_classic(everybody, path, layout),
                    lambda files: {"layout": layout, "files": len(files)},
                )
    except (Unusable, GalleryFileError, ExportRefused, AuditProblem) as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    if not everybody:
        err.write("Nobody is enrolled: there is nothing to export.\n")
        return EXIT_PROBLEM
    for file in files:
        out.write(f"{printable(str(file), 300)}\n")
    out.write(f"{count(len(everybody), 'person', 'people')} exported.\n")
    return EXIT_OK


def _stated(ground: str) -> dict[str, Primitive]:
    """What is noted at everybody who comes in.

    Raises:
        Unusable: Nobody said on what ground.
    """
    try:
        return stated_by(command_line(), ground)
    except GroundMissing as missing:
        raise Unusable(f'{missing} Add: --consent "{EXAMPLE}".') from missing


def lock(folder: DataFolder, holder: str) -> None:
    """Takes the data for this command.

    Raises:
        Unusable: Another program has them, or the folder cannot be used.
    """
    try:
        folder.lock(holder)
    except DataInUse as error:
        raise Unusable(str(error)) from error
    except OSError as error:
        raise Unusable(f"The data folder {folder.root} cannot be used: {error}") from error


@dataclass(frozen=True, slots=True)
class OpenPeople:
    """The people of a data folder, their face model, the vault, and the books."""

    people: PeopleService
    installed: InstalledEncoder
    vault: Vault
    books: Books

    def act(self, action: Action, work: Callable[[], T], told: Callable[[T], Details]) -> T:
        """Does something as whoever is at the command line, which is written down.

        Raises:
            AuditProblem: It cannot be written; nothing was done.
        """
        return self.books.administration.act(
            command_line(), action, work, done=lambda result: ("", told(result))
        )


@contextmanager
def people_of(
    folder: DataFolder, encoder: OpenEncoder, holder: str, network: str | None
) -> Iterator[OpenPeople]:
    """The people of a data folder that is ours for as long, and what belongs to them."""
    lock(folder, holder)
    try:
        vault = opened(folder, terminal())
        take_over(folder, vault)
        books = open_books(folder, vault, lambda found: _warn((found,)))
        settings = load(ServerSettings, folder.settings)
        installed = encoder(settings.network if network is None else network)
        files = GalleryFiles(folder.known_faces, vault)
        people = PeopleService(
            files,
            PictureFolder(folder.pictures, vault),
            installed.fingerprint,
            yardstick=installed.yardstick,
            keep_pictures=lambda: settings.keep_pictures,
        )
        for item in people.load():
            sys.stderr.write(f"{printable(item.path.name)} was left out: {item.reason}\n")
        books.stands.watch(PEOPLE, files.stand)
        _warn((*people.alarms, *books.stands.look()))
        if people.elsewhere:
            sys.stderr.write(
                f"{len(people.elsewhere)} enrolled with another face model were left as they are.\n"
            )
        yield OpenPeople(people, installed, vault, books)
    except (EncoderFailed, SettingsError, VaultProblem, CannotOpen) as error:
        raise Unusable(str(error)) from error
    finally:
        folder.unlock()


def _warn(sentences: Iterable[str]) -> None:
    sys.stderr.writelines(f"{sentence}\n" for sentence in sentences)


@contextmanager
def _interrupt() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; a second one ends the program as usual."""
    cancel = threading.Event()
    usual: dict[signal.Signals, Any] = {}

    def handler(number: int, _frame: FrameType | None) -> None:
        cancel.set()
        signal.signal(number, usual[signal.Signals(number)])

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            usual[number] = signal.signal(number, handler)
    try:
        yield cancel
    finally:
        for number, before in usual.items():
            signal.signal(number, before)


def _summary(report: PhotoReport) -> dict[str, object]:
    return {
        **{result: report.count(result) for result in ("in", "refused", "already", "failed")},
        "files": len(report.rows),
        "people": len({row.person for row in report.rows if row.result in ("in", "already")}),
        "cancelled": report.cancelled,
        "elapsed_s": round(report.elapsed_s, 2),
        "rows": [
            {"path": row.path, "person": row.person, "result": row.result, "reason": row.reason}
            for row in report.rows
        ],
    }


def _write_rows(report: PhotoReport, out: TextIO) -> None:
    for row in report.rows:
        reason = f"  {row.reason}" if row.reason else ""
        out.write(f"{row.result:8} {row.path}{reason}\n")
    counts = ", ".join(
        f"{report.count(result)} {result}" for result in ("in", "refused", "already", "failed")
    )
    out.write(f"{len(report.rows)} files: {counts}; {report.elapsed_s:.1f} s.\n")
