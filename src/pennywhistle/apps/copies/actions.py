"""Deciding conflicts and proposals, answering, and the blocklist."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict, Unpack

from django.conf import settings
from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from pennywhistle.apps.catalog.actions import WorkPart, link_works
from pennywhistle.apps.copies import jobs, work
from pennywhistle.apps.copies.blocking import block_content, said_in_words
from pennywhistle.apps.copies.errors import (
    NoSoundError,
    NotAPartyError,
    TooManyAnswersError,
    VerdictUnfitError,
)
from pennywhistle.apps.copies.limits import ANSWERS_MAX
from pennywhistle.apps.copies.models import (
    Answer,
    Block,
    BlockEnd,
    BlockWish,
    Conflict,
    News,
    Pair,
    PairWord,
    Ruling,
)
from pennywhistle.apps.copies.queries import recordings_with
from pennywhistle.apps.copies.stopping import stop_what_is_ruled
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.media.reliance import rely_on
from pennywhistle.apps.media.work import FileRefusedError, store_master
from pennywhistle.apps.parties.actions import lock_parties
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pennywhistle.apps.catalog.models import Recording, RecordingWork
    from pennywhistle.apps.users.models import User

__all__ = [
    "answer_conflict",
    "ask_to_block_file",
    "ask_to_block_recording",
    "block_content",
    "decide_conflict",
    "end_block",
    "say_pair",
]


class Said(TypedDict):
    """Who wants something blocked, why, and when."""

    reason: str
    user_id: int
    now: datetime
    evidence_id: NotRequired[int | None]


@transaction.atomic
def decide_conflict(
    *,
    conflict_id: int,
    verdict: str,
    reason: str,
    user_id: int,
    now: datetime,
    evidence_id: int | None = None,
) -> Ruling:
    """Say who may sell a recording that two deliver, with the reason; the same again is one.

    "both": what the newcomer delivered is held no longer. "newcomer-refused": it stays held, and
    what of it is on sale is stopped. "holder-refused": the earlier supplier's sale is stopped
    instead, and the newcomer's content is free. Another word closes the one before, and lets go on
    what that had stopped. Both suppliers are told.

    Raises ReasonMissingError, VerdictUnfitError where nobody is the holder, or, to find all that is
    the holder's, IndexUnavailableError: the index is being made again, come back.
    """
    conflict = Conflict.objects.select_for_update(of=("self",)).get(id=conflict_id)
    said = {
        "verdict": Ruling.Verdict(verdict),
        "reason": said_in_words(reason),
        "evidence_id": evidence_id,
    }
    if conflict.holder_id is None and verdict == Ruling.Verdict.HOLDER_REFUSED:
        raise VerdictUnfitError("Nobody delivered it before; end the entry of the blocklist.")
    if verdict == Ruling.Verdict.HOLDER_REFUSED:
        work.match_anew(conflict)
    standing = conflict.rulings.filter(closed_at__isnull=True).first()
    if standing is not None:
        if all(getattr(standing, name) == value for name, value in said.items()):
            return standing
        standing.closed_at = now
        standing.save(update_fields=["closed_at"])
    # Whoever publishes something of the two is done, and is stopped here, or reads this first.
    lock_parties(party_ids=[conflict.newcomer_id, conflict.holder_id])
    ruling = Ruling.objects.create(conflict=conflict, **said, ruled_by_id=user_id, ruled_at=now)
    stop_what_is_ruled(now=now)
    News.objects.bulk_create(
        News(conflict=conflict, ruling=ruling, supplier_id=party_id, noted_at=now)
        for party_id in (conflict.newcomer_id, conflict.holder_id)
        if party_id is not None
    )
    return ruling


@transaction.atomic
def answer_conflict(
    *,
    conflict_id: int,
    party_id: int,
    statement: str,
    user: User,
    now: datetime,
    evidence_id: int | None = None,
) -> Answer:
    """Say for one of the two suppliers whose the recording is; the same again is one answer.

    Raises NotAPartyError, ReasonMissingError or TooManyAnswersError.
    """
    conflict = Conflict.objects.select_for_update(of=("self",)).get(id=conflict_id)
    mine = Party.objects.acted_for_by(user=user).filter(
        id__in=[conflict.newcomer_id, conflict.holder_id]
    )
    if not mine.filter(id=party_id).exists():
        raise NotAPartyError("Only the two suppliers have a say in a conflict.")
    said = {"party_id": party_id, "statement": said_in_words(statement), "evidence_id": evidence_id}
    known = conflict.answers.filter(**said).first()
    if known is not None:
        return known
    if conflict.answers.filter(party_id=party_id).count() >= ANSWERS_MAX:
        raise TooManyAnswersError(f"{ANSWERS_MAX} answers in one conflict are the most.")
    return Answer.objects.create(conflict=conflict, **said, stated_by=user, stated_at=now)


@transaction.atomic
def say_pair(*, pair_id: int, is_same: bool, user: User, now: datetime) -> PairWord:
    """Say whether two files of a supplier are one recording; the same again is one word.

    Of one recording, what the store knows of its works holds for both: a recording whose works
    nobody knows yet is linked to those of the other. ISRCs and releases stay as they are.

    Raises NotAPartyError: the person neither acts for the supplier nor is an operator.
    """
    pair = Pair.objects.select_for_update(of=("self",)).get(id=pair_id)
    mine = Party.objects.acted_for_by(user=user).filter(id=pair.supplier_id)
    if not user.is_staff and not mine.exists():
        raise NotAPartyError("Only their supplier and the store say what these files are.")
    standing = pair.words.standing().first()
    if standing is not None:
        if standing.is_same == is_same:
            return standing
        standing.closed_at = now
        standing.save(update_fields=["closed_at"])
    word = PairWord.objects.create(pair=pair, is_same=is_same, said_by=user, said_at=now)
    if is_same:
        _share_works(pair, now)
    return word


def _share_works(pair: Pair, now: datetime) -> None:
    contents = (pair.first.sha256, pair.other.sha256)
    recordings = list(recordings_with(contents, supplier_id=pair.supplier_id).order_by("id"))
    known = {each.pk: _links_of(each) for each in recordings}
    source = next((links for links in known.values() if links), None)
    if source is None:
        return
    parts = [WorkPart(link.work_id, link.part) for link in source]
    for recording in recordings:
        if not known[recording.pk]:
            link_works(
                recording_id=recording.pk, parts=parts, matched_by=source[0].matched_by, now=now
            )


def _links_of(recording: Recording) -> list[RecordingWork]:
    return list(recording.work_links.open().order_by("id"))


def ask_to_block_recording(*, recording_id: int, title: str, **said: Unpack[Said]) -> BlockWish:
    """Have the sound of a recording's master blocked; raises NoSoundError or ReasonMissingError."""
    master = Master.objects.select_related("recording").filter(recording=recording_id).first()
    if master is None:
        raise NoSoundError("There is no such recording, or it has no file.")
    return _ask_to_block(master.sha256, title or master.recording.title, said)


