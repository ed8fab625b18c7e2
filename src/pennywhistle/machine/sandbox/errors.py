"""What can go wrong with a function in the sandbox; `code` is stable."""


class SandboxError(Exception):
    """The function in the sandbox gave no answer that can be used."""

    code = "sandbox-failed"


class SandboxUnavailableError(SandboxError):
    """The child could not be locked or started as demanded, so nothing was run in it."""

    code = "sandbox-unavailable"


class SandboxLostError(SandboxError):
    """The template process went away in mid-task; the task may simply be tried again."""

    code = "sandbox-lost"


class CrashedError(SandboxError):
    """The child was ended by a signal, as a decoder is that ran into bad memory."""

    code = "crashed"

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"The child process was ended by signal {signal_number}.")
        self.signal_number = signal_number


class MemoryLimitError(SandboxError):
    """The function wanted more memory than its limit."""

    code = "memory-limit"


class CpuLimitError(SandboxError):
    """The function used up its processor seconds."""

    code = "cpu-limit"


class TimedOutError(SandboxError):
    """The function was waited for as long as its limit allows, and was ended."""

    code = "timed-out"


class OutputLimitError(SandboxError):
    """The function wrote more bytes than its limit."""

    code = "output-limit"


class BadAnswerError(SandboxError):
    """The child answered with something other than one bounded JSON value."""

    code = "bad-answer"


class FunctionFailedError(SandboxError):
    """The function raised. All three texts come from the child, and are bounded but not trusted.

    Attributes:
        raised: the name of the exception's class.
        failure_code: its `code` attribute, or an empty string.
        message: what it said.
    """

    code = "function-failed"

    def __init__(self, *, raised: str, failure_code: str, message: str) -> None:
        super().__init__(f"{raised}: {message}")
        self.raised = raised
        self.failure_code = failure_code
        self.message = message
