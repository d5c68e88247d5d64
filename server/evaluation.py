"""The site's own people, evaluated from their files: beside a running server or without one.

Nothing is locked and nothing written but the report: every file of a person is whole at any time.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.report_files import NAMES, write_reports
from biometrics.evaluation.site import Progress, site_report
from biometrics.evaluation.site_document import site_document
from biometrics.gallery import Gallery, GalleryRefused, Person
from biometrics.yardstick import DLIB
from desktop.settings import load
from protocol.text import printable
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.settings import ServerSettings
from server.strangers_file import StrangersInvalid, from_bytes, read_bytes


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
            one = Gallery.of([stored.to_person()], encoder)
        except GalleryRefused as error:
            left_out.append(printable(str(error)))
            continue
        if one.dimensions == DLIB.dimensions:
            people.extend(one.people)
        else:
            name = printable(stored.display_name, 60)
            left_out.append(f"{name}: templates have {one.dimensions} numbers.")
    return Gallery.of(people, encoder), left_out


def stored_strangers(folder: DataFolder, encoder: str) -> NDArray[np.float32] | None:
    """The strangers kept for that encoder; None where there are none that can be used."""
    try:
        data = read_bytes(folder.strangers)
        found = None if data is None else from_bytes(data)
    except StrangersInvalid:
        return None  # the server names a damaged file, and sets it aside
    if found is None or found[0] != encoder or not found[1]:
        return None
    if len(found[1][0].encoding) != DLIB.dimensions:
        return None  # the same
    return np.array([stranger.encoding for stranger in found[1]], dtype=np.float32)


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
        strangers=stored_strangers(folder, encoder) if settings.keep_strangers else None,
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