def ask_to_block_file(
    *, chunks: Iterable[bytes], file_name: str, title: str, **said: Unpack[Said]
) -> BlockWish:
    """Have what a file sounds like blocked: it is stored now, and heard in the queue.

    Raises FileRefusedError: it is empty or too large; ReasonMissingError.
    """
    with tempfile.NamedTemporaryFile() as file:
        size_bytes = 0
        for chunk in chunks:
            size_bytes += len(chunk)
            if size_bytes > settings.MASTER_FILE_BYTES_MAX:
                raise FileRefusedError("too-large", "The file is too large.")
            file.write(chunk)
        file.flush()
        path = Path(file.name)
        sha256 = store_master(path).sha256
        with transaction.atomic():
            rely_on([sha256])
            if not MASTERS.has(sha256):
                # Somebody's delivery of the same was refused in between.
                store_master(path)
            return _ask_to_block(sha256, title or file_name, said)


@transaction.atomic
def _ask_to_block(sha256: str, title: str, said: Said) -> BlockWish:
    """One wish at a time for a content: asked again while it waits, the first one stands."""
    wish, _ = BlockWish.objects.get_or_create(
        sha256=sha256,
        closed_at=None,
        defaults={
            "title": title.strip()[:500] or sha256,
            "reason": said_in_words(said["reason"]),
            "evidence_id": said.get("evidence_id"),
            "asked_by_id": said["user_id"],
            "asked_at": said["now"],
        },
    )
    job = jobs.block.configure(queueing_lock=f"block-{wish.pk}")
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(wish_id=wish.pk)
    return wish


@transaction.atomic
def end_block(*, block_id: int, reason: str, user_id: int, now: datetime) -> BlockEnd:
    """Hold and stop nothing by an entry any more, and say why; twice, the first word stands."""
    block = Block.objects.select_for_update().get(id=block_id)
    end, _ = BlockEnd.objects.get_or_create(
        block=block,
        defaults={"reason": said_in_words(reason), "ended_by_id": user_id, "ended_at": now},
    )
    stop_what_is_ruled(now=now)
    return end
