"""Putting a recording on the blocklist: what the queue does with an entry that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.copies import work
from pennywhistle.apps.copies.errors import NoSoundError, ReasonMissingError
from pennywhistle.apps.copies.limits import STATEMENT_LENGTH_MAX
from pennywhistle.apps.copies.models import Block, BlockWish, Sound
from pennywhistle.apps.media.hearings import keep_hearing
from pennywhistle.apps.media.models import Hearing
from pennywhistle.apps.media.work import FileRefusedError, hear
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from datetime import datetime

_REFUSAL_CHARS_MAX = 600


def block_content(
    *,
    sha256: str,
    title: str,
    reason: str,
    user_id: int,
    now: datetime,
    evidence_id: int | None = None,
) -> Block:
    """Put a recording on the blocklist, by content that was heard; one that stands is that one.

    Whatever of it was delivered already is in conflict with the entry from then on; sales go on
    until an operator refuses it there.

    Raises ReasonMissingError; NoSoundError: it was never heard, or is silent; and the index's
    IndexUnavailableError: it is being made again, come back.
    """
    said = said_in_words(reason)
    sound = work.sound_to_block(sha256=sha256, now=now)
    if sound is None:
        raise NoSoundError("There is nothing in it to recognize it by.")
    with transaction.atomic():
        Sound.objects.select_for_update().get(id=sound.pk)
        block = Block.objects.standing().filter(sound=sound).first() or Block.objects.create(
            sound=sound,
            title=title.strip()[:500] or sha256,
            reason=said,
            evidence_id=evidence_id,
            recorded_by_id=user_id,
            recorded_at=now,
        )
    work.compare_blocked(block_id=block.pk)
    return block


def grant_wish(*, wish_id: int, now: datetime) -> BlockWish:
    """Hear what an operator wants blocked, and block it, or say why not; again: nothing.

    Raises IndexUnavailableError, or what the sandbox raises where it is not there: come back.
    """
    wish = BlockWish.objects.get(id=wish_id)
    if wish.closed_at is not None:
        return wish
    block, refusal = None, ""
    try:
        block = _blocked(wish, now)
    except FileRefusedError as error:
        refusal = error.sentence
    except NoSoundError as error:
        refusal = str(error)
    except StoredFileMissingError:
        refusal = "The file is not in the store any more."
    wish.block, wish.refusal, wish.closed_at = block, refusal[:_REFUSAL_CHARS_MAX], now
    BlockWish.objects.waiting().filter(id=wish.pk).update(
        block=wish.block, refusal=wish.refusal, closed_at=wish.closed_at
    )
    return wish


def _blocked(wish: BlockWish, now: datetime) -> Block:
    if not Hearing.objects.filter(sha256=wish.sha256).exists():
        keep_hearing(sha256=wish.sha256, heard=hear(wish.sha256))
    return block_content(
        sha256=wish.sha256,
        title=wish.title,
        reason=wish.reason,
        user_id=wish.asked_by_id,
        now=now,
        evidence_id=wish.evidence_id,
    )


def said_in_words(text: str) -> str:
    """A reason or statement as it is kept. Raises ReasonMissingError where there is none."""
    text = text.replace("\0", "").strip()[:STATEMENT_LENGTH_MAX]
    if not text:
        raise ReasonMissingError("Say why, in words.")
    return text
