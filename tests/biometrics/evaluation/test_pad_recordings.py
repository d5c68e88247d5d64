"""A folder of recordings and their frames: videos, pictures, and files that are none."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.evaluation.pad_recordings import (
    Recording,
    RecordingUnreadable,
    frames,
    read_recordings,
)
from biometrics.evaluation.samples import DatasetUnusable
from tests.biometrics.evaluation.recordings import write_picture, write_video

GREY = np.full((120, 160, 3), 128, np.uint8)


def _recording(path: Path) -> Recording:
    return Recording(path, path.name, "live")


def test_each_folder_is_a_kind_and_people_come_first(tmp_path: Path) -> None:
    """Videos and pictures, also in folders below; hidden files are none of ours."""
    for name in ("print/a.PNG", "live/x.mp4", "replay/deep/b.mkv", "live/.hidden.mp4"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "replay" / "notes.txt").write_text("who and when")
    (tmp_path / "beside.mp4").write_bytes(b"")
    found, problems = read_recordings(tmp_path)
    assert [(one.kind, one.shown, one.still) for one in found] == [
        ("live", "live/x.mp4", False),
        ("print", "print/a.PNG", True),
        ("replay", "replay/deep/b.mkv", False),
    ]
    assert problems == ["replay/notes.txt is neither a video nor a picture."]


def test_people_are_never_taken_for_a_kind_of_attack(tmp_path: Path) -> None:
    """However their folder's name is spelt."""
    for name in ("Live/a.mp4", "Replay/b.mp4"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"")
    assert [one.kind for one in read_recordings(tmp_path)[0]] == ["live", "Replay"]


def test_a_folder_without_recordings_says_what_to_do(tmp_path: Path) -> None:
    """Empty, missing, or a file."""
    with pytest.raises(DatasetUnusable, match='a folder "live" in it'):
        read_recordings(tmp_path)
    with pytest.raises(DatasetUnusable, match="cannot be read"):
        read_recordings(tmp_path / "nothing")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DatasetUnusable, match="cannot be read"):
        read_recordings(tmp_path / "file")


@pytest.mark.parametrize(("fps", "looks"), [(30.0, 15), (15.0, 15), (10.0, 10)])
def test_a_second_of_video_is_looked_at_15_times_at_most(
    tmp_path: Path, fps: float, looks: int
) -> None:
    """Whatever its own rate; the times go up evenly."""
    path = write_video(tmp_path / "v.mp4", [GREY] * round(fps), fps=fps)
    times = [time_s for time_s, _ in frames(_recording(path))]
    assert len(times) == looks
    assert times[0] == 0.0
    assert np.diff(times) == pytest.approx(1 / looks, abs=1e-6)


def test_frames_are_in_colour_and_a_picture_is_one(tmp_path: Path) -> None:
    """Red stays red, in videos and in pictures."""
    red = np.zeros((120, 160, 3), np.uint8)
    red[:, :, 0] = 220
    for path in (
        write_video(tmp_path / "v.mp4", [red] * 3),
        write_picture(tmp_path / "p.png", red),
    ):
        for _, image in frames(_recording(path)):
            assert image.shape == red.shape
            assert np.abs(image.astype(int) - red).max() < 40
    assert len(list(frames(_recording(tmp_path / "p.png")))) == 1


@pytest.mark.parametrize("name", ["v.mp4", "p.png", "gone.mp4", "gone.png"])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    """Not a video, not a picture, not there."""
    path = tmp_path / name
    if not name.startswith("gone"):
        path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(RecordingUnreadable, match=name):
        list(frames(_recording(path)))


def test_a_video_cut_short_gives_what_it_has(tmp_path: Path) -> None:
    """Half of an AVI still holds frames; a sentence only when it holds none."""
    import cv2

    path = tmp_path / "v.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15.0, (160, 120))
    for _ in range(30):
        writer.write(GREY)
    writer.release()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert 5 < len(list(frames(_recording(path)))) < 30
