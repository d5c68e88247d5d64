"""Pairing at the server: one window, one code, once; every refusal is told."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.messages import Pair, PairCa, Renew
from protocol.sign_in import WhoEnrols
from security.certificates import new_key, new_request, read_certificate
from security.pairing_code import read_code
from security.sealing import Sealer
from security.sealing import new_key as sealing_key
from server.addresses import OwnAddress
from server.authority import open_authority
from server.devices import Devices
from server.events import GridEvent, PairingChanged
from server.pairing import AUDITED_A_MINUTE, RENEWED_AGAIN_S, WRONG_CODES, PairingService
from server.refusals import Refused

SEALER = Sealer(sealing_key())
ELSEWHERE = "192.168.1.77"


class Desk:
    """Pairing with its surroundings, and a clock that is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.told: list[GridEvent] = []
        self.audited: list[tuple[str, Mapping[str, str]]] = []
        self.now_s = 1000.0
        self.authority = open_authority(folder / "authority.sealed", SEALER)
        self.devices = Devices(folder / "devices.sealed", SEALER)
        self.pairing = PairingService(
            self.authority,
            self.devices,
            server_name=lambda: "Lobby server",
            where=lambda: ("192.168.1.20", 5050),
            post=self.told.append,
            audit=self._audit,
            clock=lambda: self.now_s,
        )

    def _audit(self, fact: str, details: Mapping[str, str], *, refused: bool) -> None:
        assert refused == (fact == "pairing refused")
        self.audited.append((fact, details))

    def secret(self) -> str:
        """That of the code that is shown."""
        window = self.pairing.now
        assert window is not None
        return read_code(window.code).secret.hex()

    def ask(self, secret: str, **changes: str) -> Pair:
        """What a checkpoint sends."""
        request = Pair(
            id="p",
            secret=secret,
            checkpoint_id="lobby-1",
            checkpoint_name="Lobby gate",
            request=new_request(new_key(), "lobby-1"),
        )
        return replace(request, **changes)

    def refuse(self, secret: str) -> Refused:
        """Asks, and is refused."""
        with pytest.raises(Refused) as caught:
            self.pairing.pair(self.ask(secret), address=ELSEWHERE)
        return caught.value

    @property
    def refusals(self) -> list[Mapping[str, str]]:
        """The refusals that were audited."""
        return [details for action, details in self.audited if action == "pairing refused"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A grid without checkpoints."""
    return Desk(tmp_path)


def test_the_code_holds_what_the_checkpoint_needs(desk: Desk) -> None:
    """Address, port, the authority's hash; and the window says when it ends."""
    window = desk.pairing.open("Lobby")
    code = read_code(window.code)
    assert (code.host, code.port) == ("192.168.1.20", 5050)
    assert window.address == "192.168.1.20:5050"
    assert code.fits(desk.authority.hash)
    assert desk.pairing.now == window
    assert desk.told == [PairingChanged(window, "A code is shown: one checkpoint can be paired.")]


def test_the_right_code_lets_one_in(desk: Desk) -> None:
    """Under the name that was chosen, with a certificate for its id; the window closes."""
    desk.pairing.open("Main entrance", who_enrols=WhoEnrols.NOBODY)
    paired = desk.pairing.pair(desk.ask(desk.secret()), address=ELSEWHERE)
    assert (paired.checkpoint_id, paired.server_name) == ("lobby-1", "Lobby server")
    (device,) = desk.devices.list()
    assert (device.name, device.who_enrols, device.local) == (
        "Main entrance",
        WhoEnrols.NOBODY,
        False,
    )
    assert desk.pairing.now is None
    assert desk.told[-1] == PairingChanged(None, "Main entrance is paired.", "lobby-1")
    assert desk.audited[-1][0] == "checkpoint paired"


def test_a_given_name_stays_when_it_is_paired_again_without_another(desk: Desk) -> None:
    """One that was given none goes by what it says; a name that cannot be used is refused."""
    found = []
    for name in ("", "Main entrance", "", "Gate"):
        desk.pairing.open(name)
        desk.pairing.pair(desk.ask(desk.secret()), address=ELSEWHERE)
        (device,) = desk.devices.list()
        found.append((device.name, device.named))
        assert desk.told[-1] == PairingChanged(None, f"{device.name} is paired.", "lobby-1")
        desk.devices.revoke("lobby-1")
    given = ("Main entrance", True)
    assert found == [(found[0][0], False), given, given, ("Gate", True)]
    with pytest.raises(ValueError, match="cannot be shown"):
        desk.pairing.open("a\x00b")


def test_a_given_name_stays_at_a_checkpoint_of_this_computer(desk: Desk) -> None:
    """Which pairs itself again whenever it likes."""
    for _ in range(2):
        desk.pairing.pair(desk.ask(desk.pairing.local_secret), address="127.0.0.1")
        desk.devices.rename("lobby-1", "Desk")
    assert [(one.name, one.named) for one in desk.devices.list()] == [("Desk", True)]


def test_a_new_one_is_for_who_signs_in(desk: Desk) -> None:
    """Whoever adds it says otherwise, or nobody who walks up to it enrols people."""
    desk.pairing.open()
    desk.pairing.pair(desk.ask(desk.secret()), address=ELSEWHERE)
    assert desk.devices.who_enrols("lobby-1") is WhoEnrols.SIGNED_IN


def test_one_that_is_paired_again_enrols_as_before_unless_another_word_is_said(desk: Desk) -> None:
    """Shut out and let in again: a stricter choice is not lost on the way, and may be changed."""
    said = (WhoEnrols.SIGNED_IN, None, WhoEnrols.NOBODY, None)
    found = []
    for who in said:
        desk.pairing.open(who_enrols=who)
        desk.pairing.pair(desk.ask(desk.secret()), address=ELSEWHERE)
        found.append(desk.devices.who_enrols("lobby-1"))
        desk.devices.revoke("lobby-1")
    assert found == [*[WhoEnrols.SIGNED_IN] * 2, *[WhoEnrols.NOBODY] * 2]
    assert [details for fact, details in desk.audited if fact == "pairing opened"] == [
        {"who_enrols": "signed_in"},
        {},
        {"who_enrols": "nobody"},
        {},
    ]


def test_n3_a_code_is_good_once(desk: Desk) -> None:
    """N3: used again it is refused and audited."""
    desk.pairing.open()
    secret = desk.secret()
    desk.pairing.pair(desk.ask(secret), address=ELSEWHERE)
    assert desk.refuse(secret).code == "pairing_refused"
    assert desk.refusals == [{"address": ELSEWHERE, "checkpoint": "lobby-1", "wrong": "0"}]


def test_n3_nothing_is_let_in_while_the_window_is_closed(desk: Desk) -> None:
    """N3: never opened, or closed by the administrator: refused and audited."""
    assert desk.refuse("00" * 5).code == "pairing_refused"
    desk.pairing.open()
    secret = desk.secret()
    desk.pairing.close()
    assert desk.refuse(secret).code == "pairing_refused"
    assert len(desk.refusals) == 2
    assert desk.devices.list() == ()


def test_n3_a_code_is_good_for_ten_minutes(desk: Desk) -> None:
    """N3: a second before it is, afterwards not; the window closes by itself and says why."""
    desk.pairing.open()
    secret = desk.secret()
    desk.now_s += 600
    assert desk.refuse(secret).code == "pairing_refused"
    assert desk.pairing.now is None
    assert isinstance(desk.told[-1], PairingChanged)
    assert "ten minutes" in desk.told[-1].sentence
    desk.pairing.open()
    desk.now_s += 599
    assert desk.pairing.pair(desk.ask(desk.secret()), address=ELSEWHERE)


def test_n3_five_wrong_codes_close_the_window(desk: Desk) -> None:
    """N3: four are told with their number, the fifth ends it; the right one is good no more."""
    desk.pairing.open()
    secret = desk.secret()
    wrong = ("0" if secret[0] != "0" else "1") + secret[1:]
    for count in range(1, WRONG_CODES):
        desk.refuse(wrong)
        window = desk.pairing.now
        assert window is not None
        assert window.wrong == count
    desk.refuse(wrong)
    assert desk.pairing.now is None
    assert "Five wrong codes" in desk.told[-1].sentence  # type: ignore[union-attr]
    desk.refuse(secret)
    assert len(desk.refusals) == WRONG_CODES + 1
    assert secret not in str(desk.audited)


def test_a_new_code_takes_the_place_of_the_old_one(desk: Desk) -> None:
    """One at a time."""
    desk.pairing.open()
    old = desk.secret()
    desk.pairing.open()
    desk.refuse(old)
    assert desk.pairing.pair(desk.ask(desk.secret()), address=ELSEWHERE)


def test_a_request_that_cannot_be_used_spends_the_code(desk: Desk) -> None:
    """Whoever knows the secret has one try."""
    desk.pairing.open()
    secret = desk.secret()
    with pytest.raises(Refused, match="request"):
        desk.pairing.pair(desk.ask(secret, request="PEM"), address=ELSEWHERE)
    told = desk.told[-1]
    assert isinstance(told, PairingChanged)
    assert (told.window, "begin again" in told.sentence) == (None, True)
    assert desk.audited[-1][0] == "pairing closed"
    assert desk.refuse(secret).code == "pairing_refused"
    assert desk.devices.list() == ()


def test_an_id_that_is_taken_is_not_given_again(desk: Desk) -> None:
    """Two new checkpoints have the same id when they come out of the box."""
    for expected in ("lobby-1", "lobby-1-2"):
        desk.pairing.open()
        paired = desk.pairing.pair(desk.ask(desk.secret()), address=ELSEWHERE)
        assert paired.checkpoint_id == expected
        assert expected in read_certificate(paired.certificate).subject.rfc4514_string()


def test_the_data_folders_secret_lets_checkpoints_of_this_computer_in(desk: Desk) -> None:
    """Without a window, as often as they like, marked as local."""
    for _ in range(2):
        desk.pairing.pair(desk.ask(desk.pairing.local_secret), address="127.0.0.1")
    (device,) = desk.devices.list()
    assert device.local
    assert device.who_enrols is WhoEnrols.ANYBODY


def test_n6_one_that_was_shut_out_does_not_come_back_through_the_data_folder(desk: Desk) -> None:
    """N6: only a code, which an administrator shows, lets it in again."""
    desk.pairing.pair(desk.ask(desk.pairing.local_secret), address="127.0.0.1")
    desk.devices.revoke("lobby-1")
    assert desk.refuse(desk.pairing.local_secret).code == "revoked"
    desk.pairing.open()
    assert desk.pairing.pair(desk.ask(desk.secret()), address=ELSEWHERE).checkpoint_id == "lobby-1"


def test_a_local_checkpoint_never_takes_the_id_of_one_that_was_paired_by_code(desk: Desk) -> None:
    """It gets another one."""
    desk.pairing.open()
    desk.pairing.pair(desk.ask(desk.secret()), address=ELSEWHERE)
    local = desk.pairing.pair(desk.ask(desk.pairing.local_secret), address="127.0.0.1")
    assert local.checkpoint_id == "lobby-1-2"


def test_strangers_cannot_fill_the_audit(desk: Desk) -> None:
    """So many refusals a minute; the next one after it says how many were left out."""
    for _ in range(AUDITED_A_MINUTE + 7):
        desk.refuse("00" * 5)
    assert len(desk.refusals) == AUDITED_A_MINUTE
    desk.now_s += 61
    desk.refuse("00" * 5)
    assert desk.refusals[-1]["left_out"] == "7"


def test_an_address_may_be_chosen_and_has_to_be_one(desk: Desk) -> None:
    """A code holds an IP address."""
    assert desk.pairing.open(address="10.0.0.5:6000").address == "10.0.0.5:6000"
    assert read_code(desk.pairing.open(address="[fe80::1]:7").code).host == "fe80::1"
    for wrong in ("lobby:5050", "a b"):
        with pytest.raises(ValueError, match=r"\.$"):
            desk.pairing.open(address=wrong)


def test_a_server_that_listens_everywhere_names_an_address_of_this_computer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never 0.0.0.0, which leads nowhere."""
    desk.pairing._where = lambda: ("0.0.0.0", 5050)
    monkeypatch.setattr("server.pairing.own_addresses", lambda: (OwnAddress("10.0.0.5"),))
    assert read_code(desk.pairing.open().code).host == "10.0.0.5"
    monkeypatch.setattr("server.pairing.own_addresses", lambda: ())
    assert desk.pairing.open().address == "127.0.0.1:5050"


def test_a_disk_that_is_full_lets_nobody_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be forgotten at the next start is not promised."""

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.devices.write_atomically", full)
    with pytest.raises(Refused) as caught:
        desk.pairing.pair(desk.ask(desk.pairing.local_secret), address="127.0.0.1")
    assert caught.value.code == "storage_failed"


def test_the_authority_is_told_and_certificates_are_renewed(desk: Desk) -> None:
    """To whoever asks; and to a device that is known."""
    assert desk.pairing.certificate(PairCa(id="c")).certificate == desk.authority.pem
    desk.pairing.pair(desk.ask(desk.pairing.local_secret), address="127.0.0.1")
    request = new_request(new_key(), "lobby-1")
    renewed = desk.pairing.renew(Renew(id="r", request=request), "lobby-1")
    serial = f"{read_certificate(renewed.certificate).serial_number:X}"
    assert desk.devices.allowed(serial) or desk.devices.allowed(f"0{serial}")
    with pytest.raises(Refused) as caught:
        desk.pairing.renew(Renew(id="r", request=request), "lobby-1")
    assert caught.value.code == "rate_limited"
    desk.now_s += RENEWED_AGAIN_S
    for wrong in (Renew(id="r", request="PEM"), Renew(id="r", request=request)):
        with pytest.raises(Refused, match="cannot be renewed"):
            desk.pairing.renew(wrong, "lobby-1" if wrong.request == "PEM" else "nobody")
