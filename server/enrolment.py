"""Enrolment from a checkpoint as a service: checked, written to the disk, and only then confirmed.

Knows nothing of sockets and windows. Like recognition it tells no distance.
"""

import base64
import logging
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from biometrics.faces import Encoding
from biometrics.gallery import Gallery, GalleryRefused, Person
from biometrics.identify import (
    NotIdentified,
    Policy,
    identify,
)
from biometrics.quality_modes import LIMITS, STANDARD, QualityMode
from database.records import hash_content
from desktop.logs import log_event
from protocol.errors import Code, NameInvalid, sentence
from protocol.messages import Enrol, Enrolled
from server import pictures
from server.consent_texts import ConsentOutdated, ConsentText, ConsentTexts, ConsentTextsBroken
from server.gallery_files import GalleryFileError
from server.new_samples import NewSample
from server.people import NameTaken, PeopleService
from server.recognition import Caller, Objection, no_objection
from server.refusals import Refused, refused_by_files
from server.sample_checks import agreeing, check_plausible, check_quality, distance, places_of
from server.stored_person import PersonInvalid, Primitive
from server.suspicion import Suspicion

_LOG = logging.getLogger(__name__)

SHORTEST_REASON = 3
"""Letters of a reason to enrol a face that is enrolled already; fewer are none."""

_ERASED = (
    "This person was enrolled with these pictures and erased at the server since: nothing was "
    "stored. To enrol them again, ask for their consent and take new pictures."
)


