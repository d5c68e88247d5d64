"""A server with a face model of the user's own: from the file to the verdict, by socket."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.own_policy import FEWEST_PEOPLE
from protocol.messages import Error, Welcome
from protocol.session import ClientSession
from server.data_folder import DataFolder
from server.encoders import InstalledEncoder, installed_encoder
from server.events import GridState, PhotoReport, ServerStateChanged
from server.open_data import OpenData
from server.settings import ServerSettings
from server.vault import open_vault
from tests.biometrics.networks import face_network
from tests.biometrics.support import HOPPER
from tests.server.galleries import wanted
from tests.server.wire import Peer, Served, enrol, identify, served
from tests.support import wait_until

WIDTH = 512


def face(seed: int, *, noise: float = 0.0) -> NDArray[np.float64]:
    """An encoding of length 1; the same seed is the same person, `noise` a distance."""
    rows = [np.random.default_rng(number).normal(size=WIDTH) for number in (seed, 10_000 + seed)]
    unit, shift = (row / np.linalg.norm(row) for row in rows)
    seen: NDArray[np.float64] = unit + noise * shift
    return seen / np.linalg.norm(seen)


@pytest.fixture
def model(tmp_path: Path) -> InstalledEncoder:
    """A network of 512 numbers, made here."""
    path = tmp_path / "own.onnx"
    path.write_bytes(face_network(dimensions=WIDTH))
    return installed_encoder(str(path))


@pytest.fixture
def running(tmp_path: Path, model: InstalledEncoder) -> Iterator[Served]:
    """A server whose settings name the file."""
    settings = ServerSettings(port=0, network=str(model.network))
    grid = Served(tmp_path / "data", settings=settings, encoder=installed_encoder)
    status = grid.grid.start().result(timeout=20)
    assert status.state is GridState.NOT_NAMING
    yield grid
    grid.close()


def checkpoint(running: Served, model: InstalledEncoder) -> Peer:
    """A welcomed checkpoint with the same file."""
    peer = running.peer()
    peer.use(ClientSession(model.shape))
    assert isinstance(peer.hello(encoder=model.fingerprint), Welcome)
    return peer


def test_no_strangers_are_kept_with_it(tmp_path: Path, model: InstalledEncoder) -> None:
    """How near a stranger may come to somebody is known of dlib's distances alone."""
    folder = DataFolder(tmp_path / "data")
    data = OpenData(
        folder,
        open_vault(folder),
        encoder=model,
        settings=lambda: ServerSettings(keep_strangers=True),
        post=lambda _event: None,
        on_log_state=lambda _state, _sentence: None,
    )
    good = {"size_px": 120.0, "brightness": 120.0, "sharpness": 0.3, "yaw": 3.0}
    assert not data.strangers.offer(face(1), distance=1.3, quality=good, frames=3)


def test_photos_are_enrolled_and_a_file_that_is_replaced_enrols_nobody(
    running: Served, model: InstalledEncoder, tmp_path: Path
) -> None:
    """512 numbers a sample, under the file's fingerprint."""
    # One person: a made-up network takes everybody for everybody.
    running.grid.add_photos(wanted(HOPPER, name="Grace Hopper"))
    wait_until(lambda: not running.grid.photos_running and running.posted(PhotoReport))
    assert running.posted(PhotoReport)[-1].count("in") == 1
    running.events.clear()
    gallery = running.grid.people.gallery
    assert gallery.matrix().shape == (1, WIDTH)
    assert gallery.encoder == model.fingerprint
    assert model.network is not None
    model.network.write_bytes(face_network(dimensions=WIDTH, seed=9))
    copy = tmp_path / "again.jpg"
    copy.write_bytes(HOPPER.read_bytes() + b"\0")
    running.grid.add_photos(wanted(copy, name="Grace Hopper"))
    wait_until(lambda: not running.grid.photos_running and running.posted(PhotoReport))
    (row,) = running.posted(PhotoReport)[-1].rows
    assert row.result == "failed"
    assert "start the server again" in row.reason


