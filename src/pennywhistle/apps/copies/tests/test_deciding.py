"""Operators decide, suppliers answer, and everything that is said stays on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, Shelf, a_shelf, a_user
from copies_music import heard, label, noisy, sound_of
from pennywhistle.apps.copies.actions import (
    answer_conflict,
    block_content,
    decide_conflict,
    end_block,
    say_pair,
)
from pennywhistle.apps.copies.errors import (
    NoSoundError,
    NotAPartyError,
    ReasonMissingError,
    VerdictUnfitError,
)
from pennywhistle.apps.copies.models import Answer, Conflict, News, Pair, Ruling
from pennywhistle.apps.copies.queries import conflicts_holding
from pennywhistle.apps.copies.work import compare_delivered
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.parties.actions import let_act
from pennywhistle.apps.rights.models import Stop

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def operator():
    return a_user("operator@example.org")


def a_master(shelf: Shelf, sha256: str) -> None:
    """The first track of a shelf has this content."""
    Master.objects.create(
        recording=shelf.tracks[0].recording,
        sha256=sha256,
        file_size_bytes=1,
        container="flac",
        codec="flac",
        is_lossless=True,
        sample_rate_hz=44_100,
        bits_per_sample=16,
        channel_count=2,
        sample_count=44_100,
        peaks=b"",
        delivered_at=NOON,
    )


@pytest.fixture
def shelf() -> Shelf:
    """What the earlier supplier sells."""
    shelf = a_shelf("Tin Weather")
    content = heard(sound_of("folk"))
    a_master(shelf, content)
    compare_delivered(supplier_id=shelf.release.supplier_id, sha256s=[content], now=NOON)
    return shelf


@pytest.fixture
def conflict(shelf: Shelf) -> Conflict:
    copy = heard(noisy(sound_of("folk")))
    compare_delivered(supplier_id=label("Second").pk, sha256s=[copy], now=NOON + DAY)
    return Conflict.objects.get()


def decide(conflict: Conflict, verdict: str, user, *, reason: str = "They showed a contract."):
    return decide_conflict(
        conflict_id=conflict.pk, verdict=verdict, reason=reason, user_id=user.pk, now=NOON + DAY
    )


def held(conflict: Conflict) -> bool:
    contents = [conflict.sound.sha256]
    return bool(conflicts_holding(sha256s=contents, supplier_id=conflict.newcomer_id))


def test_where_both_may_sell_it_nothing_is_held_any_more(conflict: Conflict, operator) -> None:
    ruling = decide(conflict, "both", operator)

    assert not held(conflict)
    assert (ruling.ruled_by, ruling.ruled_at, ruling.reason) == (
        operator,
        NOON + DAY,
        "They showed a contract.",
    )
    again = heard(noisy(sound_of("folk"), 0.04))
    compare_delivered(supplier_id=conflict.newcomer_id, sha256s=[again], now=NOON + 2 * DAY)
    assert Conflict.objects.count() == 1
    assert News.objects.filter(ruling=ruling).count() == 2


def test_who_is_refused_stays_held_and_holds_it_against_nobody(
    conflict: Conflict, operator
) -> None:
    decide(conflict, "newcomer-refused", operator)

    assert held(conflict)
    assert not Conflict.objects.undecided().exists()
    third = label("Third")
    compare_delivered(
        supplier_id=third.pk, sha256s=[heard(noisy(sound_of("folk"), 0.04))], now=NOON + DAY
    )
    assert Conflict.objects.get(newcomer=third).holder == conflict.holder


def test_refusing_the_earlier_one_stops_its_sale_until_another_word(
    conflict: Conflict, shelf: Shelf, operator
) -> None:
    decide(conflict, "holder-refused", operator)

    stop = Stop.objects.get()
    assert (stop.track, stop.kind, stop.closed_at) == (shelf.tracks[0], "operator", None)
    assert not held(conflict)
    mine = [conflict.matches.get().other.sha256]
    supplier_id = shelf.release.supplier_id
    assert list(conflicts_holding(sha256s=mine, supplier_id=supplier_id)) == mine

    decide(conflict, "both", operator)

    stop.refresh_from_db()
    assert stop.closed_at == NOON + DAY
    assert conflicts_holding(sha256s=mine, supplier_id=supplier_id) == {}
    assert [each.verdict for each in Ruling.objects.all()] == ["both", "holder-refused"]


def test_the_same_decision_again_is_one_and_none_goes_without_a_reason(
    conflict: Conflict, operator
) -> None:
    assert decide(conflict, "both", operator) == decide(conflict, "both", operator)

    with pytest.raises(ReasonMissingError):
        decide(conflict, "newcomer-refused", operator, reason=" ")

    assert Ruling.objects.count() == 1


def test_what_was_decided_is_not_changed_in_the_database(conflict: Conflict, operator) -> None:
    ruling = decide(conflict, "both", operator)

    for rows, change in (
        (Ruling.objects.filter(id=ruling.pk), {"reason": "Another."}),
        (Conflict.objects.all(), {"opened_at": NOON}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            rows._raw_delete(rows.db)


def test_both_suppliers_answer_and_nobody_else_does(conflict: Conflict, shelf: Shelf) -> None:
    mine, stranger = a_user("mine@example.org"), a_user("stranger@example.org")
    let_act(party_id=shelf.release.supplier_id, user_id=mine.pk)
    said = {"conflict_id": conflict.pk, "party_id": shelf.release.supplier_id, "now": NOON}

    first = answer_conflict(**said, statement="We made it in 1999.", user=mine)
    again = answer_conflict(**said, statement="We made it in 1999.", user=mine)

    assert first == again
    for party_id, user in ((shelf.release.supplier_id, stranger), (conflict.newcomer_id, mine)):
        with pytest.raises(NotAPartyError):
            answer_conflict(**{**said, "party_id": party_id}, statement="Ours.", user=user)
    assert Answer.objects.get().stated_by == mine


def test_what_is_blocked_is_held_with_its_reason_until_the_entry_is_ended(operator) -> None:
    label_id, other_id = label("First").pk, label("Second").pk
    content, copy = heard(sound_of("folk")), heard(noisy(sound_of("folk")))
    compare_delivered(supplier_id=label_id, sha256s=[content], now=NOON)

    entry = {"title": "Folk", "reason": "A court forbade it.", "user_id": operator.pk, "now": NOON}
    block = block_content(sha256=heard(noisy(sound_of("folk"), 0.03)), **entry)
    assert block_content(sha256=block.sound.sha256, **entry) == block
    compare_delivered(supplier_id=label_id, sha256s=[copy], now=NOON + DAY)
    compare_delivered(supplier_id=other_id, sha256s=[copy], now=NOON + DAY)

    conflicts = conflicts_holding(sha256s=[content, copy], supplier_id=label_id)
    assert {each.block.reason for found in conflicts.values() for each in found} == {
        "A court forbade it."
    }
    assert set(conflicts) == {content, copy}
    with pytest.raises(VerdictUnfitError):
        decide(conflicts[copy][0], "holder-refused", operator)
    end_block(block_id=block.pk, reason="The court allowed it.", user_id=operator.pk, now=NOON)
    assert conflicts_holding(sha256s=[content, copy], supplier_id=label_id) == {}
    with pytest.raises(NoSoundError):
        block_content(sha256="f" * 64, **entry)


def test_of_one_recording_the_works_that_are_known_hold_for_both_files(shelf: Shelf) -> None:
    other = a_shelf("Tin Weather Again", payees_of="Tin Weather")
    other.release.supplier = shelf.release.supplier
    recording = other.tracks[0].recording
    recording.supplier = shelf.release.supplier
    recording.save()
    recording.work_links.open().update(closed_at=NOON)
    again = heard(noisy(sound_of("folk")))
    a_master(other, again)
    compare_delivered(supplier_id=shelf.release.supplier_id, sha256s=[again], now=NOON)
    mine = a_user("mine@example.org")
    pair = Pair.objects.undecided().get()
    with pytest.raises(NotAPartyError):
        say_pair(pair_id=pair.pk, is_same=True, user=mine, now=NOON)
    let_act(party_id=shelf.release.supplier_id, user_id=mine.pk)

    word = say_pair(pair_id=pair.pk, is_same=True, user=mine, now=NOON)

    assert say_pair(pair_id=pair.pk, is_same=True, user=mine, now=NOON) == word
    assert not Pair.objects.undecided().exists()
    works = [set(each.works.all()) for each in (shelf.tracks[0].recording, recording)]
    assert works[0] == works[1] != set()
    say_pair(pair_id=pair.pk, is_same=False, user=mine, now=NOON)
    assert not Pair.objects.same().exists()
