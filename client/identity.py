"""Who this checkpoint is: its key and certificate, and the authority of the grid it is paired with.

Kept in a folder `identity` beside the settings file, one folder a checkpoint id below it, for its
owner alone: `device.key`, `device.pem`, `ca.pem`, `grid.json`.
"""

import json
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from desktop.files import write_atomically
from security.certificates import (
    CertificateRefused,
    Key,
    check_issued,
    common_name,
    fingerprint,
    key_pem,
    new_request,
    read_authority,
    read_certificate,
    read_key,
    renewal_due,
    server_name,
)
from security.tls import checkpoint_context

KEY_FILE, CERTIFICATE_FILE = "device.key", "device.pem"
AUTHORITY_FILE, GRID_FILE = "ca.pem", "grid.json"


class IdentityProblem(Exception):  # noqa: N818 - named for what happened
    """Raised when the identity cannot be read or kept; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Paired:
    """A good identity, ready for TLS.

    Attributes:
        checkpoint_id: As in the certificate.
        server_name: The name that the server's certificate has to have.
        authority: The grid's.
        certificate: This checkpoint's.
        context: Shows the certificate and verifies the server.
    """

    checkpoint_id: str
    server_name: str
    authority: x509.Certificate
    certificate: x509.Certificate
    context: ssl.SSLContext

    def renewal_due(self, now: datetime) -> bool:
        """Whether a third of the certificate's life, or less, is left."""
        begins = self.certificate.not_valid_before_utc
        return renewal_due(begins, self.certificate.not_valid_after_utc, now)

    def ended(self, now: datetime) -> bool:
        """Whether the certificate is good no more: the checkpoint has to be paired again."""
        return now >= self.certificate.not_valid_after_utc


@dataclass(frozen=True, slots=True)
class PairedWith:
    """With whom this checkpoint is paired, for people; times in ms since the epoch, UTC.

    Attributes:
        checkpoint_id: By which the server knows this checkpoint: another one than it asked for
            where that was taken.
        server_name: What the server called itself then.
        paired_at_ms: Since when.
        expires_at_ms: The end of the certificate, which is renewed long before.
        fingerprint: The begin of the hash of the grid's authority.
    """

    checkpoint_id: str
    server_name: str
    paired_at_ms: int
    expires_at_ms: int
    fingerprint: str


