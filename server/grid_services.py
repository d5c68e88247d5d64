"""What the grid's data offer while they are open, one property a service; any thread may ask."""

from database.reader import EventReader
from server.devices import Devices
from server.enrolment import EnrolmentService
from server.open_data import OpenData
from server.pairing import PairingService
from server.people import PeopleService
from server.recognition import RecognitionService
from server.vault import Vault
from server.verification import VerificationService


class GridServices:
    """The part of the grid that hands out services; those that open and close are in `Grid`."""

    def __init__(self) -> None:
        self._data: OpenData | None = None

    @property
    def vault(self) -> Vault:
        """What seals the data on the disk; when `ready`."""
        return self._opened.vault

    @property
    def people(self) -> PeopleService:
        """Who is enrolled; when `ready`."""
        return self._opened.people

    @property
    def devices(self) -> Devices:
        """The paired checkpoints; when `ready`."""
        return self._opened.doorway.devices

    @property
    def pairing(self) -> PairingService:
        """Lets checkpoints in; when `ready`."""
        return self._opened.doorway.pairing

    @property
    def recognition(self) -> RecognitionService:
        """Identifies; when `ready`."""
        return self._opened.recognition

    @property
    def verification(self) -> VerificationService:
        """Compares a probe with one person; when `ready`."""
        return self._opened.verification

    @property
    def enrolment(self) -> EnrolmentService:
        """Enrols from checkpoints; when `ready`."""
        return self._opened.enrolment

    @property
    def history(self) -> EventReader:
        """Questions to the database, from any thread; when `ready`."""
        return self._opened.history

    @property
    def _opened(self) -> OpenData:
        data = self._data
        if data is None:
            raise RuntimeError("the grid's data are not open: look at `ready` first")
        return data
