"""Pickles that want more than they may, for the tests of every reader of pickles.

Each of the first kind would run `touch SENTINEL` or something like it if it were simply loaded.
"""

import pickle
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


class _Call:
    """Pickles as a call of a function by its name."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._reduced = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._reduced


def _text(value: str) -> bytes:
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def code_runners(sentinel: Path) -> dict[str, bytes]:
    """P1: each makes the sentinel file, or reaches for a way to, when it is just unpickled."""
    import os

    command = f"touch {sentinel}"
    python = f"open({str(sentinel)!r}, 'w').close()"
    ran = _text(command)
    made: dict[str, bytes] = {}
    for protocol in range(6):
        made[f"os.system, protocol {protocol}"] = pickle.dumps(
            _Call(os.system, command), protocol=protocol
        )
        made[f"eval in a list, protocol {protocol}"] = pickle.dumps(
            [1, {"encodings": _Call(eval, python)}], protocol=protocol
        )
    return made | {
        "runstring of numpy": b"\x80\x02cnumpy.testing._private.utils\nrunstring\n"
        + _text(python)
        + b"}\x86R.",
        "numpy by wildcard": b"\x80\x02cnumpy.f2py.capi_maps\neval\n" + _text(python) + b"\x85R.",
        "dotted name": b"\x80\x04"
        + _text("os")
        + _text("path.os.system")
        + b"\x93"
        + ran
        + b"\x85R.",
        "dotted name of numpy": b"\x80\x04"
        + _text("numpy")
        + _text("ndarray.__class__.__base__")
        + b"\x93.",
        "getattr": b"\x80\x02cbuiltins\ngetattr\ncos\n_wrap_close\n" + _text("close") + b"\x86R.",
        "old name of builtins": b"c__builtin__\neval\n" + _text(python) + b"\x85R.",
        "INST": b"(S'" + command.encode() + b"'\nios\nsystem\n.",
        "OBJ": b"(cos\nsystem\n" + ran + b"o.",
        "NEWOBJ": b"\x80\x02cbuiltins\ntuple\n)\x81.",
        "NEWOBJ_EX": b"\x80\x04cbuiltins\ntuple\n)}\x92.",
        "extension registry 1": b"\x80\x02\x82\x01.",
        "extension registry 2": b"\x80\x02\x83\x01\x00.",
        "extension registry 4": b"\x80\x02\x84\x01\x00\x00\x00.",
        "persistent id": b"Pos.system\n.",
        "persistent object": b"\x80\x02" + ran + b"Q.",
        "out-of-band buffer": b"\x80\x05\x97.",
        "read-only buffer": b"\x80\x05\x97\x98.",
        "build on a function": b"\x80\x02cnumpy\ndtype\n}" + _text("_work") + b"Nsb.",
        "build with slots": b"\x80\x02cnumpy\ndtype\nN}" + _text("_work") + b"Ns\x86b.",
        "calls ndarray": b"\x80\x02cnumpy\nndarray\nK\x01\x85R.",
        "calls a list": b"\x80\x02](K\x01e)R.",
    }


def bombs() -> dict[str, bytes]:
    """P2: a few bytes that ask for gigabytes."""
    return {
        "LONG_BINPUT": b"\x80\x02]r" + struct.pack("<I", 2**31 - 1) + b".",
        "LONG_BINPUT, largest": b"\x80\x02]r" + struct.pack("<I", 2**32 - 1) + b".",
        "PUT": b"]p2147483647\n.",
        "PUT, negative": b"]p-1\n.",
        "BINBYTES8": b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b".",
        "BINBYTES8, largest": b"\x80\x04\x8e" + struct.pack("<Q", 2**64 - 1) + b".",
        "BINUNICODE8": b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b".",
        "BYTEARRAY8": b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b".",
        "BINUNICODE": b"\x80\x02X" + struct.pack("<I", 2**32 - 1) + b".",
        "LONG4": b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1) + b".",
        "LONG4, negative": b"\x80\x02\x8b" + struct.pack("<i", -1) + b".",
        "BINSTRING, negative": b"T" + struct.pack("<i", -1) + b".",
        "FRAME": b"\x80\x04\x95" + struct.pack("<Q", 2**62) + b"].",
    }


def monsters() -> dict[str, bytes]:
    """P3: deep, endless or enormous values."""
    million = 1_000_000
    return {
        "a million lists, inside out": b"\x80\x02" + b"]" * million + b"a" * (million - 1) + b".",
        "a million tuples": b"\x80\x02]" + b"\x85" * million + b".",
        "a million marks": b"\x80\x02" + b"(" * million + b"l" * million + b".",
        "a million dicts": b"\x80\x02" + b"}K\x01" * million + b"K\x02" + b"s" * million + b".",
        "holds itself": b"\x80\x02]q\x00h\x00a.",
        "a dict holds itself": b"\x80\x02}q\x00K\x01h\x00s.",
        "a 50 MB integer": b"\x80\x02\x8b"
        + struct.pack("<i", 50_000_000)
        + b"\x7f" * 50_000_000
        + b".",
        "an integer of 50 million digits": b"I" + b"9" * 50_000_000 + b"\n.",
        "a long of 50 million digits": b"L" + b"9" * 50_000_000 + b"L\n.",
    }


def tuples_as_key(levels: int) -> bytes:
    """P3: a tuple of 50 times a tuple of 50 times ... as a dict's key: 50**levels to be hashed."""
    data = b"\x80\x04(" + b"(" + b"K\x01" * 50 + b"t\x94"
    for level in range(levels):
        data += b"(" + (b"h" + bytes([level])) * 50 + b"t\x94"
    return data + b"}h" + bytes([levels]) + b"K\x01st."


