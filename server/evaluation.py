"""The site's own people, evaluated from their files: beside a running server or without one.

Nothing is locked and nothing written but the report: every file of a person is whole at any time.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.report_files import NAMES, as_text, write_reports
from biometrics.evaluation.site import Progress, site_report
from biometrics.evaluation.site_document import site_document
from biometrics.gallery import Gallery, GalleryRefused, Person
from biometrics.yardstick import DLIB
from desktop.files import write_atomically
from desktop.settings import load
from protocol.text import printable
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.settings import ServerSettings
from server.strangers_file import PURPOSE, StrangersInvalid, from_bytes, read_bytes
from server.vault import Vault

_ID = re.compile(r"\b[0-9a-f]{32}\b")


def stored_gallery(
    folder: DataFolder, vault: Vault, encoder: str, *, names: bool = True
) -> tuple[Gallery, list[str]]:
    """Everybody who can be searched with that encoder, and a sentence about everybody else.

    Without names everybody goes by their id.

    Raises:
        GalleryFileError: The folder of people cannot be read.
    """
    loaded = GalleryFiles(folder.known_faces, vault).load(tidy=False)
    left_out = [f"{printable(one.path.name)}: {one.reason}" for one in loaded.set_aside]
    people: list[Person] = []
    for stored in loaded.people:
        person = stored.to_person()
        if not names:
            person = replace(person, display_name=person.subject_id)
        try:
            one = Gallery.of([person], encoder)
        except GalleryRefused as error:
            left_out.append(printable(str(error)))
            continue
        if one.dimensions == DLIB.dimensions:
            people.extend(one.people)
        else:
            name = printable(person.display_name, 60)
            left_out.append(f"{name}: templates have {one.dimensions} numbers.")
    return Gallery.of(people, encoder), left_out


def stored_strangers(folder: DataFolder, vault: Vault, encoder: str) -> NDArray[np.float32] | None:
    """The strangers kept for that encoder; None where there are none that can be used."""
    try:
        data = read_bytes(folder.strangers, vault.sealer(PURPOSE))
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
    vault: Vault,
    encoder: str,
    *,
    now_ms: int,
    names: bool = True,
    progress: Progress = lambda _step, _done, _total: None,
) -> dict[str, Any]:
    """What can be said about the people of a data folder, ready for JSON.

    Without names everybody goes by their id; see `with_names`.

    Raises:
        GalleryFileError: The folder of people cannot be read.
        SettingsError: The settings file cannot be used.
    """
    settings = load(ServerSettings, folder.settings)
    gallery, left_out = stored_gallery(folder, vault, encoder, names=names)
    return site_report(
        gallery,
        per_1000=settings.strangers_named_per_1000,
        now_ms=now_ms,
        strangers=stored_strangers(folder, vault, encoder) if settings.keep_strangers else None,
        left_out=left_out,
        progress=progress,
    )


def write_site(result: dict[str, Any], folder: Path) -> tuple[Path, ...]:
    """Writes the report's files, which name people, for this user's eyes.

    Raises:
        OSError: A file cannot be written.
    """
    return write_reports(site_document(result), result, folder)


def keep_site(result: dict[str, Any], folder: Path) -> Path:
    """Keeps a report without names for `latest_site`; returns its path.

    Raises:
        OSError: It cannot be written.
    """
    path = folder / NAMES[0]
    write_atomically(path, as_text(result).encode("utf-8"))
    return path


def with_names(result: dict[str, Any], name_of: Callable[[str], str | None]) -> dict[str, Any]:
    """The report with each id replaced by its name; of people who are gone some of the id stays."""

    def said(value: object) -> object:
        if isinstance(value, str):
            return _ID.sub(lambda found: name_of(found[0]) or found[0][:8], value)
        if isinstance(value, list):
            return [said(item) for item in value]
        if isinstance(value, dict):
            return {key: said(item) for key, item in value.items()}
        return value

    return cast("dict[str, Any]", said(result))


def latest_site(folder: Path) -> dict[str, Any] | None:
    """The report that was written last; None where there is none that can be read."""
    try:
        found = json.loads((folder / NAMES[0]).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == 1 else None
