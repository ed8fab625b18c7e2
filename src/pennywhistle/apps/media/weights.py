"""Weighing masters: passages of each are encoded once, so that pages can tell sizes beforehand."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pennywhistle.apps.media.custody import MasterDamagedError, sound_master
from pennywhistle.apps.media.models import Master, StoredMaster
from pennywhistle.engines.audio import weigh
from pennywhistle.machine import sandbox
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger(__name__)

WEIGHED_AT_ONCE = 4
# Of a master that could not be weighed: its sizes are those of music on average.
FAILED = {"failed": 1}
_LIMITS = sandbox.Limits(wall_seconds=300, cpu_seconds=300)


def weigh_masters(*, now: datetime, count_max: int = WEIGHED_AT_ONCE) -> int:
    """Weigh some masters that nobody weighed yet, the oldest first; answers how many.

    The worth of it is small, so a master at which it fails is not tried again. A damaged one
    waits until it is restored.
    """
    lost = StoredMaster.objects.lost().values("sha256")
    unweighed = (
        Master.objects.filter(weights={}).exclude(sha256__in=lost).order_by("delivered_at", "pk")
    )
    masters = list(unweighed.values_list("sha256", flat=True)[:count_max])
    for sha256 in dict.fromkeys(masters):
        Master.objects.filter(sha256=sha256).update(weights=_weigh(sha256, now=now))
    return len(masters)


def _weigh(sha256: str, *, now: datetime) -> dict[str, int]:
    try:
        source = sound_master(sha256, now=now)
        answer = sandbox.call(weigh, source=source, arguments={}, limits=_LIMITS)
    except MasterDamagedError:
        return {} if StoredMaster.objects.lost().filter(sha256=sha256).exists() else FAILED
    except (sandbox.SandboxError, StoredFileMissingError, FileNotFoundError):
        logger.warning("Master %s could not be weighed.", sha256, exc_info=True)
        return FAILED
    value = answer.value
    if not isinstance(value, dict):
        return FAILED
    # What comes out of the sandbox is not trusted: names that we know of, small whole numbers.
    found = {
        str(name)[:40]: number
        for name, number in [*value.items()][:40]
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 1 << 40
    }
    return found or FAILED
