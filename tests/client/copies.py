"""A server's gallery that changes, as pages for the tests of copies."""

from biometrics.gallery import Gallery, Person, Template
from biometrics.identify import DEFAULT_POLICY
from protocol.messages import GalleryChanges, GalleryPage
from server.replica import Replica
from server.settings import ServerSettings
from tests.client.fakes import EILEEN, FINGERPRINT, GRACE, direction

NAMES = {GRACE: "Grace Hopper", EILEEN: "Eileen Collins"}


def person(who: int, *, name: str = "") -> Person:
    """Somebody of the fakes, enrolled with two samples."""
    template = Template(encoding=direction(who), sample_id="s", encoder=FINGERPRINT)
    return Person(
        subject_id=f"{who:032x}",
        display_name=name or NAMES.get(who, f"Person {who}"),
        templates=(template, template),
    )


class Office:
    """The server's side: who is enrolled, and its settings."""

    def __init__(self, *who: int, hours: int = 4) -> None:
        self.gallery = Gallery.of([person(each) for each in who], FINGERPRINT)
        self.settings = ServerSettings(offline_hours=hours)
        self.replica = Replica(
            lambda: self.gallery, lambda _gallery: DEFAULT_POLICY, lambda: self.settings
        )

    def page(self, epoch: str | None, since: int) -> GalleryPage:
        """The answer to a question."""
        return self.replica.page(GalleryChanges(id="g1", epoch=epoch, since=since))
