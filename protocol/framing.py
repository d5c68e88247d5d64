"""Frames: four bytes of length, big-endian, then that many bytes; limits before memory."""

import struct

from protocol.errors import BadFrame, IllegalSend

MAX_UNTRUSTED = 4 * 1024
"""Bytes in a frame before the hello is accepted: an honest hello is below 1 KiB."""

MAX_TRUSTED = 64 * 1024
"""Bytes in a frame after it: an enrolment of 10 samples is about 30 KiB, an identify 2.8 KB."""

MAX_PICTURES = 128 * 1024
"""Bytes in an enrolment with a picture: 40 KiB of JPEG are 55 KB in base64, beside the samples."""

MORE_FOR_WIDE = 128 * 1024
"""Bytes more in an enrolment where the encoder gives 512 numbers: ten samples are about 110 KB,
134 KB at the longest. Everything else fits below `MAX_TRUSTED`: an identify is 11 KB."""

MAX_ANY = MAX_PICTURES + MORE_FOR_WIDE
"""No frame is larger."""

_LENGTH = struct.Struct(">I")
HEADER_BYTES = _LENGTH.size


def frame(body: bytes) -> bytes:
    """Puts the length before a body.

    Raises:
        IllegalSend: The body is empty or larger than any frame may be.
    """
    if not 0 < len(body) <= MAX_ANY:
        raise IllegalSend(f"a frame of {len(body)} bytes was to be sent; 1 to {MAX_ANY} fit")
    return _LENGTH.pack(len(body)) + body


def size_of(data: bytes) -> int:
    """How long the frame is that begins here, with its header; the header where that is not whole.

    Nothing is checked: of a length that is refused, `FrameDecoder` says so.
    """
    if len(data) < HEADER_BYTES:
        return HEADER_BYTES
    return HEADER_BYTES + int(_LENGTH.unpack_from(data)[0])


class FrameDecoder:
    """Cuts a stream of bytes into frame bodies, however the stream was sliced.

    The length is checked as soon as its four bytes are there and nothing is set aside for it:
    memory grows with the bytes that came, never with the bytes that were announced.

    Args:
        limit: Largest body in bytes. May be changed between frames.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.completed = 0
        self._buffer = bytearray()
        self._failure: BadFrame | None = None

    @property
    def pending(self) -> int:
        """Bytes still awaited in an unfinished frame as far as known; 0 between frames."""
        if not self._buffer:
            return 0
        if len(self._buffer) < HEADER_BYTES:
            return HEADER_BYTES - len(self._buffer)
        return max(0, HEADER_BYTES + self._length() - len(self._buffer))

    @property
    def buffered(self) -> int:
        """Bytes held."""
        return len(self._buffer)

    def add(self, data: bytes) -> None:
        """Takes bytes as they came; `next_frame` gives what is whole."""
        if self._failure is None:
            self._buffer += data

    def next_frame(self) -> bytes | None:
        """Gives the next whole body, or None when more bytes are needed.

        Raises:
            BadFrame: The length is 0 or above the limit. The stream is lost: every later call
                raises the same.
        """
        if self._failure is not None:
            raise self._failure
        if len(self._buffer) < HEADER_BYTES:
            return None
        length = self._length()
        if not 0 < length <= self.limit:
            self._buffer.clear()
            self._failure = BadFrame(
                f"a frame of {length} bytes was announced; 1 to {self.limit} are allowed here"
            )
            raise self._failure
        end = HEADER_BYTES + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[HEADER_BYTES:end])
        del self._buffer[:end]
        self.completed += 1
        return body

    def cut(self, data: bytes) -> tuple[bytes | None, bytes]:
        """Takes what ends a frame, or a header that came in pieces, and no more.

        Returns:
            The frame's body, if it is whole now, and the bytes that were not taken.

        Raises:
            BadFrame: As in `next_frame`.
        """
        count = size_of(data)
        whole = HEADER_BYTES < count <= min(len(data), HEADER_BYTES + self.limit)
        if whole and not self._buffer and self._failure is None:
            self.completed += 1
            return data[HEADER_BYTES:count], data[count:]
        count = self.pending or count
        self.add(data[:count])
        return self.next_frame(), data[count:]

    def feed(self, data: bytes) -> list[bytes]:
        """Takes bytes and gives every body they finish.

        Whole frames before a bad one are given first; the error is then raised by the next call,
        so that the result does not depend on how the stream was sliced.

        Raises:
            BadFrame: As in `next_frame`.
        """
        self.add(data)
        bodies: list[bytes] = []
        try:
            while (body := self.next_frame()) is not None:
                bodies.append(body)
        except BadFrame:
            if not bodies:
                raise
        return bodies

    def _length(self) -> int:
        return int(_LENGTH.unpack_from(self._buffer)[0])
