"""`python -m server verify NAME PICTURE`: does a picture show somebody who is enrolled?"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from biometrics.encode import EncoderFailed
from biometrics.faces import Encoding
from biometrics.gallery import Person
from biometrics.pictures import PictureError, read_picture
from biometrics.quality_modes import ANY_QUALITY
from biometrics.vision import PhotoRefused
from desktop.settings import load
from protocol.text import printable
from server.data_folder import DataFolder
from server.encoders import installed_encoder
from server.gallery_files import GalleryFileError
from server.people import PeopleService
from server.photo_workers import PhotoVision
from server.settings import ServerSettings
from server.strangers import Strangers
from server.strangers_file import PURPOSE as STRANGERS
from server.tools import OpenEncoder, Unusable, people_of
from server.verification import NotMeasured, VerificationService

EXIT_SAME = 0
EXIT_DIFFERENT = 1
"""As `python -m biometrics verify`: 0 this person, 1 not, 2 could not be compared."""
EXIT_NOT_COMPARED = 2


def verify(
    folder: DataFolder,
    name: str,
    picture: Path,
    *,
    as_json: bool,
    per_10000: float | None = None,
    network: str | None = None,
    encoder: OpenEncoder = installed_encoder,
    vision_factory: Callable[[], PhotoVision] | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Compares a picture with the person of that name, by the policy of this gallery.

    Args:
        folder: The server's data; the server itself must not be running.
        name: As enrolled, upper and lower case alike.
        picture: With one face.
        as_json: One JSON object instead of a sentence.
        per_10000: Strangers accepted in 10,000, at most; None for what the settings say.
        network: The face model's file, as in the settings; None for what the settings say.
        encoder: Opens the face model.
        vision_factory: Makes what takes the face; None for the encoder's own.
        out: Standard output.
        err: Standard error.

    Returns:
        0 for this person, 1 for not, 2 when they cannot be compared.
    """
    out, err = out or sys.stdout, err or sys.stderr
    try:
        with people_of(folder, encoder, "python -m server verify", network) as opened:
            people, installed, vault = opened.people, opened.installed, opened.vault
            person = _named(people, name)
            settings = load(ServerSettings, folder.settings)
            strangers = Strangers(
                folder.strangers,
                vault.sealer(STRANGERS),
                people.encoder,
                dimensions=people.yardstick.dimensions,
                allowed=lambda: settings.keep_strangers,
            )
            if settings.keep_strangers and not people.yardstick.own:
                strangers.load()
            target = settings.accepted_per_10000 if per_10000 is None else per_10000
            service = VerificationService(
                lambda: people.gallery,
                lambda: target,
                lambda: strangers.rows,
                yardstick=people.yardstick,
            )
            opener = vision_factory or installed.open_vision
            found = service.verify(person.subject_id, _probe(picture, opener))
            fitted = service.policy()
    except (Unusable, NotMeasured, GalleryFileError, PictureError, EncoderFailed) as error:
        err.write(f"{printable(str(error), 300)}\n")
        return EXIT_NOT_COMPARED
    if as_json:
        plain = {
            "same": found.same,
            "person": person.display_name,
            "distance": round(found.distance, 4),
            "threshold": round(found.threshold, 4),
            "lowered": round(found.lowered, 4),
            "target_fmr": fitted.target,
            "expected_fmr": round(fitted.fmr, 7),
            "people": fitted.people,
            "reason": found.reason,
        }
        out.write(json.dumps(plain) + "\n")
    else:
        out.write(f"{found.reason}\n{fitted.sentence}\n")
    return EXIT_SAME if found.same else EXIT_DIFFERENT


def _named(people: PeopleService, name: str) -> Person:
    person = people.find(name)
    if person is None:
        raise Unusable(f"Nobody named {printable(name, 60)} is enrolled.")
    return person


def _probe(picture: Path, vision_factory: Callable[[], PhotoVision]) -> Encoding:
    image = read_picture(picture)
    vision = vision_factory()
    try:
        taken = vision.enrol_photo(image, limits=ANY_QUALITY)
    finally:
        vision.close()
    if isinstance(taken, PhotoRefused):
        raise Unusable(f"{picture.name}: {taken.reason}")
    return taken.encoding
