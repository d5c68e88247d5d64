"""Key updates as a hostile peer sends them: OpenSSL can, Python has no call for it."""

import ctypes
import ctypes.util
import ssl

import pytest


def key_updates(tls: ssl.SSLObject, out: ssl.MemoryBIO, count: int) -> bytes:
    """So many records that change the peer's key and hold no data; skips where none can be made."""
    try:
        library = ctypes.CDLL("libssl.so.3")
    except OSError:
        pytest.skip("no libssl of Python's own to be asked for key updates")
    library.SSL_key_update.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.SSL_do_handshake.argtypes = [ctypes.c_void_p]
    # CPython keeps the `SSL *` behind the object's head and its reference to the socket.
    inner = tls._sslobj  # type: ignore[attr-defined]
    pointer = ctypes.c_void_p.from_address(id(inner) + object.__basicsize__ + 8)
    for _ in range(count):
        assert library.SSL_key_update(pointer, 0) == 1
        assert library.SSL_do_handshake(pointer) == 1
    return out.read()
