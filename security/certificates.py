"""Certificates of a grid: its authority, its server, its checkpoints; P-256, made and read here.

A name of the server follows from the authority's hash, so that a checkpoint checks who it talks to
and not at which address.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 20 * 365
LEAF_DAYS = 365
BACKDATED = timedelta(days=2)
"""Checkpoints whose clocks are up to two days behind accept a certificate made just now."""

Key = ec.EllipticCurvePrivateKey


class CertificateRefused(Exception):  # noqa: N818 - named for what happened
    """Raised when a certificate, a request or a key cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate as text, with what is remembered about it; times in ms since 1970 UTC."""

    pem: str
    serial: str
    begins_at_ms: int
    expires_at_ms: int


def new_key() -> Key:
    """A key of its own for whoever will hold the certificate."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key, password: bytes | None = None) -> bytes:
    """A key as PKCS 8 text, encrypted when there is a password."""
    how = NoEncryption() if password is None else BestAvailableEncryption(password)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def read_key(pem: bytes) -> Key:
    """The key of a text.

    Raises:
        CertificateRefused: It is none, or one of another kind.
    """
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise CertificateRefused("The key cannot be read.") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateRefused("The key is of another kind.")
    return key


def new_authority(key: Key, now: datetime) -> x509.Certificate:
    """The certificate of an authority, signed by itself; good for 20 years.

    Args:
        key: The authority's.
        now: With its time zone.
    """
    name = _name(f"FaceNetGrid authority {secrets.token_hex(4)}")
    usage = {"key_cert_sign": True, "crl_sign": True}
    return (
        _begun(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def authority_hash(certificate: x509.Certificate) -> bytes:
    """SHA-256 of an authority's certificate: 32 bytes; the grid is known by it."""
    return sha256(certificate.public_bytes(Encoding.DER)).digest()


def fingerprint(certificate: x509.Certificate) -> str:
    """The begin of an authority's hash for people to compare: 64 bits in groups of four digits."""
    digits = authority_hash(certificate)[:8].hex().upper()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def server_name(certificate: x509.Certificate) -> str:
    """The name that a server of this authority has, wherever it is."""
    return f"grid-{authority_hash(certificate)[:8].hex()}.facenetgrid.internal"


def issue_server(authority: x509.Certificate, signing: Key, key: Key, now: datetime) -> Issued:
    """A certificate for the server: it cannot be used by a checkpoint."""
    name = server_name(authority)
    return _issue(
        authority,
        signing,
        _begun(_name("FaceNetGrid server"), authority.subject, key.public_key(), now, LEAF_DAYS)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False),
        key.public_key(),
    )


def issue_device(
    authority: x509.Certificate,
    signing: Key,
    request: x509.CertificateSigningRequest,
    checkpoint_id: str,
    now: datetime,
    *,
    days: float = LEAF_DAYS,
) -> Issued:
    """A certificate for a checkpoint: it cannot play the server. Only the request's key counts.

    Raises:
        CertificateRefused: The request asks for a key that is not P-256.
    """
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise CertificateRefused("The checkpoint's key is of another kind than P-256.")
    return _issue(
        authority,
        signing,
        _begun(_name(checkpoint_id), authority.subject, key, now, days).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True
        ),
        key,
    )


def new_request(key: Key, checkpoint_id: str) -> str:
    """A request for a certificate, signed with the key that stays here."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(checkpoint_id))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode("ascii")


def read_request(pem: str) -> x509.CertificateSigningRequest:
    """The request of a text, whose sender holds the key.

    Raises:
        CertificateRefused: It is none, or not signed with its own key.
    """
    try:
        request = x509.load_pem_x509_csr(pem.encode("ascii"))
        signed = request.is_signature_valid
    except (ValueError, TypeError, InvalidSignature) as error:
        raise CertificateRefused("The certificate request cannot be read.") from error
    if not signed:
        raise CertificateRefused("The certificate request is not signed with its own key.")
    return request


def read_certificate(pem: str | bytes) -> x509.Certificate:
    """The certificate of a text.

    Raises:
        CertificateRefused: It is none.
    """
    try:
        return x509.load_pem_x509_certificate(pem.encode("ascii") if isinstance(pem, str) else pem)
    except (ValueError, TypeError) as error:
        raise CertificateRefused("The certificate cannot be read.") from error


def read_authority(pem: str) -> x509.Certificate:
    """The authority's certificate of a text, checked to be one that signed itself.

    Raises:
        CertificateRefused: It is no authority of a grid.
    """
    found = read_certificate(pem)
    try:
        found.verify_directly_issued_by(found)
        constraints = found.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound) as error:
        raise CertificateRefused("The certificate is not that of an authority.") from error
    if not constraints.ca:
        raise CertificateRefused("The certificate is not that of an authority.")
    return found


def check_issued(certificate: x509.Certificate, authority: x509.Certificate, key: Key) -> None:
    """Checks that a certificate is of this authority and for this key.

    Raises:
        CertificateRefused: It is not.
    """
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise CertificateRefused("The certificate is of another authority.") from error
    if certificate.public_key() != key.public_key():
        raise CertificateRefused("The certificate is for another key.")


def common_name(certificate: x509.Certificate) -> str:
    """Whom a certificate names; "" when nobody."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def renewal_due(begins: datetime, expires: datetime, now: datetime) -> bool:
    """Whether a third of the life of a certificate, or less, is left."""
    return expires - now <= (expires - begins) / 3


def pem_of(certificate: x509.Certificate) -> str:
    """A certificate as text."""
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def moment(now_ms: int) -> datetime:
    """A time in ms since 1970 UTC as certificates have it."""
    return datetime.fromtimestamp(now_ms / 1000, UTC)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    days: float,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=days))
    )


def _issue(
    authority: x509.Certificate,
    signing: Key,
    begun: x509.CertificateBuilder,
    key: ec.EllipticCurvePublicKey,
) -> Issued:
    made = (
        begun.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
        .sign(signing, SHA256())
    )
    return Issued(
        pem=pem_of(made),
        serial=serial_text(made.serial_number),
        begins_at_ms=round(made.not_valid_before_utc.timestamp() * 1000),
        expires_at_ms=round(made.not_valid_after_utc.timestamp() * 1000),
    )


def serial_text(serial: int) -> str:
    """A serial number as `ssl.SSLSocket.getpeercert` writes it: capital hex, whole bytes."""
    text = f"{serial:X}"
    return text if len(text) % 2 == 0 else f"0{text}"


def _usage(**yes: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: yes.get(name, False) for name in names})
