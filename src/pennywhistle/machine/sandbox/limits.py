"""How much a sandboxed function may use."""

from dataclasses import dataclass

arguments_bytes_max = 32 << 20  # the JSON of one request; a cover travels in it as base64
failure_text_chars_max = 500  # of an exception's message on its way out of the child


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one task; going over any of them ends the child, never the service.

    Attributes:
        wall_seconds: time that the parent spends waiting for the child. Time that the reader of a
            stream takes between two chunks does not count, so a slow line does not end a download.
        cpu_seconds: processor time, whole seconds.
        memory_bytes: address space beyond what the warm template process takes already.
        output_bytes_max: of the binary output; `answer_bytes_max`: of the JSON answer.
        open_files_max: file descriptors.
    """

    wall_seconds: float = 60.0
    cpu_seconds: int = 60
    memory_bytes: int = 1 << 30
    output_bytes_max: int = 4 << 30
    answer_bytes_max: int = 1 << 20
    open_files_max: int = 32
