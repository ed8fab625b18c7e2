"""What settling or lowering a share would do is told before, by doing it and taking it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.claims.actions import (
    DisputeSettledError,
    NotAClaimantError,
    SettlementInvalidError,
    ShareNotLowerError,
    lower_share,
    preview_lowering,
    preview_settlement,
    settle_dispute,
)
from pennywhistle.apps.claims.dossier import dossier_of
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.queries import (
    disputes_of,
    ended_disputes_of,
    held_money,
    open_disputes,
    settled_disputes,
    standing_shares,
)
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.apps.users.models import User
from societies import NINE_PERCENT, a_society, mandate, written_by

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)
FEE_MICRO = 70_000
HALF = Fraction(1, 2)


@pytest.fixture
def shelf() -> Shelf:
    """Wanda and Will claim 60 % each, by a society each; one track was sold."""
    a_store()
    shelf = a_shelf(track_count=1)
    writers = written_by(shelf, {"Wanda": Fraction(3, 5), "Will": Fraction(3, 5)})
    for name in writers:
        tariff = replace(NINE_PERCENT, is_by_repertoire=True)
        mandate(writers[name], a_society(f"{name}'s Society", tariff=tariff))
    check_out(
        buyer_id=a_buyer().pk,
        wanted=[shelf.track(1)],
        territory="FR",
        shown=usd("0.14"),
        key="key-1",
        now=NOON,
    )
    return shelf


@pytest.fixture
def wanda(shelf: Shelf) -> User:
    user = a_user("wanda@example.org")
    let_act(party_id=ensure_party(name="Wanda").pk, user_id=user.pk)
    return user


def the_disputes() -> list[Dispute]:
    return list(Dispute.objects.open().order_by("id"))


def parts_of(dispute: Dispute, **parts: str) -> dict[int, Fraction]:
    return {share.pk: Fraction(parts[share.party.name]) for share in standing_shares(dispute)}


def share_of(dispute: Dispute, name: str) -> OwnershipShare:
    return next(each for each in standing_shares(dispute) if each.party.name == name)


def settle(dispute: Dispute, **parts: str) -> Dispute:
    return settle_dispute(
        dispute_id=dispute.pk,
        parts=parts_of(dispute, **parts),
        settlement="They shook hands.",
        user_id=a_user(f"operator{dispute.pk}@example.org").pk,
        now=LATER,
    )


def everything() -> tuple[object, ...]:
    return (
        list(OwnershipShare.objects.order_by("id").values_list("id", "closed_at")),
        Posting.objects.count(),
        Account.objects.count(),
        list(Dispute.objects.order_by("id").values_list("settled_at", "held_back_at")),
    )


def test_a_preview_is_what_settling_then_pays_and_leaves_nothing_behind(shelf: Shelf) -> None:
    first, last = the_disputes()
    settle(first, Wanda="3/5", Will="2/5")
    before = everything()

    outcome = preview_settlement(
        dispute_id=last.pk, parts=parts_of(last, Wanda="3/5", Will="2/5"), now=LATER
    )
    assert everything() == before

    known = set(Entry.objects.values_list("id", flat=True))
    settle(last, Wanda="3/5", Will="2/5")
    posted = Posting.objects.exclude(entry__in=known).select_related("account")
    assert {move.purse.party_id or move.purse.code: move.money.micro for move in outcome.moves} == {
        each.account.party_id or each.account.code: each.amount_micro for each in posted
    }
    assert posted
    assert outcome.claimed == 1
    assert held_money(last) == ()


@pytest.mark.parametrize(("wanda", "will"), [("1", "1/2"), ("2", "0")])
def test_a_preview_refuses_what_settling_would(shelf: Shelf, wanda: str, will: str) -> None:
    dispute = the_disputes()[0]
    before = everything()

    with pytest.raises(SettlementInvalidError):
        preview_settlement(
            dispute_id=dispute.pk, parts=parts_of(dispute, Wanda=wanda, Will=will), now=LATER
        )
    with pytest.raises(SettlementInvalidError):
        preview_settlement(dispute_id=dispute.pk, parts={}, now=LATER)

    assert everything() == before


def test_a_preview_of_what_is_settled_is_refused(shelf: Shelf) -> None:
    dispute = the_disputes()[0]
    parts = parts_of(dispute, Wanda="1", Will="0")
    settle(dispute, Wanda="1", Will="0")

    with pytest.raises(DisputeSettledError):
        preview_settlement(dispute_id=dispute.pk, parts=parts, now=LATER)


def test_who_lowers_a_share_until_all_fit_ends_the_dispute(shelf: Shelf, wanda: User) -> None:
    for dispute in the_disputes():
        said = {"dispute_id": dispute.pk, "share_id": share_of(dispute, "Wanda").pk, "user": wanda}
        told = preview_lowering(**said, part=Fraction(2, 5), now=LATER)
        assert (told.claimed, told.ends) == (1, True)
        assert standing_shares(dispute)[0].part == Fraction(3, 5)

        assert lower_share(**said, part=Fraction(2, 5), now=LATER).ends
        assert lower_share(**said, part=Fraction(2, 5), now=LATER).ends  # twice

    assert not the_disputes()
    assert held_money(dispute) == ()
    assert [row.id for row in ended_disputes_of(user=wanda)] == [
        each.pk for each in Dispute.objects.order_by("-id")
    ]
    dossier = dossier_of(Dispute.objects.get(id=dispute.pk))
    assert [share.part for share in dossier.claims] == [Fraction(3, 5)] * 2
    assert sorted(share.part for share in dossier.settled) == [Fraction(2, 5), Fraction(3, 5)]


def test_lowering_too_little_ends_nothing(shelf: Shelf, wanda: User) -> None:
    dispute = the_disputes()[0]
    said = {"dispute_id": dispute.pk, "share_id": share_of(dispute, "Wanda").pk, "user": wanda}

    outcome = lower_share(**said, part=HALF, now=LATER)

    assert (outcome.claimed, outcome.ends) == (Fraction(11, 10), False)
    assert lower_share(**said, part=HALF, now=LATER) == outcome
    assert share_of(dispute, "Wanda").part == HALF


def test_a_share_is_withdrawn(shelf: Shelf, wanda: User) -> None:
    dispute = the_disputes()[0]
    said = {"dispute_id": dispute.pk, "share_id": share_of(dispute, "Wanda").pk, "user": wanda}

    assert lower_share(**said, part=Fraction(0), now=LATER).ends
    assert lower_share(**said, part=Fraction(0), now=LATER).ends

    assert [share.party.name for share in standing_shares(dispute)] == ["Will"]


@pytest.mark.parametrize("part", ["3/5", "4/5", "-1/5"])
def test_only_less_is_less(shelf: Shelf, wanda: User, part: str) -> None:
    dispute = the_disputes()[0]
    before = everything()

    with pytest.raises(ShareNotLowerError):
        lower_share(
            dispute_id=dispute.pk,
            share_id=share_of(dispute, "Wanda").pk,
            part=Fraction(part),
            user=wanda,
            now=LATER,
        )

    assert everything() == before


@pytest.mark.parametrize("change", [lower_share, preview_lowering])
def test_nobody_lowers_anothers_share(shelf: Shelf, wanda: User, change) -> None:
    dispute, other = the_disputes()
    before = everything()

    # Will's share, and one's own of another dispute.
    for share in (share_of(dispute, "Will"), share_of(other, "Wanda")):
        with pytest.raises(NotAClaimantError):
            change(
                dispute_id=dispute.pk, share_id=share.pk, part=Fraction(0), user=wanda, now=LATER
            )

    assert everything() == before


def test_a_share_of_what_is_settled_is_not_lowered_here(shelf: Shelf, wanda: User) -> None:
    dispute = the_disputes()[0]
    share = share_of(dispute, "Wanda")
    settle(dispute, Wanda="3/5", Will="2/5")

    with pytest.raises(DisputeSettledError):
        lower_share(
            dispute_id=dispute.pk, share_id=share.pk, part=Fraction(0), user=wanda, now=LATER
        )


def test_a_claimant_of_one_right_is_not_told_of_another(shelf: Shelf, wanda: User) -> None:
    """Her share of one right is closed: the dispute over it is Will's with somebody else."""
    first, last = the_disputes()
    settle(first, Wanda="0", Will="1")
    assert [row.id for row in disputes_of(user=wanda)] == [last.pk]


