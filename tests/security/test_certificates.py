"""Certificates: who signs what, for whom, for how long, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from security.certificates import (
    CertificateRefused,
    authority_hash,
    check_issued,
    common_name,
    fingerprint,
    issue_device,
    issue_server,
    key_pem,
    new_authority,
    new_key,
    new_request,
    pem_of,
    read_authority,
    read_certificate,
    read_key,
    read_request,
    renewal_due,
    serial_text,
    server_name,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY = new_key()
AUTHORITY = new_authority(KEY, NOW)


def test_an_authority_signs_itself_and_leaves_only() -> None:
    """No authority below it; good for twenty years, valid two days before it was made."""
    found = read_authority(pem_of(AUTHORITY))
    limits = found.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (limits.ca, limits.path_length) == (True, 0)
    assert found.not_valid_before_utc == NOW - timedelta(days=2)
    assert found.not_valid_after_utc == NOW + timedelta(days=20 * 365)
    assert new_authority(KEY, NOW).subject != AUTHORITY.subject


def test_the_name_of_the_server_follows_from_the_authority() -> None:
    """Sixteen digits of its hash; another authority, another name."""
    name = server_name(AUTHORITY)
    assert name == f"grid-{authority_hash(AUTHORITY).hex()[:16]}.facenetgrid.internal"
    assert server_name(new_authority(new_key(), NOW)) != name


def test_people_compare_a_few_digits_of_the_authority() -> None:
    """Four groups of four, the begin of its hash."""
    shown = fingerprint(AUTHORITY)
    assert [len(group) for group in shown.split()] == [4, 4, 4, 4]
    assert shown.replace(" ", "").lower() == authority_hash(AUTHORITY).hex()[:16]


def test_a_certificate_of_the_server_serves_for_nothing_else() -> None:
    """Its name, server authentication alone, no authority, a year."""
    key = new_key()
    issued = issue_server(AUTHORITY, KEY, key, NOW)
    found = read_certificate(issued.pem)
    check_issued(found, AUTHORITY, key)
    uses = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.SERVER_AUTH]
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [server_name(AUTHORITY)]
    assert found.not_valid_after_utc == NOW + timedelta(days=365)
    assert issued.expires_at_ms == round((NOW + timedelta(days=365)).timestamp() * 1000)


def test_a_certificate_of_a_checkpoint_names_it_and_serves_for_nothing_else() -> None:
    """Whatever its request said about the name: the server decides."""
    key = new_key()
    request = read_request(new_request(key, "i-am-the-server"))
    issued = issue_device(AUTHORITY, KEY, request, "lobby-1", NOW)
    found = read_certificate(issued.pem)
    check_issued(found, AUTHORITY, key)
    assert common_name(found) == "lobby-1"
    uses = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert issued.serial == serial_text(found.serial_number)


def test_keys_are_read_again_and_may_be_encrypted() -> None:
    """Encrypted ones are of no use without the password."""
    key = new_key()
    assert read_key(key_pem(key)).private_numbers() == key.private_numbers()
    with pytest.raises(CertificateRefused):
        read_key(key_pem(key, b"secret"))


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN CERTIFICATE-----\nMIIB\n", "é"])
def test_what_is_no_certificate_is_refused_in_a_sentence(text: str) -> None:
    """From the wire or from a damaged file: never a traceback of the library."""
    for read in (read_certificate, read_authority, read_request):
        with pytest.raises(CertificateRefused, match=r"\.$"):
            read(text)
    with pytest.raises(CertificateRefused, match=r"\.$"):
        read_key(text.encode())


def test_a_checkpoint_is_no_authority() -> None:
    """Its certificate is signed by somebody else, and says so."""
    request = read_request(new_request(new_key(), "lobby-1"))
    issued = issue_device(AUTHORITY, KEY, request, "lobby-1", NOW)
    with pytest.raises(CertificateRefused, match="authority"):
        read_authority(issued.pem)


def test_a_request_with_another_key_or_changed_is_refused() -> None:
    """RSA, another curve, a signature that does not fit."""
    name = x509.Name([])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    for key in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())):
        signed = builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
        with pytest.raises(CertificateRefused, match="P-256"):
            issue_device(AUTHORITY, KEY, read_request(signed), "lobby-1", NOW)
    data = bytearray(
        x509.load_pem_x509_csr(new_request(new_key(), "a").encode()).public_bytes(Encoding.DER)
    )
    data[-1] ^= 1
    broken = x509.load_der_x509_csr(bytes(data)).public_bytes(Encoding.PEM).decode()
    with pytest.raises(CertificateRefused):
        read_request(broken)


def test_a_certificate_of_another_authority_or_for_another_key_is_refused() -> None:
    """Checked before anything is kept."""
    key = new_key()
    other = new_authority(new_key(), NOW)
    issued = issue_device(AUTHORITY, KEY, read_request(new_request(key, "a")), "a", NOW)
    with pytest.raises(CertificateRefused, match="authority"):
        check_issued(read_certificate(issued.pem), other, key)
    with pytest.raises(CertificateRefused, match="key"):
        check_issued(read_certificate(issued.pem), AUTHORITY, new_key())


def test_renewal_is_due_when_a_third_is_left() -> None:
    """Of 300 days the last hundred."""
    begins, ends = NOW, NOW + timedelta(days=300)
    assert not renewal_due(begins, ends, NOW + timedelta(days=199))
    assert renewal_due(begins, ends, NOW + timedelta(days=200))
    assert renewal_due(begins, ends, NOW + timedelta(days=400))


def test_serial_numbers_are_written_in_whole_bytes() -> None:
    """As Python's ssl does, so that both can be compared."""
    assert serial_text(0xABC) == "0ABC"
    assert serial_text(0x1ABC) == "1ABC"
