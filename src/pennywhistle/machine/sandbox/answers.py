"""Reads what a child that is not trusted answered, and how it ended."""

import json
import signal
from typing import Any, NoReturn

from pennywhistle.kernel.one_line import one_line
from pennywhistle.machine.sandbox.errors import (
    BadAnswerError,
    CpuLimitError,
    CrashedError,
    FunctionFailedError,
    MemoryLimitError,
    SandboxError,
    SandboxLostError,
    SandboxUnavailableError,
)
from pennywhistle.machine.sandbox.limits import failure_text_chars_max


def read_status(status: bytes) -> None:
    """Raise unless the template reports that the child ended by itself. The template is trusted."""
    if not status:
        raise SandboxLostError("The template process went away in mid-task.")
    report = json.loads(status)
    if "unavailable" in report:
        raise SandboxUnavailableError(str(report["unavailable"]))
    ended = int(report["ended"])
    if ended == -signal.SIGXCPU:
        raise CpuLimitError("The function used up its processor seconds.")
    if ended < 0:
        raise CrashedError(-ended)


def read_answer(answer: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """The function's value from the child's one JSON object.

    Raises:
        BadAnswerError: it is not such an object.
        FunctionFailedError, MemoryLimitError, SandboxUnavailableError: it tells of a failure.
    """
    try:
        message = json.loads(answer, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadAnswerError("The child's answer is not JSON.") from error
    if not isinstance(message, dict):
        raise BadAnswerError("The child's answer is not an object.")
    if "value" in message:
        return message["value"]
    failure = message.get("failure")
    if not isinstance(failure, dict):
        raise BadAnswerError("The child's answer has neither value nor failure.")
    raise _failure(failure)


def _failure(failure: dict[str, Any]) -> SandboxError:
    raised, failure_code, message = (
        one_line(failure.get(name, ""), chars_max=failure_text_chars_max)
        for name in ("raised", "code", "message")
    )
    if raised == "MemoryError":
        return MemoryLimitError("The function wanted more memory than its limit.")
    if raised == "LockdownError":
        return SandboxUnavailableError(message)
    return FunctionFailedError(raised=raised, failure_code=failure_code, message=message)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
