"""Opening a converted network: what is trusted, what is made again, what is refused."""

import logging
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from biometrics.cnn_detector import DETECTOR
from biometrics.model_cache import ModelCache
from biometrics.onnx_session import RuntimeRefused
from biometrics.trusted_network import Opening, open_trusted
from tests.biometrics.networks import detector_like

NEVER = threading.Event()


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_the_first_use_and_damage_convert(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Once each; what is there is used."""
    with caplog.at_level(logging.INFO):
        open_trusted(DETECTOR, Opening(tmp_path), NEVER)
        open_trusted(DETECTOR, Opening(tmp_path), NEVER)
        (path,) = tmp_path.iterdir()
        path.write_bytes(path.read_bytes()[:-1000])
        open_trusted(DETECTOR, Opening(tmp_path), NEVER)
    fields = [getattr(record, "event_fields", {}) for record in caplog.records]
    assert [one["converted"] for one in fields if "converted" in one] == [True, False, True]
    assert "was removed" in caplog.text
    assert list(tmp_path.iterdir()) == [path]


def test_a_network_with_other_numbers_is_not_trusted(tmp_path: Path) -> None:
    """However it came into the folder under a name that fits."""
    path = ModelCache(tmp_path).store(DETECTOR.stem(), detector_like(DETECTOR.reference()))
    opening = Opening(tmp_path, command=python("raise SystemExit(3)"))
    with pytest.raises(RuntimeRefused, match="converting ended with 3"):
        open_trusted(DETECTOR, opening, NEVER)
    assert not path.exists()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("print('noise'); print('{\"problem\": \"No room.\"}'); raise SystemExit(1)", "No room"),
        ("print('[]'); raise SystemExit(7)", "ended with 7"),
        ("pass", "does not give dlib's numbers"),
    ],
)
def test_a_conversion_that_fails_is_refused_with_a_sentence(
    tmp_path: Path, code: str, says: str
) -> None:
    """Its own sentence when it has one."""
    with pytest.raises(RuntimeRefused, match=says):
        open_trusted(DETECTOR, Opening(tmp_path, command=python(code)), NEVER)


def test_a_conversion_that_nobody_wants_any_more_is_ended(tmp_path: Path) -> None:
    """Within a fraction of a second."""
    stopped = threading.Event()
    stopped.set()
    started = time.monotonic()
    with pytest.raises(RuntimeRefused, match="was ended"):
        open_trusted(
            DETECTOR, Opening(tmp_path, command=python("import time; time.sleep(60)")), stopped
        )
    assert time.monotonic() - started < 5


def test_a_refused_provider_is_never_replaced_in_silence(converted: Path) -> None:
    """It is named."""
    with pytest.raises(RuntimeRefused, match="NoSuchProvider"):
        open_trusted(DETECTOR, Opening(converted, provider="NoSuchProvider"), NEVER)


def test_a_missing_package_is_said(converted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an installation without ONNX Runtime."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(RuntimeRefused, match="cannot be loaded"):
        open_trusted(DETECTOR, Opening(converted), NEVER)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root and Windows may write anywhere"
)
def test_a_cache_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """With the folder's name in the sentence."""
    tmp_path.chmod(0o500)
    with pytest.raises(RuntimeRefused, match="models"):
        open_trusted(DETECTOR, Opening(tmp_path / "models"), NEVER)


def test_two_processes_may_convert_at_once(tmp_path: Path) -> None:
    """Both can go on, and one file is left."""
    opened: list[object] = []
    threads = [
        threading.Thread(
            target=lambda: opened.append(open_trusted(DETECTOR, Opening(tmp_path), NEVER))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(opened) == 2
    assert len(list(tmp_path.iterdir())) == 1
