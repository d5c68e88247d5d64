"""The child process of `ProcessEncoder`: chips come on standard input, encodings go out.

A request is a 4-byte count and that many chips; a reply is one status byte, a 4-byte length and
the body: float64 encodings, or a sentence. The end of the input ends the child, so it never
outlives its parent.
"""

import os
import signal
import struct
import sys
from typing import BinaryIO

import numpy as np

from biometrics.encode import Encoder, EncoderFailed
from biometrics.faces import CHIP_SIZE

CHIP_BYTES = CHIP_SIZE * CHIP_SIZE * 3
COUNT = struct.Struct("!I")
REPLY = struct.Struct("!BI")
OK, FAILED = 0, 1


def serve(requests: BinaryIO, replies: BinaryIO, encoder: Encoder) -> None:
    """Answers requests until their stream ends."""
    while True:
        head = requests.read(COUNT.size)
        if len(head) < COUNT.size:
            return
        (count,) = COUNT.unpack(head)
        body = requests.read(count * CHIP_BYTES)
        if len(body) < count * CHIP_BYTES:
            return
        chips = np.frombuffer(body, dtype=np.uint8).reshape(count, CHIP_SIZE, CHIP_SIZE, 3)
        try:
            status, answer = OK, encoder.encode(chips).astype("<f8").tobytes()
        except EncoderFailed as error:
            status, answer = FAILED, str(error).encode()
        replies.write(REPLY.pack(status, len(answer)) + answer)
        replies.flush()


def main() -> None:
    """Serves standard input and output, with the output kept free of what libraries print."""
    # Ctrl-C in a terminal reaches the whole group; the parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    from biometrics.dlib_engine import DlibEncoder

    encoder = DlibEncoder()
    try:
        serve(sys.stdin.buffer, replies, encoder)
    except BrokenPipeError:
        pass  # the parent is gone: nobody waits for the answer
    finally:
        encoder.close()
        # Skips the interpreter's flush of a pipe nobody reads any more.
        os._exit(0)


if __name__ == "__main__":
    main()
