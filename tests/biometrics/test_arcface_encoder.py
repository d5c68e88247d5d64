"""A network of the user's own, made here: its numbers, its fingerprint, and files that are none."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.align import Aligner
from biometrics.arcface_encoder import ArcFaceEncoder
from biometrics.dlib_engine import DlibEncoder
from biometrics.encode import EncoderFailed, open_encoder
from biometrics.faces import Image
from biometrics.gallery import Gallery, GalleryRefused, Person, Template
from biometrics.identify import Identified, ImplausibleEncoding, NotIdentified, Policy, identify
from biometrics.pictures import read_picture
from biometrics.vision import PhotoSample, Vision
from tests.biometrics.networks import detector_like, face_network
from tests.biometrics.support import COLLINS, HOPPER, FakeDetector

GREY = np.full((1, 112, 112, 3), 255, np.uint8)


def network(folder: Path, name: str = "own.onnx", **how: object) -> Path:
    path = folder / name
    path.write_bytes(face_network(**how))  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("dimensions", [128, 512])
@pytest.mark.parametrize("channels_first", [True, False])
@pytest.mark.parametrize("one_by_one", [True, False])
def test_its_numbers_come_back_whatever_its_layout(
    tmp_path: Path, dimensions: int, channels_first: bool, one_by_one: bool
) -> None:
    """Channels first or last, one face a run or many; the same numbers, in order."""
    shapes = {"dimensions": dimensions, "channels_first": channels_first}
    encoder = ArcFaceEncoder(network(tmp_path, one_by_one=one_by_one, **shapes), threads=1)
    assert encoder.dimensions == dimensions
    chips = np.random.default_rng(0).integers(0, 256, (19, 112, 112, 3), dtype=np.uint8)
    encodings = encoder.encode(chips)
    assert encodings.shape == (19, dimensions)
    np.testing.assert_allclose(np.linalg.norm(encodings, axis=1), 1.0)
    np.testing.assert_allclose(encoder.encode(chips[17:18])[0], encodings[17], atol=1e-5)
    assert encoder.encode(chips[:0]).shape == (0, dimensions)


def test_pixels_are_scaled_unless_the_network_does_it(tmp_path: Path) -> None:
    """White is 1 to a network that expects -1 to 1, and 255 to one that begins by scaling."""
    plain = ArcFaceEncoder(network(tmp_path, "a.onnx")).encode(GREY)
    scaling = ArcFaceEncoder(network(tmp_path, "b.onnx", scales=True)).encode(GREY)
    np.testing.assert_allclose(plain, scaling, atol=1e-4)


def test_each_file_has_a_fingerprint_of_its_own(tmp_path: Path) -> None:
    """From its bytes, not from its name; never dlib's."""
    one = ArcFaceEncoder(network(tmp_path, "one.onnx"))
    same = ArcFaceEncoder(network(tmp_path, "same.onnx"))
    other = ArcFaceEncoder(network(tmp_path, "other.onnx", seed=2))
    assert one.fingerprint == same.fingerprint
    assert len({one.fingerprint, other.fingerprint, DlibEncoder().fingerprint}) == 3


def test_encodings_of_different_encoders_are_never_compared(tmp_path: Path) -> None:
    """A gallery refuses templates of another file, also of the same length."""
    one, other = (ArcFaceEncoder(network(tmp_path, f"{seed}.onnx", seed=seed)) for seed in (1, 2))
    template = Template(encoding=other.encode(GREY)[0], sample_id="s", encoder=other.fingerprint)
    person = Person(subject_id="p", display_name="P", templates=(template,))
    with pytest.raises(GalleryRefused, match="another face model"):
        Gallery.of([person], one.fingerprint)


def test_five_hundred_and_twelve_numbers_are_enrolled_and_found(tmp_path: Path) -> None:
    """From photograph to verdict, through the vision, the gallery and the search."""
    vision = opened(network(tmp_path, dimensions=512))
    people = []
    for subject, path in (("hopper", HOPPER), ("collins", COLLINS)):
        sample = vision.enrol_photo(read_picture(path))
        assert isinstance(sample, PhotoSample)
        assert sample.seen.chip.shape == (112, 112, 3)
        assert sample.encoding.shape == (512,)
        template = Template(encoding=sample.encoding, sample_id=subject, encoder=vision.fingerprint)
        people.append(
            Person(subject_id=subject, display_name=subject.title(), templates=(template,))
        )
    gallery = Gallery.of(people, vision.fingerprint)
    policy = Policy(threshold=0.01, margin=0.0)
    found = identify(people[1].templates[0].encoding, gallery, policy)
    assert isinstance(found, (Identified, NotIdentified))
    assert found.nearest is not None
    assert found.nearest.subject_id == "collins"
    with pytest.raises(ImplausibleEncoding, match="128 numbers"):
        identify(np.ones(128), gallery, policy)
    vision.close()


def opened(path: Path) -> Vision:
    from biometrics.detect import HogDetector

    vision = Vision(
        detector=FakeDetector(),
        photo_detector=HogDetector(),
        aligner=Aligner(),
        encoder=open_encoder(background=True, network=path),
    )
    vision.warm_up()
    assert "your own" in vision.engine
    return vision


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no ONNX file"),
        (detector_like(""), "not one row of 128 or 512"),
        (face_network(dimensions=7), "not one row of 128 or 512"),
        (face_network(side=96), "not colour pictures of 112x112"),
        (face_network(dimensions=256), "not one row of 128 or 512"),
        (face_network(gives="nan"), "no encodings"),
        (face_network(gives="zeros"), "no encodings"),
        (face_network(gives="the same"), "every picture alike"),
        (face_network(gives="whole numbers"), "does not answer with numbers"),
    ],
)
def test_a_file_that_is_no_face_network_is_refused_with_a_sentence(
    tmp_path: Path, content: bytes, says: str
) -> None:
    """It names the file."""
    path = tmp_path / "mine.onnx"
    path.write_bytes(content)
    with pytest.raises(EncoderFailed, match=says) as caught:
        open_encoder(background=False, network=path)
    assert "mine.onnx" in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """A missing one, and a folder."""
    for path in (tmp_path / "missing.onnx", tmp_path):
        with pytest.raises(EncoderFailed, match=r"cannot be read|no ordinary file"):
            ArcFaceEncoder(path)


def test_wrong_chips_and_a_closed_encoder_are_refused(tmp_path: Path) -> None:
    """The chips that dlib wants are of another size."""
    encoder = ArcFaceEncoder(network(tmp_path))
    with pytest.raises(ValueError, match="112"):
        encoder.encode(np.zeros((1, 150, 150, 3), np.uint8))
    encoder.close()
    with pytest.raises(EncoderFailed, match="closed"):
        encoder.encode(GREY)


def test_a_users_file_tells_people_apart(data_dir: Path, hopper: Image, collins: Image) -> None:
    """With the file that stands for a user's: a mirror image is nearer than another person."""
    vision = opened(data_dir / "models" / "arcface-style-112x112-128.onnx")
    rows = []
    for image in (hopper, hopper[:, ::-1].copy(), collins):
        sample = vision.enrol_photo(image)
        assert isinstance(sample, PhotoSample)
        rows.append(sample.encoding / np.linalg.norm(sample.encoding))
    mirror, other = (float(np.linalg.norm(rows[0] - row)) for row in rows[1:])
    assert mirror < 0.6 < other
