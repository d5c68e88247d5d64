"""Tests of the passive check of the face in view: per track, bounded, and closed when it fails."""

from pathlib import Path

import pytest

from biometrics.faces import Face, Image
from biometrics.pad_network import PadRefused
from biometrics.passive_liveness import KEPT, NEEDED, ImageCues, Passive
from client.__main__ import main
from client.liveness_wording import CUES, NOT_JUDGED
from client.passive import Judging, open_judge
from tests.client.fakes import GRACE, POOR, picture, seen
from tests.client.living import Judge, Sitter

FACE = Sitter().face(seen(GRACE), 0.0)
FRAME = picture(GRACE)


def looked(judging: Judging, count: int, *, track_id: int = 1, held: bool = True) -> Judging:
    """Some looks at a face."""
    for _ in range(count):
        judging.look(FRAME, FACE, track_id, held=held)
    return judging


def using(check: Judge) -> Judging:
    """Judges with this."""
    judging = Judging()
    judging.use(check)
    return judging


def test_enough_looks_are_a_verdict() -> None:
    """Before, nothing is alive."""
    judging = using(Judge())
    assert looked(judging, NEEDED - 1).result == (False, NOT_JUDGED)
    assert not judging.enough
    assert looked(judging, 1).result == (True, "")
    assert judging.enough


def test_a_picture_is_named() -> None:
    """By the strongest cue, in words."""
    assert looked(using(Judge(live=False)), NEEDED).result == (False, CUES["moire"])


def test_another_track_begins_anew() -> None:
    """One face's looks say nothing about the next one."""
    judging = looked(using(Judge()), NEEDED)
    assert looked(judging, 1, track_id=2).result == (False, NOT_JUDGED)


def test_looks_ahead_are_few() -> None:
    """Somebody who stands there for an hour costs nothing; held back, every look counts."""
    judge = Judge()
    judging = looked(using(judge), 50, held=False)
    assert judge.looks == KEPT
    looked(judging, 3)
    assert judge.looks == KEPT + 3


def test_looks_taken_ahead_can_be_set_aside() -> None:
    """They may be of somebody else than the probe; another verdict needs as many again."""
    judging = looked(using(Judge()), NEEDED)
    judging.afresh()
    assert looked(judging, NEEDED - 1).result == (False, NOT_JUDGED)
    assert looked(judging, 1).result == (True, "")


def test_poor_looks_are_left_out() -> None:
    """Too far away to say anything."""
    judge = Judge()
    using(judge).look(FRAME, seen(POOR), 1, held=True)
    assert judge.looks == 0


def test_nothing_to_judge_with_is_not_alive() -> None:
    """And nobody waits for it."""
    judging = Judging()
    judging.use(None, "pad.onnx cannot be read.")
    assert looked(judging, NEEDED).result == (False, "pad.onnx cannot be read.")
    assert judging.enough


def test_a_network_that_fails_fails_closed() -> None:
    """From then on nobody is alive, and the reason is its own sentence."""

    class Broken(Judge):
        def judge(self, _image: Image, _face: Face) -> Passive:
            raise PadRefused("pad.onnx gave numbers that are none.")

    judging = looked(using(Judge()), NEEDED)
    judging.use(Broken())
    assert looked(judging, 1).result == (False, "pad.onnx gave numbers that are none.")


def test_the_built_in_check_needs_no_file() -> None:
    """And a file that is none is refused in a sentence."""
    assert isinstance(open_judge(""), ImageCues)


@pytest.mark.parametrize("content", [None, b"", b"no network"])
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty, or something else: the sentence names it."""
    path = tmp_path / "pad.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PadRefused, match=r"pad\.onnx"):
        open_judge(str(path))


@pytest.mark.parametrize("headless", [["--headless"], []])
def test_the_command_line_refuses_what_is_no_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], headless: list[str]
) -> None:
    """A sentence and exit code 2, before anything is opened."""
    path = tmp_path / "letter.onnx"
    path.write_text("Dear network")
    settings = tmp_path / "settings.json"
    assert main(["--settings", str(settings), "--pad-model", str(path), *headless]) == 2
    said = capsys.readouterr().err
    assert "letter.onnx" in said
    assert "Traceback" not in said