class EnrolmentService:
    """Puts people into the gallery.

    Args:
        people: Where they go.
        policy: When a face counts as enrolled already, in a snapshot; None for the encoder's usual.
        quality: How good a sample has to be.
        texts: What people agree to; without them every text is the first version.
        erased: Whether an enrolment, by its id, was of somebody who was erased since.
        now_ms: The server's clock, ms since the epoch, UTC.
    """

    def __init__(
        self,
        people: PeopleService,
        *,
        policy: Callable[[Gallery], Policy] | None = None,
        quality: Callable[[], QualityMode] = lambda: STANDARD,
        texts: ConsentTexts | None = None,
        erased: Callable[[str], bool] = lambda _enrolment_id: False,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._people = people
        self._policy = policy or (lambda _gallery: people.yardstick.enrolled_already)
        self._quality = quality
        self._texts = texts
        self._erased = erased
        self._now_ms = now_ms
        self._objection: Objection = no_objection
        self._suspicion: Suspicion | None = None
        # The same face must not be enrolled twice by two checkpoints at once.
        self._one_at_a_time = threading.Lock()

    def demand(self, objection: Objection) -> None:
        """From now on enrols nobody against whom this says something."""
        self._objection = objection

    def watch(self, suspicion: Suspicion) -> None:
        """From now on compares nobody where this says that too many tries were."""
        self._suspicion = suspicion

    def use(self, policy: Callable[[Gallery], Policy]) -> None:
        """From now on tells by this whether a face is enrolled already."""
        self._policy = policy

    def made_before(self, request: Enrol, caller: Caller) -> Enrolled | None:
        """The answer to a request that was stored before, as the first time; None for a new one.

        Raises:
            Refused: It was, with other content.
        """
        before = self._people.enrolled_by(request.enrolment_id)
        if before is None:
            return None
        person, mark = before
        if not _content(request, caller).startswith(mark):
            raise Refused(
                Code.IDEMPOTENCY_CONFLICT, "This enrolment was made already with other content."
            )
        return _answer(request, person)

    def enrol(self, request: Enrol, caller: Caller, *, by: str = "") -> Enrolled:
        """Enrols a person, or adds the samples to `same_person_as`.

        The same request again is answered as the first time.

        Args:
            request: Who.
            caller: Where.
            by: Who enrols, as the audit log names them; the checkpoint unless told otherwise.

        Raises:
            Refused: Raised when there is no consent, or one to a text of before, a sample is no
                face's or not good enough, liveness is demanded and was not shown, the samples do
                not agree, the face or the name is enrolled already, the person was erased since, or
                cannot be stored.
        """
        _check_consent(request)
        samples = [np.asarray(sample.encoding, dtype=np.float64) for sample in request.samples]
        check_plausible(samples, self._people.yardstick)
        with self._one_at_a_time:
            before = self.made_before(request, caller)
            if before is not None:
                return before
            if self._erased(request.enrolment_id):
                raise Refused(Code.ERASED, _ERASED)
            # Before anything is said about the face: a text of before is nobody's try.
            self._agreed(request.consent_text)
            objection = self._objection(request.enrolment_id, request.liveness, caller)
            if objection:
                raise Refused(Code.SPOOF_SUSPECTED, objection)
            check_quality(request, LIMITS[self._quality()].live)
            fused = agreeing(samples, self._people.yardstick.samples_agree)
            self._check_face(request, caller, fused, samples)
            try:
                person = self._store(request, caller, samples, by)
            except Refused as refused:
                if not refused.retryable:
                    # Nobody was enrolled, and it was told that nobody near is: a miss (R6).
                    self._missed(fused, samples, caller)
                raise
        log_event(
            _LOG,
            "person_enrolled",
            subject=person.subject_id,
            samples=len(samples),
            checkpoint=caller.checkpoint_id,
        )
        return _answer(request, person)

    def _check_face(
        self, request: Enrol, caller: Caller, fused: Encoding, samples: Sequence[Encoding]
    ) -> None:
        """1:N against everybody, 1:1 against the person it is said to be."""
        self._check_tries(fused, samples, caller)
        if request.same_person_as is not None:
            # No reason makes another face this person's.
            self._check_same_person(request.same_person_as, fused, samples, caller)
            return
        problem = self._somebody_else(fused, samples)
        if problem is None:
            return
        reason = " ".join((request.override_reason or "").split())
        if len(reason) < SHORTEST_REASON:
            raise problem
        log_event(
            _LOG,
            "enrolment_override",
            level=logging.WARNING,
            code=str(problem.code),
            subject=problem.details["subject"],
            checkpoint=caller.checkpoint_id,
        )

    def _check_tries(self, fused: Encoding, samples: Sequence[Encoding], caller: Caller) -> None:
        """An enrolment tells too whether a face is somebody's: the same back-off holds (R6)."""
        suspicion = self._suspicion
        if suspicion is None:
            return
        for probe in places_of(fused, samples):
            suspected = suspicion.tried(probe, caller.checkpoint_id)
            if suspected is not None:
                raise Refused(suspected.code, sentence(suspected.code))

    def _missed(self, fused: Encoding, samples: Sequence[Encoding], caller: Caller) -> None:
        suspicion = self._suspicion
        if suspicion is not None:
            for probe in places_of(fused, samples):
                suspicion.missed(probe, caller.checkpoint_id)

    def _check_same_person(
        self, subject_id: str, fused: Encoding, samples: Sequence[Encoding], caller: Caller
    ) -> None:
        person = self._people.gallery.get(subject_id)
        if person is None:
            raise Refused(
                Code.NOT_ALLOWED, "The person to add the samples to is not enrolled any more."
            )
        if distance(fused, person.fused()) > self._people.yardstick.samples_agree:
            self._missed(fused, samples, caller)
            raise Refused(
                Code.SAMPLES_DISAGREE,
                f"This face does not look like {person.display_name}.",
                details={"subject": subject_id},
            )

    def _somebody_else(self, fused: Encoding, samples: Sequence[Encoding]) -> Refused | None:
        """Searches as a checkpoint would: for all samples together, and for each of several.

        Together they lie nearest to a template of several views; to one of a single picture one
        of them may lie nearer. "Too near to call" counts: nobody is enrolled twice for it.
        """
        gallery = self._people.gallery
        policy = self._policy(gallery)
        probes = [fused, *samples] if len(samples) > 1 else [fused]
        for probe in probes:
            found = identify(probe, gallery, policy)
            if isinstance(found, NotIdentified) or found.nearest is None:
                continue
            return Refused(
                Code.ALREADY_ENROLLED,
                f"This face is enrolled already as {found.nearest.display_name}.",
                details={
                    "subject": found.nearest.subject_id,
                    "display_name": found.nearest.display_name,
                },
            )
        return None

    def _agreed(self, text: str) -> ConsentText:
        """The text in force, or other words; one that is not in force any more is refused."""
        if self._texts is None:
            return ConsentText(1, text, 0)
        try:
            return self._texts.agreed(text)
        except ConsentOutdated as outdated:
            raise Refused(Code.CONSENT_OUTDATED, str(outdated)) from outdated
        except (OSError, ConsentTextsBroken) as error:
            told = "The consent could not be kept. Look at the server's log."
            raise Refused(Code.STORAGE_FAILED, told) from error

    def _consent(self, request: Enrol, caller: Caller, by: str) -> dict[str, Primitive]:
        agreed = self._agreed(request.consent_text)
        return {
            "version": agreed.version,
            "since_ms": agreed.since_ms,
            "at_ms": request.consent_at_ms,
            "text": request.consent_text,
            "by": by or f"checkpoint:{caller.checkpoint_id}",
            "checkpoint_id": caller.checkpoint_id,
            "checkpoint_name": caller.name,
            "override_reason": request.override_reason,
        }

    def _store(
        self, request: Enrol, caller: Caller, encodings: Sequence[Encoding], by: str
    ) -> Person:
        content = _content(request, caller)
        samples = [
            NewSample(
                encoding=encoding,
                quality=dict(sample.quality),
                source=f"checkpoint {caller.checkpoint_id} {sample.pose}",
                captured_at_ms=request.consent_at_ms,
                enrolment_id=request.enrolment_id,
                content=content,
            )
            for sample, encoding in zip(request.samples, encodings, strict=True)
        ]
        consent = self._consent(request, caller, by)
        picture = _picture(request)
        try:
            if request.same_person_as is not None:
                return self._people.add_samples(request.same_person_as, samples, consent=consent)
            return self._people.add(request.display_name, samples, consent=consent, picture=picture)
        except NameTaken as error:
            raise Refused(
                Code.NAME_TAKEN, str(error), details={"subject": error.person.subject_id}
            ) from error
        except NameInvalid as error:
            raise Refused(Code.NAME_INVALID, str(error)) from error
        except (GalleryRefused, PersonInvalid) as error:
            raise Refused(Code.BAD_MESSAGE, str(error)) from error
        except GalleryFileError as error:
            raise refused_by_files(error) from error


def _content(request: Enrol, caller: Caller) -> str:
    """The hash of what makes two requests the same enrolment: all but its own id, and liveness.

    A checkpoint whose answer was lost may have shown it anew. Nor who signed in there: they, or
    somebody else, may have had to sign in again.
    """
    wire = request.to_wire()
    del wire["id"], wire["kind"], wire["liveness"]
    return hash_content({"kind": "enrol", "checkpoint": caller.checkpoint_id, **wire})


def _check_consent(request: Enrol) -> None:
    if not request.consent_text.strip() or request.consent_at_ms <= 0:
        raise Refused(
            Code.NOT_ALLOWED,
            "Nobody is enrolled without consent: show the text and ask first.",
            details={"field": "consent_text"},
        )


def _picture(request: Enrol) -> bytes | None:
    if request.picture is None:
        return None
    picture = base64.b64decode(request.picture)
    try:
        pictures.check(picture)
    except pictures.PictureRefused as error:
        raise Refused(Code.BAD_MESSAGE, str(error), details={"field": "picture"}) from error
    return picture


def _answer(request: Enrol, person: Person) -> Enrolled:
    return Enrolled(
        re=request.id,
        enrolment_id=request.enrolment_id,
        subject_id=person.subject_id,
        display_name=person.display_name,
        samples=len(person.templates),
    )
