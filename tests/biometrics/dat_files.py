"""Writes files as dlib does, for tests of what reads them."""

import numpy as np


def integer(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def integers(*values: int) -> bytes:
    return b"".join(map(integer, values))


def real(mantissa: int, exponent: int) -> bytes:
    return integers(mantissa, exponent)


def tag(name: str) -> bytes:
    return integer(len(name)) + name.encode()


def tensor(*values: float) -> bytes:
    return integers(2, len(values), 1, 1, 1) + np.array(values, "<f4").tobytes()


def convolution(filters: np.ndarray, biases: list[float], *, stride: int, padding: int) -> bytes:
    count, _, rows, columns = filters.shape
    shape = integers(count, rows, columns, stride, stride, padding, padding)
    return tag("con_4") + tensor(*filters.ravel(), *biases) + shape
