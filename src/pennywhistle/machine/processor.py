"""Which kind of processor this is: what calculates in fractions chooses its code by that.

FFmpeg, libopus, NumPy and the C library look at the processor when they start, and take the
fastest code that it knows. Two ways of adding the same fractions may end a last bit apart.
"""

from __future__ import annotations

import hashlib
import platform
import re
from functools import cache
from pathlib import Path

_KIND_CHARS = 10
_CPU_INFO = Path("/proc/cpuinfo")
# What a processor is, as Linux says it on x86 and on ARM.
_NAMES = ("vendor_id", "cpu family", "model", "CPU implementer", "CPU architecture", "CPU part")
# Of all that it can do: calculating with several numbers at once, and multiplying into a sum.
_CALCULATING = re.compile(r"(sse|ssse|avx|fma|xop|f16c|amx|fp|asimd|sve|sme)\w*")


@cache
def processor_kind() -> str:
    """A short name, the same on all machines on which the same program does the same sums."""
    try:
        told = _CPU_INFO.read_text(encoding="utf-8")
    except OSError:
        told = platform.processor()
    return kind_of(told, system=(platform.machine(), *platform.libc_ver()))


def kind_of(told: str, *, system: tuple[str, ...]) -> str:
    """The same of what `/proc/cpuinfo` tells, and of the machine's and the C library's names."""
    first = told.strip().split("\n\n", 1)[0]
    lines = dict(_halves(line) for line in first.splitlines())
    abilities = f"{lines.get('flags', '')} {lines.get('Features', '')}".split()
    calculating = sorted(each for each in abilities if _CALCULATING.fullmatch(each))
    parts = [*system, *(lines.get(name, "") for name in _NAMES), *calculating]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_KIND_CHARS]


def _halves(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()
