"""What was heard in stored files, kept by their content: the same bytes are heard once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from pennywhistle.apps.media import work
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Hearing, Master

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pennywhistle.apps.media.work import Heard


class Progress(Protocol):
    """Hears how far the work is: masters done, masters in all."""

    def __call__(self, done: int, total: int, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Unheard:
    """A master that could not be heard, and why."""

    sha256: str
    sentence: str


def keep_hearing(*, sha256: str, heard: Heard) -> None:
    """Write down what was heard in a stored file; heard again, the newer takes its place."""
    hearing = Hearing(
        sha256=sha256,
        examination=heard.examination.to_json(),
        judgement=heard.judgement.to_json(),
        fingerprint=heard.fingerprint.to_bytes(),
        cover_sha256=heard.cover_sha256,
        heard_at=Now(),
    )
    # In one statement, since the same content may come from two suppliers at once.
    Hearing.objects.bulk_create(
        [hearing],
        update_conflicts=True,
        unique_fields=["sha256"],
        update_fields=["examination", "judgement", "fingerprint", "cover_sha256", "heard_at"],
    )


def hear_masters(*, progress: Progress) -> list[Unheard]:
    """Hear every master that was delivered before files were heard; answers those that fail.

    Each is written down as soon as it was heard, so that what was interrupted goes on there.
    """
    wanted = _unheard_masters()
    failed: list[Unheard] = []
    progress(0, len(wanted))
    there = _those_there(wanted, failed)
    for done, outcome in enumerate(work.hear_each(there), start=1):
        if outcome.heard is not None:
            keep_hearing(sha256=outcome.sha256, heard=outcome.heard)
        elif outcome.refusal is not None:
            failed.append(Unheard(outcome.sha256, outcome.refusal.sentence))
        progress(done, len(wanted))
    return failed


def _unheard_masters() -> list[str]:
    is_heard = Exists(Hearing.objects.filter(sha256=OuterRef("sha256")))
    masters = Master.objects.filter(~is_heard).order_by("sha256").distinct()
    return list(masters.values_list("sha256", flat=True))


def _those_there(sha256s: Iterable[str], failed: list[Unheard]) -> Iterator[str]:
    for sha256 in sha256s:
        if MASTERS.has(sha256):
            yield sha256
        else:
            failed.append(Unheard(sha256, "The file is not in the store."))