def test_nobody_is_named_until_there_are_enough_people(
    running: Served, model: InstalledEncoder
) -> None:
    """Then the enrolled are, and strangers are not; the window says which of the two it is."""
    with checkpoint(running, model) as peer:
        for number in range(FEWEST_PEOPLE - 1):
            samples = [face(number, noise=0.3), face(number, noise=-0.3)]
            assert peer.ask(enrol(f"Person {number}", *samples)).kind == "enrolled"
        verdict = peer.ask(identify(face(5)))
        assert (verdict.outcome, verdict.display_name) == ("not_enrolled", None)
        assert "not calibrated" in running.stored[-1].record.reason
        assert running.grid.status.state is GridState.NOT_NAMING
        assert (
            f"enrol {FEWEST_PEOPLE} people: {FEWEST_PEOPLE - 1} are."
            in running.grid.status.sentence
        )
        assert running.grid.expectation == running.stored[-1].record.reason
        assert peer.ask(enrol("The last", face(900), face(900, noise=0.2))).kind == "enrolled"
        verdict = peer.ask(identify(face(5, noise=0.2)))
        assert (verdict.outcome, verdict.display_name) == ("identified", "Person 5")
        assert peer.ask(identify(face(5000))).outcome == "not_enrolled"
    assert running.grid.status.state is GridState.RUNNING


def test_samples_and_people_are_guarded_by_this_models_distances(
    running: Served, model: InstalledEncoder
) -> None:
    """0.6 apart is one person here, and two with dlib's network."""
    with checkpoint(running, model) as peer:
        assert peer.ask(enrol("Ann", face(1), face(1, noise=0.6))).kind == "enrolled"
        assert peer.ask(enrol("Ann again", face(1, noise=0.5))).code == "already_enrolled"
        mixed = peer.ask(enrol("Two", face(2), face(2), face(3)))
        assert (mixed.code, mixed.details) == ("samples_disagree", {"sample": "2"})


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        *(([0.1] * count, "bad_message") for count in (0, 1, 127, 128, 129, 511, 513)),
        ([0.0] * WIDTH, "implausible_encoding"),
        ([1.45 / WIDTH**0.5] * WIDTH, "implausible_encoding"),
        ([1e308] * WIDTH, "implausible_encoding"),
    ],
)
def test_other_numbers_are_refused_and_the_checkpoint_stays(
    running: Served, model: InstalledEncoder, numbers: list[float], code: str
) -> None:
    """A width that is another encoder's, zeros, dlib's lengths."""
    with checkpoint(running, model) as peer:
        honest = identify(face(1))
        peer.send_json({**honest.to_wire(), "encoding": numbers})
        refusal = peer.next_error()
        assert (refusal["code"], refusal["re"]) == (code, honest.id)
        assert peer.ask(identify(face(1))).outcome == "not_enrolled"


def test_a_checkpoint_with_dlibs_network_is_told_what_to_do(
    running: Served, model: InstalledEncoder
) -> None:
    """At the door and in the server's window."""
    with running.peer() as peer:
        answer = peer.hello(encoder=installed_encoder().fingerprint)
        assert isinstance(answer, Error)
        assert "choose the server's file in the checkpoint's settings" in answer.message
    shown = running.posted(ServerStateChanged)[-1]
    assert shown.state is GridState.MODEL_MISMATCH
    assert "Choose there, in the settings" in shown.sentence


def test_a_file_that_is_none_leaves_the_server_stopped_with_a_sentence(tmp_path: Path) -> None:
    """Nobody is searched with another model than was chosen; with the right file it starts."""
    path = tmp_path / "picture.onnx"
    path.write_bytes(HOPPER.read_bytes())
    settings = ServerSettings(port=0, network=str(path))
    grid = Served(tmp_path / "data", settings=settings, encoder=installed_encoder)
    status = grid.grid.start().result(timeout=20)
    assert status.state is GridState.STOPPED
    assert "picture.onnx is no ONNX file" in status.sentence
    path.write_bytes(face_network())
    assert grid.grid.start().result(timeout=20).state is GridState.NOT_NAMING
    grid.close()


def test_people_of_before_are_named_and_found_again_after_switching_back(
    tmp_path: Path, model: InstalledEncoder
) -> None:
    """Dlib's people are counted in the window while another model is in use, and not lost."""
    root = tmp_path / "data"

    def opened(network: str) -> Any:
        settings = ServerSettings(port=0, network=network)
        grid = Served(root, settings=settings, encoder=installed_encoder)
        grid.grid.start().result(timeout=20)
        return grid

    with served(root, encoder=installed_encoder) as before:
        before.grid.add_photos(wanted(HOPPER, name="Grace Hopper"))
        wait_until(lambda: before.posted(PhotoReport))
    switched = opened(str(model.network))
    assert switched.grid.people.elsewhere == ("Grace Hopper",)
    assert len(switched.grid.people.gallery) == 0
    # What is worse is shown first; the other is there.
    assert switched.grid.status.state is GridState.NOT_NAMING
    assert GridState.OTHER_MODEL in switched.grid._condition._troubles
    switched.close()
    back = opened("")
    assert back.grid.status.state is GridState.RUNNING
    assert [person.display_name for person in back.grid.people.list()] == ["Grace Hopper"]
    back.close()
