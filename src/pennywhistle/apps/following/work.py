"""Telling followers by mail: what was noted (`noting`) is sent, at most once a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q

from pennywhistle.apps.following.models import News, Reader

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.users.models import User

# One mail a day at most, with all that is new since the last.
mailed_every = timedelta(hours=20)
# A mail that no server took for so long is given up; the feed has it all the same.
tried_for = timedelta(days=7)
readers_per_run_max = 200


@dataclass(frozen=True, slots=True)
class Mailing:
    """One mail to a person with all that is new."""

    user: User
    news: tuple[News, ...]


def mailings_due(*, now: datetime) -> list[Mailing]:
    """The mails to send now: to who wants any, and had none for a while."""
    rested = Q(mailed_at__isnull=True) | Q(mailed_at__lte=now - mailed_every)
    ready = Reader.objects.filter(rested, wants_mail=True, user__is_active=True)
    # What was withdrawn since it was noted has no page to lead to.
    is_there = Q(release__withdrawn_at__isnull=True) | Q(release__withdrawn_at__gt=now)
    waiting = News.objects.filter(
        is_there,
        release__published_at__lte=now,
        sent_at__isnull=True,
        noted_at__gt=now - tried_for,
        follower__in=ready.values("user"),
    )
    first = waiting.order_by("try_count", "id").values_list("follower", flat=True)
    followers = list(dict.fromkeys(first[: readers_per_run_max * 10]))[:readers_per_run_max]
    rows = (
        waiting.filter(follower__in=followers)
        .select_related("follower", "release")
        .order_by("follower_id", "id")
    )
    return [
        Mailing(news[0].follower, news)
        for _, group in groupby(rows, key=lambda each: each.follower_id)
        if (news := tuple(group))
    ]


@transaction.atomic
def note_told(*, mailing: Mailing, now: datetime) -> None:
    """The mail is on its way; nothing of it is sent again."""
    Reader.objects.filter(user=mailing.user).update(mailed_at=now)
    News.objects.filter(id__in=[each.pk for each in mailing.news]).update(sent_at=now)


def note_not_told(*, mailing: Mailing) -> None:
    """Nobody took the mail; it is tried again, after the others."""
    ids = [each.pk for each in mailing.news]
    News.objects.filter(id__in=ids).update(try_count=F("try_count") + 1)
