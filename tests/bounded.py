"""That hostile input costs a bounded amount of work, however busy the machine is.

A speed is a benchmark (`benchmarks/`). Here only orders of magnitude count: what is refused at once
takes milliseconds, what grows with the square of its input takes minutes.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def bounded_work(*, processor_s_max: float = 20) -> Iterator[None]:
    """What is done within takes at most so much of this process's processor time."""
    started = time.process_time()
    yield
    assert time.process_time() - started < processor_s_max
