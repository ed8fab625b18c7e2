"""What was held goes to the payees of the very grant by which a sale was cleared."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from builders import NOON, Shelf, a_shelf, usd
from pennywhistle.apps.claims import transfers
from pennywhistle.apps.claims.models import TransferWord
from pennywhistle.apps.claims.tests.test_transfers import (
    a_catalog_on_its_way,
    buy,
    earned,
    held,
    say,
)
from pennywhistle.apps.claims.transfers import NothingHeldError
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import (
    GrantTerms,
    MandateTerms,
    Share,
    record_mandate,
    record_transfer,
)
from pennywhistle.apps.rights.actions.grants import record_grants
from pennywhistle.engines.clearance import Right
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
NEW = TransferWord.Whose.NEW


@pytest.fixture
def shelf(settings: Any, tmp_path: Any) -> Shelf:
    settings.DATA = tmp_path
    return a_catalog_on_its_way()


def terms(payee: str, **more: Any) -> GrantTerms:
    whole = GrantTerms(
        territories=Territories.worldwide(),
        valid=Period.always(),
        currency="USD",
        price=usd("0.14"),
        wholesale=Money.zero("USD"),
        shares=(Share(ensure_party(name=payee).pk, "MainArtist", Fraction(1)),),
    )
    return replace(whole, **more)


def grant(shelf: Shelf, *said: GrantTerms) -> None:
    """All that New Label grants from now on."""
    record_grants(
        licensor_id=Party.objects.get(name="New Label").pk,
        release_id=shelf.release.pk,
        track_id=shelf.tracks[0].pk,
        terms=said,
        now=NOON,
    )


def midnight_after(at: datetime) -> datetime:
    return at.replace(hour=0) + timedelta(days=1)


def test_a_deal_in_local_time_has_begun_where_the_sale_was(shelf: Shelf) -> None:
    """At noon in Greenwich it is tomorrow in New Zealand."""
    tomorrow = midnight_after(NOON)
    grant(shelf, terms("Nora", valid=Period(tomorrow, None), is_local=True))
    buy(shelf, 3, territory="NZ")
    assert held() == 378_000

    assert say(shelf, NEW)

    assert (held(), earned("Nora")) == (0, 378_000)
    assert not Account.objects.filter(kind="payee", party__name="New Label").exists()


def test_what_is_for_orders_before_the_release_pays_no_sale(shelf: Shelf) -> None:
    grant(shelf, terms("Nora"), terms("Peter", is_pre_order=True))
    buy(shelf, 3)

    assert say(shelf, NEW)

    assert (held(), earned("Nora"), earned("Peter")) == (0, 378_000, 0)


def test_of_two_deals_the_one_that_sells_the_track_alone_pays(shelf: Shelf) -> None:
    grant(shelf, terms("Nora"), terms("Olga", price=None))
    buy(shelf, 3)

    assert say(shelf, NEW)

    assert (held(), earned("Nora"), earned("Olga")) == (0, 378_000, 0)


def test_a_word_about_a_catalog_is_no_word_about_others(shelf: Shelf) -> None:
    """Two catalogs are on their way; the word about one divides the sales of that one alone."""
    other = a_shelf("Third", track_count=1)
    record_mandate(
        terms=MandateTerms(
            from_party_id=other.release.label_id,
            to_party_id=Party.objects.get(name="New Label").pk,
            rights=(Right.MASTER,),
            territories=Territories.worldwide(),
            valid=Period.always(),
        ),
        now=NOON,
    )
    grant(other, terms("Theo"))
    transferred = {"to_supplier_id": Party.objects.get(name="New Label").pk}
    record_transfer(
        from_supplier_id=other.release.label_id, **transferred, valid=Period.always(), now=NOON
    )
    buy(shelf, 1)
    with pytest.raises(NothingHeldError):
        say(shelf, NEW, from_supplier_id=other.release.label_id)
    with pytest.raises(NothingHeldError):
        say(shelf, NEW, recording_id=other.tracks[0].recording_id)
    buy(other, 2, name="other")
    divided = []

    with pytest.MonkeyPatch.context() as patch:
        divide = transfers.divide_transferred
        patch.setattr(
            transfers,
            "divide_transferred",
            lambda **which: divided.append(which["recording_id"]) or divide(**which),
        )
        assert say(shelf, NEW)

    assert divided == [shelf.tracks[0].recording_id]
    assert (held(), earned("Nora"), earned("Theo")) == (252_000, 126_000, 0)
    assert say(shelf, NEW, from_supplier_id=other.release.label_id)
    assert (held(), earned("Nora"), earned("Theo")) == (0, 126_000, 252_000)
