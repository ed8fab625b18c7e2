"""Keeping masters as they were delivered: read again, compared with their hash, copied, restored.

A copy is made only of what was just found right, and a master is restored only from a copy that
is right: neither can spread a damage.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import StoredMaster
from pennywhistle.apps.media.second_copy import InFolder, SecondCopy, second_copy
from pennywhistle.apps.media.volumes import require_masters
from pennywhistle.machine.storage import BucketFolder, DamagedError, StoredFileMissingError
from pennywhistle.machine.storage.folder import chunks_of
from pennywhistle.machine.storage.s3 import OtherContentError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

logger = logging.getLogger(__name__)
Damage = StoredMaster.Damage


class MasterDamagedError(Exception):
    """A master is not what was delivered, and there is no copy to restore it from."""

    code = "master-damaged"


class CopyWrongError(Exception):
    """The second storage's copy is missing, or other content than its name says."""

    code = "copy-wrong"


class Condition(Enum):
    """What a check came to."""

    SOUND = "sound"
    RESTORED = "restored"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What one round found; `restored` and `lost` are hashes."""

    checked_count: int
    checked_bytes: int
    restored: tuple[str, ...]
    lost: tuple[str, ...]


def scrub(*, size_bytes_max: int | None, now: datetime) -> Scrubbed:
    """Check masters that were not checked since `now`, those that waited longest first.

    A damaged one is restored from the second storage if that has it; else it is marked as lost.

    Args:
        size_bytes_max: how much may be read, but one master at least; None: all of them.
        now: the beginning of this round.

    Raises:
        s3.UnreachableError: a bucket does not answer, or a disk is not mounted (VolumeAwayError),
            which says nothing about the masters there.
    """
    found: dict[str, Condition] = {}
    size_bytes = 0
    while size_bytes_max is None or size_bytes < size_bytes_max:
        # The lost ones first, every time: their copy may have come back.
        lost = StoredMaster.objects.lost().filter(scrubbed_at__lt=now)
        row = lost.first() or StoredMaster.objects.due_before(now).first()
        if row is None:
            break
        found[row.sha256] = check_master(row.sha256, now=now)
        _check_copy(row)
        size_bytes += row.file_size_bytes
    return Scrubbed(
        checked_count=len(found),
        checked_bytes=size_bytes,
        restored=_those(found, Condition.RESTORED),
        lost=_those(found, Condition.LOST),
    )


def _those(found: dict[str, Condition], wanted: Condition) -> tuple[str, ...]:
    return tuple(sha256 for sha256, condition in found.items() if condition is wanted)


def check_master(sha256: str, *, now: datetime) -> Condition:
    """Read a master, restore it if it is damaged and can be, and write down how it is.

    Raises UnreachableError while the masters' own storage is away.
    """
    require_masters()
    row = StoredMaster.objects.filter(sha256=sha256)
    damage = _damage(sha256)
    if not damage:
        row.update(scrubbed_at=now, damage="", damaged_at=None)
        return Condition.SOUND
    logger.error("The master %s is damaged: %s.", sha256, damage)
    try:
        _restore(sha256)
    except (CopyWrongError, OSError, UnreachableError) as error:
        logger.critical("The master %s is lost: %s", sha256, error)
        row.exclude(damage=damage).update(damage=damage, damaged_at=now)
        row.update(scrubbed_at=now)
        return Condition.LOST
    logger.warning("The master %s was restored from its copy.", sha256)
    row.update(scrubbed_at=now, damage="", damaged_at=None, restored_at=now)
    return Condition.RESTORED


def sound_master(sha256: str, *, now: datetime) -> Path:
    """A master as a file, read just now and found right: what is encoded for somebody.

    Raises:
        MasterDamagedError: it is not, and could not be restored. Nothing may be made of it.
        UnreachableError: the masters' storage is away.
    """
    if isinstance(MASTERS, BucketFolder):
        _forget_wrong_working_copy(MASTERS, sha256)
    elif _damage(sha256) and check_master(sha256, now=now) is Condition.LOST:
        raise MasterDamagedError(f"The master {sha256} is damaged.")
    return MASTERS.path(sha256)


def copy_masters(*, size_bytes_max: int, now: datetime) -> int:
    """Copy masters to the second storage that are not there yet; answers how many.

    A damaged one is not copied but dealt with. Raises OSError or `s3.UnreachableError` while
    the second storage is away; what was copied stays so.
    """
    second = second_copy()
    if second is None:
        return 0
    copied, size_bytes = 0, 0
    last = ""
    while size_bytes < size_bytes_max:
        row = StoredMaster.objects.uncopied().filter(sha256__gt=last).first()
        if row is None:
            break
        last = row.sha256
        if _copy(second, row.sha256, now=now):
            copied += 1
        size_bytes += row.file_size_bytes
    return copied


def _copy(second: SecondCopy, sha256: str, *, now: datetime) -> bool:
    """Whether the second storage has it, read back and right."""
    if not _is_copied(second, sha256):
        if _damage(sha256):
            check_master(sha256, now=now)
            return False
        second.write(sha256, MASTERS.path(sha256))
        if not _is_copied(second, sha256):
            logger.error("The second storage did not keep %s as it was given.", sha256)
            return False
    StoredMaster.objects.filter(sha256=sha256).update(copied_at=now)
    return True


def _is_copied(second: SecondCopy, sha256: str) -> bool:
    try:
        return second.size_bytes(sha256) is not None and _digest(second.read(sha256)) == sha256
    except StoredFileMissingError:
        return False


def _check_copy(row: StoredMaster) -> None:
    """A copy that went or rotted is made again by `copy_masters`.

    A folder's is read. A bucket guards its content itself, so there its size is enough.
    """
    second = second_copy()
    if second is None or row.copied_at is None:
        return
    try:
        is_right = second.size_bytes(row.sha256) == row.file_size_bytes
        if is_right and isinstance(second, InFolder):
            is_right = _digest(second.read(row.sha256)) == row.sha256
    except UnreachableError as error:
        logger.warning("The copy of %s was not checked: %s", row.sha256, error)
        return
    except OSError as error:
        logger.warning("The copy of %s could not be read: %s", row.sha256, error)
        is_right = False
    if not is_right:
        StoredMaster.objects.filter(sha256=row.sha256).update(copied_at=None)


def _restore(sha256: str) -> None:
    """Put the second storage's copy in the place of a damaged master, if it is right.

    Raises CopyWrongError, OSError or UnreachableError; then nothing has changed.
    """
    second = second_copy()
    if second is None:
        raise CopyWrongError("There is no second storage.")
    with MASTERS.receive() as incoming:
        try:
            for piece in second.read(sha256):
                incoming.write(piece)
        except StoredFileMissingError as error:
            raise CopyWrongError("The second storage has no copy of it.") from error
        if incoming.stored.sha256 != sha256:
            raise CopyWrongError("The second storage's copy is damaged too.")


def _damage(sha256: str) -> str:
    """What is wrong with the stored file; empty if nothing is."""
    try:
        if isinstance(MASTERS, BucketFolder):
            _forget_wrong_working_copy(MASTERS, sha256)
        return "" if _digest(_stored(sha256)) == sha256 else Damage.DIFFERS
    except (StoredFileMissingError, OtherContentError):
        return Damage.MISSING
    except DamagedError:
        return Damage.DIFFERS
    except OSError as error:
        # The disk gave an error for it, which is how most damages show.
        logger.warning("The master %s cannot be read: %s", sha256, error)
        return Damage.UNREADABLE


def _stored(sha256: str) -> Iterator[bytes]:
    """What the store holds, wherever that is; not a working copy of it."""
    if isinstance(MASTERS, BucketFolder):
        yield from MASTERS.bucket.read(f"{sha256[:2]}/{sha256}")
        return
    with MASTERS.open(sha256) as file:
        yield from chunks_of(file)


def _forget_wrong_working_copy(masters: BucketFolder, sha256: str) -> None:
    """It is fetched again when it is wanted, and compared with its hash then."""
    place = masters.root / sha256[:2] / sha256
    if place.is_file():
        with place.open("rb") as file:
            is_right = _digest(chunks_of(file)) == sha256
        if not is_right:
            logger.error("The working copy of %s is damaged; it is fetched again.", sha256)
            place.unlink(missing_ok=True)


def _digest(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
