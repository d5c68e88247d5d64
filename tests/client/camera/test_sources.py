"""Tests of the words that name a source."""

from pathlib import Path

import pytest

from client.camera.demo import DemoSource
from client.camera.errors import CameraMissing, SourceError, SourceNotUnderstood
from client.camera.sources import open_source, shown_name


@pytest.mark.parametrize(
    "spec",
    ["", "camera", "camera:", "camera:x", "camera:-1", "ftp://x/y", "http:x", "rtsp://", "file:",
     "folder:", "demo", "video.mp4", ":", "camera:99999"],
)  # fmt: skip
def test_words_that_are_no_source_are_answered_with_what_is(spec: str) -> None:
    """The sentence lists the kinds."""
    with pytest.raises(SourceNotUnderstood, match=r"camera:0.*demo:"):
        open_source(spec)


@pytest.mark.parametrize(
    "spec", ["camera:97", "file:/none/clip.mp4", "folder:/none", "demo:nobody"]
)
def test_what_is_not_there_is_said_in_a_sentence(spec: str) -> None:
    """A camera, a clip, a folder and a portrait that do not exist."""
    with pytest.raises(CameraMissing, match=r"\.$") as caught:
        open_source(spec)
    assert len(str(caught.value)) > 20


def test_demo_is_found_in_capitals_and_with_blanks_around() -> None:
    """People type."""
    source = open_source("  DEMO:Grace Hopper ")
    assert isinstance(source, DemoSource)
    source.close()


def test_passwords_are_never_shown() -> None:
    """The screen and the log get the address without user, password and query."""
    spec = "rtsp://admin:secret@10.0.0.5:554/live?token=abc"
    assert shown_name(spec) == "rtsp://10.0.0.5:554/live"
    assert shown_name("camera:0") == "camera:0"


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    """A text file with the right name."""
    path = tmp_path / "clip.mp4"
    path.write_text("hello", encoding="utf-8")
    with pytest.raises(SourceError, match="not a video"):
        open_source(f"file:{path}")
