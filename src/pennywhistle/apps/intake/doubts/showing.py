"""What pages show of delivered files: how far each is, what was found, what was said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet

from pennywhistle.apps.intake.doubts.queries import holds_on
from pennywhistle.apps.intake.models import Delivery, DeliveryFile, Doubt, DoubtWord
from pennywhistle.apps.media.evidence import found_in, heard
from pennywhistle.engines.audio.judgement import Finding

if TYPE_CHECKING:
    from pennywhistle.apps.intake.doubts.queries import Hold
    from pennywhistle.apps.media.evidence import Found, Heard
    from pennywhistle.apps.users.models import User

DOUBTS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class FileLine:
    """An audio file of a delivery: its state, what was found in it, what holds it."""

    id: int
    path: str
    state: str
    sha256: str
    found: tuple[Found, ...]
    holds: tuple[Hold, ...]
    is_being_heard: bool = False


@dataclass(frozen=True, slots=True)
class FileCase:
    """Everything about one delivered file; `doubts` by the code of the finding."""

    file: DeliveryFile
    heard: Heard | None
    doubts: dict[str, Doubt]
    holds: tuple[Hold, ...]


def files_of(*, delivery_id: int, supplier_id: int) -> list[FileLine]:
    """The audio files of a delivery, by their paths; as many queries for one as for a hundred."""
    rows = list(
        DeliveryFile.objects.filter(delivery_id=delivery_id, kind=DeliveryFile.Kind.AUDIO)
        .order_by("path")
        .values_list("id", "path", "state", "sha256", "heard_since")
    )
    good = {sha256 for _, _, state, sha256, _ in rows if state == DeliveryFile.State.GOOD}
    found = found_in(good)
    holds = holds_on(supplier_id=supplier_id, sha256s=good)
    return [
        FileLine(
            id_,
            path,
            state,
            sha256,
            found.get(sha256, ()),
            holds.get(sha256, ()),
            is_being_heard=state == DeliveryFile.State.WAITING and heard_since is not None,
        )
        for id_, path, state, sha256, heard_since in rows
    ]


def case_of(*, user: User, delivery: str, file_id: int) -> FileCase | None:
    """One file of a delivery that this person sent for a party, or nothing."""
    file = (
        DeliveryFile.objects.filter(
            id=file_id,
            kind=DeliveryFile.Kind.AUDIO,
            delivery__in=Delivery.objects.sent_for(user=user).filter(public_id=delivery),
        )
        .select_related("delivery__supplier", "delivery__message")
        .first()
    )
    if file is None:
        return None
    supplier_id = file.delivery.supplier_id
    doubts = with_words().filter(supplier_id=supplier_id, sha256=file.sha256 or "-")
    holds = holds_on(supplier_id=supplier_id, sha256s=[file.sha256])
    return FileCase(
        file,
        heard(file.sha256) if file.sha256 else None,
        {each.code: each for each in doubts},
        holds.get(file.sha256, ()),
    )


def page_of(doubt: Doubt) -> tuple[str, int] | None:
    """Where its supplier reads of it: a delivery's public id, and the file; the newest of it."""
    files = DeliveryFile.objects.filter(
        sha256=doubt.sha256, kind=DeliveryFile.Kind.AUDIO, delivery__supplier=doubt.supplier_id
    )
    return files.order_by("-id").values_list("delivery__public_id", "id").first()


def with_words() -> QuerySet[Doubt]:
    """Doubts with all that was said about each, and by whom."""
    words = DoubtWord.objects.select_related("said_by", "evidence")
    return Doubt.objects.select_related("supplier").prefetch_related(Prefetch("words", words))


def waiting_doubts(*, after_id: int = 0) -> list[Doubt]:
    """A page and one more of what an operator should decide, the oldest first."""
    found = Doubt.objects.waiting().filter(id__gt=after_id).select_related("supplier")
    return list(found[: DOUBTS_PER_PAGE + 1])


def decided_doubts(*, before_id: int | None = None) -> list[Doubt]:
    """A page and one more of what is decided, the newest first, with what was said."""
    found = Doubt.objects.decided()
    if before_id is not None:
        found = found.filter(id__lt=before_id)
    words = DoubtWord.objects.select_related("said_by", "evidence")
    related = found.select_related("supplier").prefetch_related(Prefetch("words", words))
    return list(related[: DOUBTS_PER_PAGE + 1])


def finding_of(doubt: Doubt) -> Finding:
    """What was found, as it was when the doubt was opened."""
    return Finding.from_json(doubt.finding)
