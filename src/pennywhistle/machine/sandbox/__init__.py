"""Runs a function on a stranger's bytes in a locked child process; bytes and JSON come back."""

from pennywhistle.machine.sandbox.client import (
    CallResult,
    Stream,
    call,
    configure,
    nothing,
    prepare,
    stream,
)
from pennywhistle.machine.sandbox.errors import (
    BadAnswerError,
    CpuLimitError,
    CrashedError,
    FunctionFailedError,
    MemoryLimitError,
    OutputLimitError,
    SandboxError,
    SandboxLostError,
    SandboxUnavailableError,
    TimedOutError,
)
from pennywhistle.machine.sandbox.limits import Limits

__all__ = [
    "BadAnswerError",
    "CallResult",
    "CpuLimitError",
    "CrashedError",
    "FunctionFailedError",
    "Limits",
    "MemoryLimitError",
    "OutputLimitError",
    "SandboxError",
    "SandboxLostError",
    "SandboxUnavailableError",
    "Stream",
    "TimedOutError",
    "call",
    "configure",
    "nothing",
    "prepare",
    "stream",
]