def test_a_dossier_tells_everything_and_a_settled_one_still_does(shelf: Shelf) -> None:
    first, last = the_disputes()
    opened = dossier_of(last)
    (area,) = opened.areas
    assert [(c.party.name, c.claimed, c.uncontested, c.contested) for c in area.claimants] == [
        (name, Fraction(3, 5), Fraction(2, 5), Fraction(1, 5)) for name in ("Wanda", "Will")
    ]
    assert [(h.territory, h.year, h.money.micro) for h in opened.held] == [
        ("FR", "2026", FEE_MICRO // 5)
    ]
    assert (opened.release_count, opened.releases) == (1, [shelf.release])

    for dispute in (first, last):
        settle(dispute, Wanda="3/5", Will="2/5")

    ended = dossier_of(Dispute.objects.get(id=last.pk))
    assert [share.part for share in ended.claims] == [Fraction(3, 5)] * 2
    assert [share.part for share in ended.settled] == [Fraction(3, 5), Fraction(2, 5)]
    assert ended.held == ()
    assert sum(posting.amount_micro for posting in ended.postings) == 0
    assert {p.account.party.name for p in ended.postings if p.account.party} <= {
        "Wanda's Society", "Will's Society",
    }  # fmt: skip
    assert ended.postings
    assert [row.id for row in settled_disputes()] == [last.pk, first.pk]
    assert settled_disputes(before_id=first.pk) == []


def test_lists_take_as_many_queries_for_many_as_for_one(shelf: Shelf) -> None:
    first, last = the_disputes()
    with CaptureQueriesContext(connection) as two:
        assert len(open_disputes()) == 2
    with CaptureQueriesContext(connection) as one:
        assert [row.id for row in open_disputes(after_id=first.pk)] == [last.pk]

    assert len(one) == len(two) == 3
