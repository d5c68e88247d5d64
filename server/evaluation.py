"""The site's own people, evaluated from their files: beside a running server or without one.

Nothing is locked and nothing written but the report: every file of a person is whole at any time.
"""

import json
from pathlib import Path
from typing import Any

from biometrics.evaluation.report_files import NAMES, write_reports
from biometrics.evaluation.site import Progress, site_report
from biometrics.evaluation.site_document import site_document
from biometrics.gallery import Gallery, GalleryRefused, Person
from desktop.settings import load
from protocol.text import printable
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.settings import ServerSettings


def stored_gallery(folder: DataFolder, encoder: str) -> tuple[Gallery, list[str]]:
    """Everybody who can be searched with that encoder, and a sentence about everybody else.

    Raises:
        GalleryFileError: The folder of people cannot be read.
    """
    loaded = GalleryFiles(folder.known_faces).load(tidy=False)
    left_out = [f"{printable(one.path.name)}: {one.reason}" for one in loaded.set_aside]
    people: list[Person] = []
    for stored in loaded.people:
        try:
            people.append(Gallery.of([stored.to_person()], encoder).people[0])
        except GalleryRefused as error:
            left_out.append(printable(str(error)))
    return Gallery.of(people, encoder), left_out


def evaluate_site(
    folder: DataFolder,
    encoder: str,
    *,
    now_ms: int,
    progress: Progress = lambda _step, _done, _total: None,
) -> dict[str, Any]:
    """What can be said about the people of a data folder, ready for JSON.

    Raises:
        GalleryFileError: The folder of people cannot be read.
        SettingsError: The settings file cannot be used.
    """
    settings = load(ServerSettings, folder.settings)
    gallery, left_out = stored_gallery(folder, encoder)
    return site_report(
        gallery,
        per_1000=settings.strangers_named_per_1000,
        now_ms=now_ms,
        left_out=left_out,
        progress=progress,
    )


def write_site(result: dict[str, Any], folder: Path) -> tuple[Path, ...]:
    """Writes the report's files, which name people, for this user's eyes.

    Raises:
        OSError: A file cannot be written.
    """
    return write_reports(site_document(result), result, folder)


def latest_site(folder: Path) -> dict[str, Any] | None:
    """The report that was written last; None where there is none that can be read."""
    try:
        found = json.loads((folder / NAMES[0]).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == 1 else None
