"""Deadlines: one object across steps, and one for each whole frame."""

from protocol.deadline import FRAME_DEADLINE_S, Deadline, FrameWatch
from protocol.framing import MAX_TRUSTED, FrameDecoder, frame


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Gives the time."""
        return self.now


def watched(decoder: FrameDecoder, watch: FrameWatch, data: bytes) -> list[bytes]:
    """One read as a connection does it."""
    bodies = decoder.feed(data)
    watch.update(completed=decoder.completed, pending=decoder.pending)
    return bodies


def test_a_deadline_runs_down_and_stays_down() -> None:
    """Shared by every step on the way."""
    clock = Clock()
    deadline = Deadline(5.0, clock=clock)
    assert (deadline.left(), deadline.expired) == (5.0, False)
    clock.now += 4.5
    assert (deadline.left(), deadline.expired) == (0.5, False)
    clock.now += 0.5
    assert (deadline.left(), deadline.expired) == (0.0, True)
    clock.now += 100
    assert (deadline.left(), deadline.expired) == (0.0, True)


def test_a_deadline_of_the_real_clock() -> None:
    """Monotonic seconds unless told otherwise."""
    assert 59 < Deadline(60).left() <= 60
    assert Deadline(0).expired
    assert Deadline(-1).left() == 0.0


def test_b3_a_frame_that_stops_in_the_middle_expires() -> None:
    """Ten thousand bytes announced, nine sent, silence."""
    clock = Clock()
    decoder, watch = FrameDecoder(MAX_TRUSTED), FrameWatch(clock=clock)
    watched(decoder, watch, (10_000).to_bytes(4, "big") + b"ninebytes")
    assert watch.left(60.0) == FRAME_DEADLINE_S
    assert not watch.expired
    clock.now += FRAME_DEADLINE_S
    assert watch.expired
    assert watch.left(60.0) == 0.0


def test_b4_one_byte_a_second_meets_the_deadline_of_the_whole_frame() -> None:
    """No single read ever waits long; the frame as a whole does."""
    clock = Clock()
    decoder, watch = FrameDecoder(MAX_TRUSTED), FrameWatch(clock=clock)
    sent = 0
    for byte in frame(bytes(1_000)):
        if watch.expired:
            break
        watched(decoder, watch, bytes([byte]))
        sent += 1
        clock.now += 1.0
    assert sent == FRAME_DEADLINE_S


def test_b4_honest_frames_one_after_another_never_expire() -> None:
    """Each frame has its own deadline, also where one read ends one and begins the next."""
    clock = Clock()
    decoder, watch = FrameDecoder(MAX_TRUSTED), FrameWatch(clock=clock)
    stream = frame(bytes(9)) * 40
    for k in range(0, len(stream), 5):
        watched(decoder, watch, stream[k : k + 5])
        assert not watch.expired
        clock.now += 3.0
    assert decoder.completed == 40


def test_between_frames_only_the_idle_time_counts() -> None:
    """A checkpoint may be silent until its next heartbeat."""
    clock = Clock()
    decoder, watch = FrameDecoder(MAX_TRUSTED), FrameWatch(clock=clock)
    assert watch.left(6.0) == 6.0
    watched(decoder, watch, frame(b"x"))
    clock.now += 1_000
    assert watch.left(6.0) == 6.0
    assert not watch.expired
