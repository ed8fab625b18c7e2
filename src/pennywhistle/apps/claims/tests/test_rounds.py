"""One dispute, work or recording that cannot be done stops no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.claims import actions, rounds
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.rounds import (
    RoundFailedError,
    divide_what_is_apart,
    review_disputes,
)
from pennywhistle.apps.claims.tests.test_disputes import LATER, claim
from pennywhistle.apps.claims.tests.test_unidentified import FEE_MICRO, earned, kept
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.interfaces.clock import jobs
from societies import NINE_PERCENT, a_society, mandate, written_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelves() -> list[Shelf]:
    """Two tracks, each sold once; of half of each work nobody knew whose it is."""
    a_store()
    shelves = [a_shelf(name, track_count=1) for name in ("Old", "New")]
    by_repertoire = replace(NINE_PERCENT, is_by_repertoire=True)
    society = a_society("By Law", tariff=by_repertoire, unidentified_by="17 U.S.C. 115")
    mandate(ensure_party(name="Will"), a_society("Will Society", tariff=by_repertoire))
    for number, shelf in enumerate(shelves, 1):
        writers = written_by(shelf, {f"Wanda {number}": Fraction(1, 2)})
        mandate(writers[f"Wanda {number}"], society)
        check_out(
            buyer_id=a_buyer(f"buyer{number}@example.org").pk,
            wanted=[shelf.track(1)],
            territory="FR",
            shown=usd("0.14"),
            key=f"key-{number}",
            now=NOON + timedelta(minutes=number),
        )
    return shelves


def test_a_dispute_that_cannot_be_reviewed_stops_no_newer_one(
    shelves: list[Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    for shelf in shelves:
        claim(shelf, "Will", Fraction(1))
    first, *others = Dispute.objects.open().order_by("id")
    review = actions.review_dispute

    def fail(*, dispute_id: int, now: object) -> object:
        assert dispute_id != first.pk, "cannot be divided"
        return review(dispute_id=dispute_id, now=now)  # type: ignore[arg-type]

    monkeypatch.setattr(rounds, "review_dispute", fail)

    with pytest.raises(RoundFailedError, match=f"dispute {first.pk}"):
        review_disputes(now=LATER)

    first.refresh_from_db()
    assert first.held_back_at is None
    held_back = Dispute.objects.filter(held_back_at=LATER)
    assert set(held_back) == set(others)


def test_a_work_that_cannot_be_divided_stops_neither_others_nor_societies(
    shelves: list[Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    for shelf in shelves:
        claim(shelf, "Will", Fraction(1, 2))
    first = shelves[0].tracks[0].recording.works.get().pk
    divide, late = rounds.divide_anew, []

    def fail(*, work_id: int, now: object) -> object:
        assert work_id != first, "cannot be divided"
        return divide(work_id=work_id, now=now)  # type: ignore[arg-type]

    monkeypatch.setattr(rounds, "divide_anew", fail)
    monkeypatch.setattr(jobs.late, "pay_everything_kept", lambda now: late.append(now))

    with pytest.raises(RoundFailedError, match=f"work {first}"):
        jobs.divide_what_is_apart(0)

    assert (earned("Will"), kept("unclaimed:work-")) == (FEE_MICRO // 2, FEE_MICRO // 2)
    assert kept(f"unclaimed:work-{first}:") == FEE_MICRO // 2
    assert len(late) == 1
    monkeypatch.setattr(rounds, "divide_anew", divide)
    assert divide_what_is_apart(now=LATER) == 1
    assert (earned("Will"), kept("unclaimed:work-")) == (FEE_MICRO, 0)
    assert not Account.objects.filter(kind=Account.Kind.PAYEE, party__name="Will").exists()
