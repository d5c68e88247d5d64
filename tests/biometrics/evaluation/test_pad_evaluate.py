"""APCER per kind and BPCER, counted right: attacks, people, failures to acquire, bad files."""

import io
from pathlib import Path

import pytest

from biometrics.evaluation.intervals import interval
from biometrics.evaluation.pad_evaluate import evaluate_pad
from biometrics.faces import Detection, Image
from biometrics.passive_liveness import ImageCues
from biometrics.vision import SeenFace
from tests.biometrics.evaluation.recordings import (
    FACE,
    bordered,
    framed,
    write_picture,
    write_video,
)
from tests.biometrics.support import FakeEncoder


class Somebody:
    """Finds the face where it always is, unless the picture is one colour."""

    def detect(self, image: Image) -> list[Detection]:
        return [Detection(FACE, 1.0)] if image.std() > 5 else []


@pytest.fixture
def folder(tmp_path: Path, hopper: Image, hopper_seen: SeenFace) -> Path:
    """Two people, two replays of which one shows no edges, a print, nobody, and no video."""
    person = framed(hopper, hopper_seen.face.box)
    empty = person * 0 + 90
    write_video(tmp_path / "live" / "one.mp4", [person] * 10)
    write_picture(tmp_path / "live" / "two.png", person)
    write_video(tmp_path / "replay" / "edges.mp4", [bordered(person)] * 10)
    write_video(tmp_path / "replay" / "full.mp4", [person] * 10)
    write_video(tmp_path / "replay" / "short.mp4", [person] * 3)
    write_video(tmp_path / "replay" / "nobody.mp4", [empty] * 5)
    write_picture(tmp_path / "print" / "sheet.png", bordered(person))
    (tmp_path / "print" / "broken.mp4").write_bytes(b"no")
    return tmp_path


def test_every_recording_is_counted_where_it_belongs(folder: Path) -> None:
    """Passed, refused, undecided, without a face and unreadable, each kind by itself."""
    result = evaluate_pad(folder, [ImageCues()], FakeEncoder(), io.StringIO(), detector=Somebody())
    assert result["kinds"] == {
        "live": {"recordings": 2, "without_a_face": 0},
        "print": {"recordings": 1, "without_a_face": 0},
        "replay": {"recordings": 4, "without_a_face": 1},
    }
    cues = result["passive"]["image cues"]
    assert cues["live"]["rate"] == "BPCER"
    assert (cues["live"]["wrong"], cues["live"]["judged"]) == (0, 2)
    replay = cues["replay"]
    assert replay["rate"] == "APCER"
    assert (replay["wrong"], replay["judged"], replay["undecided"]) == (1, 2, 1)
    assert replay["share"] == 0.5
    assert replay["interval"] == list(interval(1, 2))
    assert replay["wrong_files"] == ["replay/full.mp4"]
    assert replay["reasons"] == {"border": 1}
    assert cues["print"]["wrong"] == 0
    assert [entry["file"] for entry in result["unreadable"]] == ["print/broken.mp4"]
    assert result["without_a_face"] == ["replay/nobody.mp4"]


def test_the_active_check_is_tried_with_attacks_alone(folder: Path) -> None:
    """Each against all six challenges; nobody asked the people anything."""
    result = evaluate_pad(folder, [ImageCues()], FakeEncoder(), io.StringIO(), detector=Somebody())
    assert set(result["active"]) == {"print", "replay"}
    replay = result["active"]["replay"]
    assert (replay["wrong"], replay["judged"]) == (0, 3)
    assert (replay["challenges"], replay["challenges_passed"]) == (18, 0)
    assert sum(replay["reasons"].values()) == 18
    assert result["active"]["print"]["reasons"] == {"no_action": 6}


def test_a_kind_without_a_usable_recording_has_no_rate(tmp_path: Path, hopper: Image) -> None:
    """Nothing judged is no share, and everything is possible."""
    write_video(tmp_path / "mask" / "nobody.mp4", [hopper[:300, :320] * 0] * 5)
    result = evaluate_pad(
        tmp_path, [ImageCues()], FakeEncoder(), io.StringIO(), detector=Somebody()
    )
    row = result["passive"]["image cues"]["mask"]
    assert row["share"] is None
    assert row["interval"] == [0.0, 1.0]
    assert result["active"]["mask"]["judged"] == 0
