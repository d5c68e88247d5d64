"""One way to open ONNX Runtime: on the processor, threads asleep when idle, telling nobody."""

import functools
import os
from typing import Any

CPU = "CPUExecutionProvider"
NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1", "ORT_TELEMETRY_DISABLED": "1"}
"""From version 1.29 on, ONNX Runtime reports to its maker over the network unless one of these (it
changed the name) is set before it is loaded. Nothing of this product may do that."""
MOST_THREADS = 4
"""More gain little for one face, and a checkpoint has other things to do."""


class RuntimeRefused(RuntimeError):  # noqa: N818 - named for what happened
    """Raised when ONNX Runtime is missing or does not take a network; the message says why."""


@functools.cache
def default_threads() -> int:
    """Half of the cores this process may use, 1 to 4: the window, camera and detector want some."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, min(MOST_THREADS, cores // 2))


def open_session(model: bytes, *, threads: int | None = None, provider: str = CPU) -> Any:
    """An `onnxruntime.InferenceSession`; its `run` leaves the GIL free.

    Args:
        model: A serialised network.
        threads: How many threads share one run, the calling one included; None for
            `default_threads`.
        provider: What computes.

    Raises:
        RuntimeRefused: The package is missing, or refuses the provider or the network.
        ValueError: `threads` below 1.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    onnxruntime = _loaded()
    if provider not in onnxruntime.get_available_providers():
        raise RuntimeRefused(f"ONNX Runtime has no {provider} here")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or default_threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # By default idle workers spin for a while: a core lost to the window after every face.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(model, options, providers=[provider])
    except _errors() as error:
        raise RuntimeRefused(f"ONNX Runtime refuses the network: {_short(error)}") from error
    if session.get_providers()[:1] != [provider]:
        raise RuntimeRefused(f"ONNX Runtime did not take {provider}")
    return session


def run(session: Any, **inputs: Any) -> Any:
    """The session's first output.

    Raises:
        RuntimeRefused: The run failed.
    """
    try:
        return session.run(None, inputs)[0]
    except _errors() as error:
        raise RuntimeRefused(f"ONNX Runtime failed: {_short(error)}") from error


def _loaded() -> Any:
    """The package, with everything that reports to its maker switched off.

    Raises:
        RuntimeRefused: It is missing.
    """
    os.environ.update(NO_TELEMETRY)
    try:
        import onnxruntime
    except ImportError as error:
        raise RuntimeRefused(f"ONNX Runtime cannot be loaded: {error}") from error
    onnxruntime.disable_telemetry_events()  # Windows' own event tracing
    return onnxruntime


@functools.cache
def _errors() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises: classes of its own without a common base, and built-in ones."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = [kind for kind in vars(state).values() if isinstance(kind, type)]
    return (
        *(kind for kind in own if issubclass(kind, Exception)),
        RuntimeError,
        ValueError,
        MemoryError,
    )


def _short(error: Exception) -> str:
    return (
        str(error).strip().splitlines()[0][:300].rstrip(".") if str(error).strip() else repr(error)
    )
