"""Reads an ONNX file that somebody supplied: an ordinary file, whole, and referring to no other.

What is checked here is checked before ONNX Runtime sees a byte of it. A network is a program, but
one of arithmetic alone: with no other files to read and no operators of its own it can do nothing
but compute.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biometrics.encode import EncoderFailed

MOST_BYTES = 1 << 30
"""The largest such networks have 250 MB; more is a mistake, and would fill the memory."""
_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""Operators of ONNX, and those that every ONNX Runtime has beside them."""
_MODEL_FIELDS = range(1, 27)
_OWN_SCALING = frozenset({"Sub", "Mul", "Div", "Add", "BatchNormalization"})


@dataclass(frozen=True, slots=True, eq=False)
class NetworkFile:
    """A file that was read.

    Args:
        name: For sentences.
        model: Its bytes.
        sha256: Of them, in hex.
        scales: Whether the network begins by scaling pixels itself, as many exported ones do.
    """

    name: str
    model: bytes
    sha256: str
    scales: bool


def read_network(path: Path) -> NetworkFile:
    """Reads the file.

    Raises:
        EncoderFailed: With a sentence that names the file: it cannot be read, is too large, is no
            ONNX file, keeps its weights in another file, or needs operators of its own.
    """
    model = _read(path)
    import onnx
    from google.protobuf.message import DecodeError

    try:
        parsed = onnx.load_model_from_string(model)
    except (DecodeError, ValueError, TypeError) as error:
        raise EncoderFailed(f"{path.name} is no ONNX file, or not all of one.") from error
    if not parsed.graph.node or not parsed.graph.input:
        raise EncoderFailed(f"{path.name} is no ONNX file, or not all of one.")
    for message in _messages(parsed):
        kind = message.DESCRIPTOR.name
        if kind == "TensorProto" and (
            message.data_location == onnx.TensorProto.EXTERNAL or message.external_data
        ):
            raise EncoderFailed(
                f"{path.name} keeps its weights in another file, which is not read: save the "
                "network as one file."
            )
        if kind == "NodeProto" and message.domain not in _DOMAINS:
            raise EncoderFailed(
                f"{path.name} needs operators that ONNX Runtime does not have "
                f"({message.domain[:40]!r}): export it without them."
            )
    first = [node.op_type for node in parsed.graph.node if parsed.graph.input[0].name in node.input]
    scales = bool(first) and all(kind in _OWN_SCALING for kind in first)
    return NetworkFile(path.name, model, hashlib.sha256(model).hexdigest(), scales)


def _read(path: Path) -> bytes:
    try:
        # A pipe would be waited for for ever, a device never ends.
        if not stat.S_ISREG(path.stat().st_mode):
            raise EncoderFailed(f"{path.name} is no ordinary file.")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MOST_BYTES:
                raise EncoderFailed(f"{path.name} is larger than any face network.")
            head = file.read(1)
            if not may_begin(head):
                raise EncoderFailed(f"{path.name} is no ONNX file.")
            return head + file.read(size)
    except OSError as error:
        reason = error.strerror or error
        raise EncoderFailed(f"The face network {path.name} cannot be read: {reason}.") from error


def may_begin(head: bytes) -> bool:
    """Whether a model may begin so; pictures, archives, texts and zeros do not."""
    return bool(head) and head[0] & 7 in (0, 2) and head[0] >> 3 in _MODEL_FIELDS


def _messages(message: Any) -> Iterator[Any]:
    """Every message within a message, itself first, however deep: graphs hold graphs."""
    waiting = [message]
    while waiting:
        one = waiting.pop()
        yield one
        for field, value in one.ListFields():
            if field.message_type is None:
                continue
            many = value if isinstance(value, Iterable) else [value]
            waiting.extend(many)
