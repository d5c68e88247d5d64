"""The command that compares a picture with somebody enrolled: its words and exit codes."""

import io
import json
from pathlib import Path

import pytest

from server import verify_tool
from server.__main__ import main
from server.data_folder import DataFolder
from server.encoders import InstalledEncoder
from tests.server.galleries import CONSENT, NOBODY, Visions, jpeg, people_service, put
from tests.server.vaults import refused_photos
from tests.server.wire import ENCODER

RED, BLUE = (200, 10, 10), (10, 10, 200)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Ann, enrolled from two red pictures."""
    from server.photo_enrolment import PhotoEnrolment

    people = people_service(tmp_path / "data")
    pictures = put(
        tmp_path / "pictures",
        {"Ann_Lee/1.png": jpeg(RED, mark=1), "Ann_Lee/2.png": jpeg(RED, mark=2)},
    )
    PhotoEnrolment(
        people,
        refused_photos(tmp_path / "refused", "r"),
        Visions(),
        consent=CONSENT,
    ).run(pictures)
    return DataFolder(tmp_path / "data")


def run(folder: DataFolder, name: str, picture: bytes, **options: object) -> tuple[int, str, str]:
    """Exit code, standard output and error."""
    path = folder.root / "probe.png"
    path.write_bytes(picture)
    out, err = io.StringIO(), io.StringIO()
    code = verify_tool.verify(
        folder,
        name,
        path,
        encoder=lambda _network: InstalledEncoder(ENCODER),
        vision_factory=Visions(),
        out=out,
        err=err,
        **{"as_json": False, **options},  # type: ignore[arg-type]
    )
    return code, out.getvalue(), err.getvalue()


def test_the_person_and_another(folder: DataFolder) -> None:
    """0 and 1, with the distance, the limit and what may be expected."""
    code, out, err = run(folder, "ann lee", jpeg(RED, mark=9))
    assert (code, err) == (0, "")
    assert out.startswith("This is Ann Lee: distance 0.")
    assert "of 10,000 strangers accepted" in out
    code, out, _ = run(folder, "Ann Lee", jpeg(BLUE))
    assert code == 1
    assert "This is not taken for Ann Lee" in out


def test_as_json_with_another_target(folder: DataFolder) -> None:
    """One object."""
    code, out, _ = run(folder, "Ann Lee", jpeg(RED, mark=9), as_json=True, per_10000=1)
    plain = json.loads(out)
    assert code == 0
    assert plain["same"] is True
    assert (plain["target_fmr"], plain["people"]) == (0.0001, 1)


@pytest.mark.parametrize(
    ("name", "picture", "said"),
    [
        ("Bob", jpeg(RED), "Nobody named Bob"),
        ("Ann Lee", jpeg(NOBODY), "No face"),
        ("Ann Lee", b"not a picture", "probe.png"),
    ],
)
def test_what_cannot_be_compared(folder: DataFolder, name: str, picture: bytes, said: str) -> None:
    """2, and a sentence."""
    code, out, err = run(folder, name, picture)
    assert (code, out) == (2, "")
    assert said in err


def test_the_command_line_names_the_face_model(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for `enrol`: what people are enrolled with is what they are compared with."""
    given: list[object] = []
    monkeypatch.setattr(verify_tool, "verify", lambda *_, network, **__: given.append(network) or 1)
    words = ["verify", "Ann", "a.png", "--data", str(folder.root), "--network"]
    assert [main([*words, ""]), main(words[:-1])] == [1, 1]
    assert given == ["", None]
