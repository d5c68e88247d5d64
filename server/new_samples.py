"""Samples to enrol, and what they are stored as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from biometrics.faces import Encoding
from biometrics.gallery import GalleryRefused, unit_length
from server.person_index import sample_id_of
from server.stored_person import StoredTemplate


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NewSample:
    """A sample to enrol: a raw encoding with what belongs to it.

    `enrolment_id` and `content` (a hash of the whole request) let the same enrolment be known
    again; both are empty for photos, which are known by `picture_sha256`.
    """

    encoding: Encoding
    quality: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    captured_at_ms: int = 0
    picture_sha256: str | None = None
    enrolment_id: str = ""
    content: str = ""


def templates_of(samples: Sequence[NewSample], now_ms: int) -> tuple[StoredTemplate, ...]:
    """The samples as they are stored.

    Args:
        samples: At least one.
        now_ms: When they were taken, where a sample does not say; ms since the epoch, UTC.

    Raises:
        GalleryRefused: There is none, or one has no direction.
    """
    if not samples:
        raise GalleryRefused("A person needs at least one sample.")
    return tuple(
        StoredTemplate(
            sample_id=sample_id_of(sample.enrolment_id, sample.content, number),
            encoding=tuple(float(number) for number in unit_length(sample.encoding)),
            quality=dict(sample.quality),
            captured_at_ms=sample.captured_at_ms or now_ms,
            source=sample.source,
            picture_sha256=sample.picture_sha256,
        )
        for number, sample in enumerate(samples)
    )
