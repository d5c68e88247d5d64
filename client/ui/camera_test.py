"""Opens a camera once for the settings dialog and takes one picture, in a thread of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from client.camera.errors import SourceError
from client.camera.frames import Image
from client.camera.sources import Source, open_source
from desktop.mailbox import Slot

# Cameras adjust to the light first; one of the first pictures is enough to show that it works.
READS = 8


@dataclass(frozen=True, slots=True, eq=False)
class TestResult:
    """What came of a test.

    Attributes:
        sentence: For the person.
        image: RGB, uint8, (height, width, 3); None when there was none.
    """

    __test__ = False  # its name begins with Test, pytest need not look

    sentence: str
    image: Image | None = None


class CameraTest:
    """One test of one source, begun at once.

    Args:
        source: As settings keep it.
        open_: Opens a source; replaced in tests.
    """

    def __init__(self, source: str, *, open_: Callable[[str], Source] = open_source) -> None:
        self._source = source
        self._open = open_
        self._answer: Slot[TestResult] = Slot()
        threading.Thread(target=self._run, name="camera-test", daemon=True).start()

    def result(self) -> TestResult | None:
        """The result, or None while the camera is being opened."""
        return self._answer.take()

    def _run(self) -> None:
        try:
            self._answer.put(self._look())
        except SourceError as error:
            self._answer.put(TestResult(str(error)))
        except Exception as error:  # noqa: BLE001 - the top of a thread: the dialog must hear of it
            self._answer.put(TestResult(f"The camera cannot be used: {error}"))

    def _look(self) -> TestResult:
        source = self._open(self._source)
        try:
            for _attempt in range(READS):
                frame = source.read()
                if frame is not None:
                    size = f"{frame.width} × {frame.height}"
                    return TestResult(f"A picture of {size} pixels came.", frame.image)
        finally:
            source.close()
        return TestResult("The camera was opened, but no picture came.")
