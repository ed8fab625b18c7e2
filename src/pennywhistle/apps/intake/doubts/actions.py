"""Saying something about a doubt: the supplier's answer, the operator's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.intake.doubts.errors import (
    DoubtDecidedError,
    DoubtError,
    NothingSaidError,
    TooManyWordsError,
)
from pennywhistle.apps.intake.doubts.refusing import stop_what_is_refused
from pennywhistle.apps.intake.models import Doubt, DoubtWord, Notice
from pennywhistle.apps.parties.actions import lock_parties

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.rights.models import Evidence

__all__ = [
    "DoubtDecidedError",
    "DoubtError",
    "NothingSaidError",
    "TooManyWordsError",
    "answer_doubt",
    "decide_doubt",
]

TEXT_CHARS_MAX = 2_000
WORDS_MAX = 50
_TOLD = {
    DoubtWord.Kind.UPHELD: (
        "file-refused",
        "The store refuses {path}: {reason}",
        "Deliver a better file, or answer once more.",
    ),
    DoubtWord.Kind.OVERRULED: (
        "file-let-through",
        "The store takes {path} as it is, and marks it as checked: {reason}",
        "What nothing else holds can be published now; messages are looked at again by themselves.",
    ),
    DoubtWord.Kind.ACCEPTED: (
        "file-let-through",
        "The store takes {path} as it is, without marking it as checked: {reason}",
        "What nothing else holds can be published now; messages are looked at again by themselves.",
    ),
}


@transaction.atomic
def answer_doubt(
    *, doubt_id: int, text: str, user_id: int, now: datetime, evidence: Evidence | None = None
) -> DoubtWord:
    """Say what the supplier has to say; the same once more is the word that stands.

    `evidence` is a document that was kept. Raises NothingSaidError, DoubtDecidedError (it is let
    through already) and TooManyWordsError.
    """
    doubt = Doubt.objects.select_for_update().get(id=doubt_id)
    if doubt.closed_at is not None:
        raise DoubtDecidedError("The store has let this file through.")
    last = doubt.words.last()
    said = (DoubtWord.Kind.ANSWER, _said(text), evidence)
    if last is not None and (last.kind, last.text, last.evidence) == said:
        return last
    return _write(doubt, said, user_id, now)


@transaction.atomic
def decide_doubt(
    *, doubt_id: int, kind: str, reason: str, user_id: int, now: datetime
) -> DoubtWord:
    """Decide about a file, with the reason; said twice, the first word stands.

    Args:
        doubt_id: which.
        kind: "upheld": it is refused, and no longer sold if it was. "overruled": the finding is
            mistaken. "accepted": it is right, and the file may be published all the same, without
            being called checked. After the last two it is decided for good: what is sold stays so.
        reason: why; the supplier reads it.
        user_id: which operator.
        now: the instant.

    Raises:
        NothingSaidError: no reason is given.
        DoubtDecidedError: it was let through, and something else is said now.
    """
    if kind not in DoubtWord.DECISIONS:
        raise DoubtError(f"{kind[:20]!r} is no decision.")
    said = (DoubtWord.Kind(kind), _said(reason), None)
    doubt = Doubt.objects.select_for_update(of=("self",)).get(id=doubt_id)
    last = doubt.words.last()
    if last is not None and last.kind == kind:
        return last
    if doubt.closed_at is not None:
        raise DoubtDecidedError("This file was let through, which is not taken back.")
    # Whoever publishes the file is done, and is stopped here, or reads this first.
    lock_parties(party_ids=[doubt.supplier_id])
    word = _write(doubt, said, user_id, now)
    if kind in DoubtWord.LETTING:
        doubt.closed_at = now
        doubt.save(update_fields=["closed_at"])
    stop_what_is_refused(now=now)
    _tell(doubt, word, now)
    return word


def _said(text: str) -> str:
    text = text.replace("\0", "").strip()[:TEXT_CHARS_MAX]
    if not text:
        raise NothingSaidError("Say why, in words.")
    return text


def _write(
    doubt: Doubt,
    said: tuple[DoubtWord.Kind, str, Evidence | None],
    user_id: int,
    now: datetime,
) -> DoubtWord:
    kind, text, evidence = said
    if kind == DoubtWord.Kind.ANSWER and doubt.words.count() >= WORDS_MAX:
        raise TooManyWordsError(f"{WORDS_MAX} words about one finding are the most.")
    return DoubtWord.objects.create(
        doubt=doubt, kind=kind, text=text, evidence=evidence, said_by_id=user_id, said_at=now
    )


def _tell(doubt: Doubt, word: DoubtWord, now: datetime) -> None:
    code, sentence, cure = _TOLD[DoubtWord.Kind(word.kind)]
    Notice.objects.create(
        supplier_id=doubt.supplier_id,
        level=Notice.Level.ALERT,
        code=code,
        sentence=sentence.format(path=doubt.path[:300], reason=word.text[:600]),
        cure=cure,
        created_at=now,
    )
