"""What comes with owned releases besides their tracks, as files that are handed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Extra
from pennywhistle.apps.catalog.queries import extras_of
from pennywhistle.apps.delivery.kept import Kept
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import StoredMaster
from pennywhistle.apps.orders.models import Entitlement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pennywhistle.apps.users.models import User


@dataclass(frozen=True, slots=True)
class OwnedExtra:
    """A file that comes with a release that somebody owns."""

    extra: Extra
    kept: Kept


def extras_owned(
    owned: Iterable[Collection[Entitlement]],
) -> dict[int, list[OwnedExtra]]:
    """What comes with releases, by release, in two queries; each group of `owned` is of one.

    They come with the release as a whole: those that it has now, and those that it had when it
    was bought. A file that is damaged or missing does not hold up the music.
    """
    whole = {each.release_id: each for group in owned for each in group if each.track_id is None}
    found = {
        release_id: [extra for extra in extras if _covers(whole[release_id], extra)]
        for release_id, extras in (extras_of(whole) if whole else {}).items()
    }
    files = [extra.sha256 for extras in found.values() for extra in extras]
    lost = _lost(files)
    return {
        release_id: [OwnedExtra(extra, _kept(extra)) for extra in extras if _is_there(extra, lost)]
        for release_id, extras in found.items()
    }


def owned_extra(*, user: User, public_id: str) -> OwnedExtra | None:
    """One of a release that the person owns as a whole; another's is as if it were not there."""
    extra = Extra.objects.filter(public_id=public_id).first()
    if extra is None:
        return None
    own = Entitlement.objects.of(user=user).filter(release=extra.release_id, track__isnull=True)
    if not any(_covers(each, extra) for each in own) or not _is_there(extra, _lost([extra.sha256])):
        return None
    return OwnedExtra(extra, _kept(extra))


def _covers(owned: Entitlement, extra: Extra) -> bool:
    return extra.is_in_what_was_bought(at=owned.granted_at)


def _lost(sha256s: Sequence[str]) -> set[str]:
    if not sha256s:
        return set()
    lost = StoredMaster.objects.lost().filter(sha256__in=sha256s)
    return set(lost.values_list("sha256", flat=True))


def _is_there(extra: Extra, lost: Collection[str]) -> bool:
    return extra.sha256 not in lost and MASTERS.has(extra.sha256)


def _kept(extra: Extra) -> Kept:
    return Kept(MASTERS, extra.sha256, extra.size_bytes, extra.crc32, etag=extra.sha256)