class Identity:
    """The folder of one checkpoint. Used by one thread at a time.

    Args:
        folder: Made when something is kept.
        checkpoint_id: What the checkpoint calls itself in its settings; the server may have given
            it another id, which is in the certificate.
    """

    def __init__(self, folder: Path, checkpoint_id: str) -> None:
        self._folder = folder / checkpoint_id
        self._lock = threading.Lock()
        self.asked_id = checkpoint_id

    @classmethod
    def beside(cls, settings_file: Path, checkpoint_id: str) -> "Identity":
        """The identity of a checkpoint with these settings."""
        return cls(settings_file.parent / "identity", checkpoint_id)

    def load(self) -> Paired | None:
        """The identity that is kept; None when this checkpoint is not paired.

        Raises:
            IdentityProblem: Files are damaged, or do not belong together.
        """
        with self._lock:
            if not (self._folder / GRID_FILE).exists():
                return None
            try:
                pem = (self._folder / AUTHORITY_FILE).read_text("ascii")
                authority = read_authority(pem)
                certificate = read_certificate((self._folder / CERTIFICATE_FILE).read_bytes())
                key = read_key((self._folder / KEY_FILE).read_bytes())
                check_issued(certificate, authority, key)
                own = self._folder / CERTIFICATE_FILE, self._folder / KEY_FILE
                context = checkpoint_context(pem, own)
            except (OSError, ValueError, CertificateRefused) as error:
                raise IdentityProblem(
                    f"What proves this checkpoint to the server cannot be used ({error}) Pair it"
                    " again with a code."
                ) from error
        return Paired(
            checkpoint_id=common_name(certificate),
            server_name=server_name(authority),
            authority=authority,
            certificate=certificate,
            context=context,
        )

    def shown(self) -> PairedWith | None:
        """With whom this checkpoint is paired; None for nobody, or when that cannot be read."""
        try:
            paired = self.load()
            grid = json.loads((self._folder / GRID_FILE).read_bytes()) if paired else {}
            since = datetime.fromisoformat(grid["paired_at"]) if paired else None
        except (IdentityProblem, OSError, ValueError, KeyError, TypeError):
            return None  # the link says why, whenever it tries to connect
        if paired is None or since is None:
            return None
        return PairedWith(
            checkpoint_id=paired.checkpoint_id,
            server_name=str(grid.get("called") or paired.server_name),
            paired_at_ms=round(since.timestamp() * 1000),
            expires_at_ms=round(paired.certificate.not_valid_after_utc.timestamp() * 1000),
            fingerprint=fingerprint(paired.authority),
        )

    def forget(self) -> None:
        """Deletes the key and the certificates.

        Raises:
            IdentityProblem: The folder cannot be written.
        """
        with self._lock:
            try:
                for name in (GRID_FILE, KEY_FILE, CERTIFICATE_FILE, AUTHORITY_FILE):
                    (self._folder / name).unlink(missing_ok=True)
            except OSError as error:
                raise self._unwritable(error) from error

    def keep(self, key: Key, certificate_pem: str, authority_pem: str, *, called: str = "") -> None:
        """Keeps what pairing gave, in the place of what was there.

        Args:
            key: Of this checkpoint.
            certificate_pem: For it.
            authority_pem: The grid's.
            called: What the server calls itself.

        Raises:
            IdentityProblem: The certificate is for another key or of another authority, or the
                folder cannot be written.
        """
        try:
            authority = read_authority(authority_pem)
            certificate = read_certificate(certificate_pem)
            check_issued(certificate, authority, key)
        except CertificateRefused as error:
            raise IdentityProblem(f"The server gave a wrong certificate. {error}") from error
        grid = {
            "checkpoint_id": common_name(certificate),
            "server_name": server_name(authority),
            "called": called,
            "paired_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with self._lock:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                for folder in (self._folder.parent, self._folder):
                    folder.chmod(0o700)
                # grid.json says that the others are whole: it goes first and comes last.
                (self._folder / GRID_FILE).unlink(missing_ok=True)
                write_atomically(self._folder / KEY_FILE, key_pem(key))
                write_atomically(self._folder / CERTIFICATE_FILE, certificate_pem.encode("ascii"))
                write_atomically(self._folder / AUTHORITY_FILE, authority_pem.encode("ascii"))
                write_atomically(self._folder / GRID_FILE, json.dumps(grid, indent=2).encode())
            except OSError as error:
                raise self._unwritable(error) from error

    def renewal_request(self) -> str:
        """A request for another certificate for the key that is kept.

        Raises:
            IdentityProblem: The key cannot be read.
        """
        try:
            return new_request(read_key((self._folder / KEY_FILE).read_bytes()), self.asked_id)
        except (OSError, CertificateRefused) as error:
            raise IdentityProblem(
                f"The key of this checkpoint cannot be read ({error})."
            ) from error

    def renewed(self, certificate_pem: str) -> None:
        """Keeps the certificate that follows.

        Raises:
            IdentityProblem: It is for another key or of another authority, or the folder cannot
                be written.
        """
        try:
            authority = read_authority((self._folder / AUTHORITY_FILE).read_text("ascii"))
            key = read_key((self._folder / KEY_FILE).read_bytes())
            check_issued(read_certificate(certificate_pem), authority, key)
            write_atomically(self._folder / CERTIFICATE_FILE, certificate_pem.encode("ascii"))
        except CertificateRefused as error:
            raise IdentityProblem(f"The server gave a wrong certificate. {error}") from error
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> IdentityProblem:
        return IdentityProblem(
            f"What pairing gave cannot be kept in {self._folder}: {error.strerror or error}."
        )
