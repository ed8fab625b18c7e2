"""Telling suppliers by mail of doubts and of decisions: noted first, and sent then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F

from pennywhistle.apps.intake.models import DoubtLetter, DoubtWord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.users.models import User

# A mail that nobody took for a week is given up; the doubt stands in the studio all the same.
tried_for = timedelta(days=7)
# Of what is older, nobody is told who was not told then: they came later.
noted_for = timedelta(days=1)
letters_read_at_once = 500

_NOTE = """
INSERT INTO intake_doubtletter (doubt_id, word_id, user_id, noted_at, try_count)
SELECT said.doubt_id, said.word_id, u.id, %(now)s::timestamptz, 0
FROM (
  SELECT d.id AS doubt_id, NULL::bigint AS word_id, d.supplier_id
  FROM intake_doubt d
  WHERE d.opened_at > %(since)s::timestamptz
  UNION ALL
  SELECT d.id, w.id, d.supplier_id
  FROM intake_doubtword w JOIN intake_doubt d ON d.id = w.doubt_id
  WHERE w.said_at > %(since)s::timestamptz AND w.kind = ANY(%(decisions)s)
) said
JOIN parties_membership m ON m.party_id = said.supplier_id
JOIN users_user u ON u.id = m.user_id AND u.is_active
ORDER BY said.doubt_id, said.word_id NULLS FIRST, u.id
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Mailing:
    """One mail to a person: what a supplier's doubts are, or how they were decided."""

    user: User
    supplier: Party
    letters: tuple[DoubtLetter, ...]

    @property
    def is_decided(self) -> bool:
        """Whether it tells of decisions."""
        return self.letters[0].word_id is not None

    @property
    def letter_ids(self) -> list[int]:
        """Which rows it covers."""
        return [letter.pk for letter in self.letters]


def note_suppliers(*, now: datetime) -> int:
    """Note who is to be told of new doubts and decisions; answers how many. Nobody twice."""
    since = now - noted_for
    decisions = list(DoubtWord.DECISIONS)
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"now": now, "since": since, "decisions": decisions})
        noted: int = cursor.rowcount
        return noted


def mailings_due(*, now: datetime) -> list[Mailing]:
    """The mails that wait, those that failed least first; one for all that a person waits for."""
    waiting = (
        DoubtLetter.objects.filter(sent_at__isnull=True, noted_at__gt=now - tried_for)
        .select_related("user", "word", "doubt__supplier")
        .order_by("try_count", "id")[:letters_read_at_once]
    )
    by_mail = sorted(waiting, key=lambda letter: (letter.try_count, *_mail(letter), letter.pk))
    return [_mailing(list(letters)) for _, letters in groupby(by_mail, key=_mail)]


def note_sent(*, letter_ids: Sequence[int], now: datetime) -> None:
    """The mail is on its way; it is not sent again."""
    DoubtLetter.objects.filter(id__in=letter_ids, sent_at__isnull=True).update(sent_at=now)


def note_failed(*, letter_ids: Sequence[int]) -> None:
    """Nobody took the mail; it is tried again, after the others."""
    DoubtLetter.objects.filter(id__in=letter_ids).update(try_count=F("try_count") + 1)


def _mail(letter: DoubtLetter) -> tuple[int, int, bool]:
    return letter.user_id, letter.doubt.supplier_id, letter.word_id is not None


def _mailing(letters: Sequence[DoubtLetter]) -> Mailing:
    return Mailing(letters[0].user, letters[0].doubt.supplier, tuple(letters))
