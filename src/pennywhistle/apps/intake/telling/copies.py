"""Conflicts over copies in suppliers' mailboxes, and who is told of them by mail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from pennywhistle.apps.copies.limits import LETTERS_READ_AT_ONCE, LETTERS_TRIED_FOR_DAYS
from pennywhistle.apps.copies.models import Letter, News, Ruling
from pennywhistle.apps.copies.queries import on_shelves
from pennywhistle.apps.intake.contents import names_of
from pennywhistle.apps.intake.models import Notice
from pennywhistle.apps.users.models import User

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.copies.models import Conflict

_RELATED = (
    "ruling",
    "supplier",
    "conflict__sound",
    "conflict__newcomer",
    "conflict__holder",
    "conflict__block",
)
_CURE = "Listen to both in the studio, under Copies, and say whose the recording is."
_RULED = {
    Ruling.Verdict.BOTH: "By the store's decision both may sell {what}: {reason}",
    Ruling.Verdict.NEWCOMER_REFUSED: "By its decision {newcomer} may not sell {what}: {reason}",
    Ruling.Verdict.HOLDER_REFUSED: "By its decision {other} may not sell {what}: {reason}",
}
# Of what is not on sale, and of what was there before it was compared.
_STANDS = ("is held", "stays on sale until the store has decided")


def tell_of_copies(*, now: datetime) -> int:
    """Put what is new into the mailboxes, and note who gets a mail; each once. How many were new.

    Who begins to act for a supplier later is not told of what was before.
    """
    told = 0
    for news_id in (
        News.objects.filter(told_at__isnull=True)
        .order_by("id")
        .values_list("id", flat=True)[:LETTERS_READ_AT_ONCE]
    ):
        told += _tell(news_id, now)
    return told


@transaction.atomic
def _tell(news_id: int, now: datetime) -> bool:
    waiting = News.objects.select_for_update(of=("self",), skip_locked=True)
    news = waiting.select_related(*_RELATED).filter(id=news_id, told_at__isnull=True).first()
    if news is None:
        return False
    code, sentence, cure = _words(news)
    Notice.objects.create(
        supplier_id=news.supplier_id,
        level=Notice.Level.ALERT,
        code=code,
        sentence=sentence[:1000],
        cure=cure,
        created_at=now,
    )
    readers = User.objects.filter(is_active=True, membership__party=news.supplier_id)
    Letter.objects.bulk_create(
        Letter(news=news, user=user, noted_at=now) for user in readers.order_by("id")
    )
    news.told_at = now
    news.save(update_fields=["told_at"])
    return True


def _words(news: News) -> tuple[str, str, str]:
    """Code, sentence and cure, in English as the engines say theirs."""
    conflict, ruling = news.conflict, news.ruling
    said = {
        "what": f"“{title_in(conflict)}”",
        "newcomer": conflict.newcomer.name,
        "other": conflict.holder.name if conflict.holder else "",
        "stands": _STANDS[bool(on_shelves([(conflict.newcomer_id, conflict.sound.sha256)]))],
    }
    if ruling is not None:
        text = _RULED[Ruling.Verdict(ruling.verdict)]
        return "copy-decided", text.format(**said, reason=ruling.reason[:600]), ""
    if conflict.block is not None:
        text = "{what} {stands}: the store does not sell this recording: {reason}"
        return "copy-blocked", text.format(**said, reason=conflict.block.reason[:600]), _CURE
    if news.supplier_id == conflict.newcomer_id:
        text = "{what} {stands}: {other} delivered the same recording before."
    else:
        text = "{newcomer} delivered {what}, which has a recording of yours in it; it {stands}."
    return "copy-found", text.format(**said), _CURE


def title_in(conflict: Conflict) -> str:
    """What the newcomer calls what is in conflict."""
    key = (conflict.newcomer_id, conflict.sound.sha256)
    named = names_of([key]).get(key)
    return named.text if named else "?"


def letters_due(*, now: datetime) -> list[Letter]:
    """The mails that wait, those that failed least first: one that never arrives blocks nobody."""
    since = now - timedelta(days=LETTERS_TRIED_FOR_DAYS)
    waiting = Letter.objects.filter(sent_at__isnull=True, noted_at__gt=since)
    related = ("user", *(f"news__{name}" for name in _RELATED))
    return list(waiting.select_related(*related).order_by("try_count", "id")[:LETTERS_READ_AT_ONCE])


def note_sent(*, letter_id: int, now: datetime) -> None:
    """The mail is on its way; it is not sent again."""
    Letter.objects.filter(id=letter_id, sent_at__isnull=True).update(sent_at=now)


def note_failed(*, letter_id: int) -> None:
    """Nobody took the mail; it is tried again, after the others."""
    Letter.objects.filter(id=letter_id).update(try_count=F("try_count") + 1)