def broken(whole: bytes) -> dict[str, bytes]:
    """P4: what is left of a file after an accident."""
    cuts = {f"cut at {n}": whole[:n] for n in (1, 2, 3, len(whole) // 2, len(whole) - 1)}
    return cuts | {
        "random bytes": random.Random(4).randbytes(5_000),
        "text": b"encodings = []\n" * 20,
        "zeros": bytes(1_000),
        "goes on after its end": whole + b"K\x01.",
        "stack underflow": b"\x80\x02a.",
        "nothing but an end": b".",
        "two values": b"\x80\x02K\x01K\x02.",
        "unknown memo": b"\x80\x02h\x05.",
        "append to a number": b"\x80\x02K\x01K\x02a.",
        "unhashable key": b"\x80\x02}]K\x01s.",
        "broken text": b"\x80\x02X\x01\x00\x00\x00\xff.",
        "broken escape": b"S'\\q'\n.",
        "mark without an end": b"\x80\x02(K\x01.",
        "end without a mark": b"\x80\x02]K\x01e.",
        "protocol 99": b"\x80\x63N.",
    }


def mutations(seeds: list[bytes], count: int, *, seed: int) -> Iterator[bytes]:
    """P5: damaged copies of files: bits turned, bytes exchanged, cut out, doubled, mixed."""
    dice = random.Random(seed)
    opcodes = bytes(range(256))
    for _ in range(count):
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
            at = dice.randrange(len(data))
            kind = dice.randrange(7)
            if kind == 0:
                data[at] ^= 1 << dice.randrange(8)
            elif kind == 1:
                data[at] = dice.choice(opcodes)
            elif kind == 2:
                del data[at : at + dice.randrange(1, 20)]
            elif kind == 3:
                data[at:at] = data[at : at + dice.randrange(1, 40)]
            elif kind == 4:
                data[at:at] = dice.randbytes(dice.randrange(1, 6))
            elif kind == 5:
                other = dice.choice(seeds)
                cut = dice.randrange(len(other))
                data[at:at] = other[cut : cut + dice.randrange(1, 60)]
            else:
                data[at : at + 4] = struct.pack("<I", dice.choice((0, 1, 2**31 - 1, 2**32 - 1)))
            if not data:
                data = bytearray(b".")
        yield bytes(data)
