"""What a supplier says is recorded as said, closed by what they say next, and never edited."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.actions import GrantTerms, Share, close_grant, record_grant
from pennywhistle.apps.rights.models import Grant, GrantShare, Stop, TerritorySet, Verdict
from pennywhistle.apps.rights.queries import ItemRef, items_for, store_terms
from pennywhistle.engines.clearance import clear, digest_of
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.split import SharesInvalidError
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def shelf() -> Shelf:
    """A published release of two tracks."""
    a_store()
    return a_shelf(track_count=2)


@pytest.fixture
def terms(shelf: Shelf) -> GrantTerms:
    """The terms under which the shelf's tracks are granted already."""
    return GrantTerms(
        territories=Territories.worldwide(),
        valid=Period.always(),
        currency="USD",
        price=usd("0.14"),
        wholesale=usd("0"),
        shares=tuple(Share(payee.pk, "MainArtist", Fraction(1, 2)) for payee in shelf.payees),
    )


def grant(shelf: Shelf, terms: GrantTerms, *, track: int = 1) -> Grant:
    return record_grant(
        licensor_id=shelf.release.label_id,
        release_id=shelf.release.pk,
        track_id=shelf.tracks[track - 1].pk,
        terms=terms,
        now=LATER,
    )


def open_grants(shelf: Shelf) -> list[Grant]:
    return list(Grant.objects.open().filter(track=shelf.tracks[0]))


def test_the_same_terms_again_change_nothing(shelf: Shelf, terms: GrantTerms) -> None:
    before = (Grant.objects.count(), GrantShare.objects.count(), Account.objects.count())
    (known,) = open_grants(shelf)

    assert grant(shelf, terms) == known
    assert grant(shelf, replace(terms, shares=terms.shares[::-1])) == known

    assert (Grant.objects.count(), GrantShare.objects.count(), Account.objects.count()) == before


@pytest.mark.parametrize(
    "change",
    [
        {"price": usd("0.15")},
        {"price": None},
        {"price": None, "price_code": "SINGLE"},
        {"wholesale": usd("0.05")},
        {"territories": Territories.of("US")},
        {"valid": Period(NOON, None)},
    ],
)
def test_new_terms_close_the_old_ones_at_the_instant_they_begin(
    shelf: Shelf, terms: GrantTerms, change: dict[str, object]
) -> None:
    (old,) = open_grants(shelf)

    new = grant(shelf, replace(terms, **change))

    old.refresh_from_db()
    assert open_grants(shelf) == [new]
    assert old.closed_at == new.recorded_at == LATER
    assert list(Grant.objects.known(at=NOON).filter(track=shelf.tracks[0])) == [old]
    assert list(Grant.objects.known(at=LATER).filter(track=shelf.tracks[0])) == [new]


def test_another_split_is_new_terms(shelf: Shelf, terms: GrantTerms) -> None:
    (old,) = open_grants(shelf)
    shares = tuple(
        replace(share, fraction=part)
        for share, part in zip(terms.shares, (Fraction(1, 3), Fraction(2, 3)), strict=True)
    )

    new = grant(shelf, replace(terms, shares=shares))

    assert new != old
    assert [share.numerator for share in new.shares.order_by("id")] == [1, 2]


@transaction.atomic
def grant_and_check(shelf: Shelf, terms: GrantTerms) -> None:
    grant(shelf, terms)
    connection.check_constraints()


def test_terms_that_fail_close_nothing(shelf: Shelf, terms: GrantTerms) -> None:
    unknown = (*terms.shares[:1], Share(10**9, "MainArtist", Fraction(1, 2)))

    with pytest.raises(DatabaseError):
        grant_and_check(shelf, replace(terms, price=usd("0.20"), shares=unknown))

    assert [found.price_micro for found in open_grants(shelf)] == [140_000]


def in_percent(*parts: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(part) / 100 for part in parts)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("50", "49.90"), "50.0000% + 49.9000% sum to 99.9000%"),
        (("50", "50.10"), "50.0000% + 50.1000% sum to 100.1000%"),
        (("50", "49.93"), "sum to 99.9300%"),
        (("100", "100"), "sum to 200.0000%"),
    ],
)
def test_shares_that_do_not_make_a_whole_are_refused_with_their_numbers(
    shelf: Shelf, terms: GrantTerms, parts: tuple[str, ...], said: str
) -> None:
    shares = tuple(
        replace(share, fraction=part)
        for share, part in zip(terms.shares, in_percent(*parts), strict=True)
    )

    with pytest.raises(SharesInvalidError) as refused:
        grant(shelf, replace(terms, shares=shares))

    assert said in str(refused.value)
    assert [found.recorded_at for found in open_grants(shelf)] == [NOON]


@pytest.mark.parametrize("parts", [("50", "49.94"), ("50", "50.06"), ("49.97", "49.97")])
def test_shares_that_are_almost_a_whole_are_scaled_to_it(
    shelf: Shelf, terms: GrantTerms, parts: tuple[str, ...]
) -> None:
    shares = tuple(
        replace(share, fraction=part)
        for share, part in zip(terms.shares, in_percent(*parts), strict=True)
    )

    made = grant(shelf, replace(terms, shares=shares))

    written = [Fraction(share.numerator, share.denominator) for share in made.shares.all()]
    assert sum(written) == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"price": usd("0")}, actions.PriceNotPositiveError),
        ({"price": Money(-1, "USD")}, actions.PriceNotPositiveError),
        ({"price": Money(140_000, "EUR")}, actions.CurrencyMixedError),
        ({"wholesale": Money(0, "EUR")}, actions.CurrencyMixedError),
        ({"wholesale": Money(-1, "USD")}, actions.WholesaleNegativeError),
        ({"shares": ()}, actions.SplitMissingError),
        ({"price_code": "SINGLE"}, actions.PriceTwiceError),
        ({"price_code": "S", "price": None, "wholesale": usd("0.01")}, actions.PriceTwiceError),
    ],
)
def test_terms_that_make_no_sense_are_refused(
    shelf: Shelf, terms: GrantTerms, change: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        grant(shelf, replace(terms, **change))

    assert [found.recorded_at for found in open_grants(shelf)] == [NOON]


def test_a_payee_is_named_once_a_role_and_gets_something(shelf: Shelf, terms: GrantTerms) -> None:
    first, second = terms.shares

    with pytest.raises(actions.ShareRepeatedError):
        grant(shelf, replace(terms, shares=(first, replace(first, fraction=Fraction(1, 2)))))
    nothing = (replace(first, fraction=Fraction(1)), replace(second, fraction=Fraction(0)))
    with pytest.raises(actions.ShareEmptyError):
        grant(shelf, replace(terms, shares=nothing))
    both = grant(shelf, replace(terms, shares=(first, replace(first, role="Composer"))))

    assert both.shares.count() == 2


def test_another_supplier_s_grant_is_a_conflict_and_closes_nothing(
    shelf: Shelf, terms: GrantTerms
) -> None:
    other = ensure_party(name="Another Label")

    record_grant(
        licensor_id=other.pk,
        release_id=shelf.release.pk,
        track_id=shelf.tracks[0].pk,
        terms=terms,
        now=LATER,
    )

    item = items_for([shelf.track(1)], at=LATER)[shelf.track(1)]
    verdict = clear(item, store_terms().question(territory="US", at=LATER))
    assert len(open_grants(shelf)) == 2
    assert verdict.reasons[0].code == "conflict"


def test_closing_twice_keeps_the_first_instant(shelf: Shelf) -> None:
    (known,) = open_grants(shelf)

    close_grant(grant_id=known.pk, now=LATER)
    close_grant(grant_id=known.pk, now=LATER + timedelta(days=1))

    known.refresh_from_db()
    assert known.closed_at == LATER


def test_a_stop_is_one_however_often_it_is_said_and_ends_once(shelf: Shelf) -> None:
    said = {"release_id": shelf.release.pk, "kind": "dispute", "sentence": "Two labels claim it."}

    first = actions.stop_sale(**said, now=NOON)
    again = actions.stop_sale(**said, now=LATER)
    actions.lift_stop(stop_id=first.pk, now=LATER)
    actions.lift_stop(stop_id=first.pk, now=LATER + timedelta(days=1))
    anew = actions.stop_sale(**said, now=LATER)

    assert first == again != anew
    assert Stop.objects.get(pk=first.pk).closed_at == LATER


def test_a_set_of_territories_is_stored_once(shelf: Shelf, terms: GrantTerms) -> None:
    for track in (1, 2):
        grant(shelf, replace(terms, territories=Territories.of("DE", "AT")), track=track)

    assert TerritorySet.objects.filter(text="AT, DE").count() == 1


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)


@pytest.fixture
def sold(shelf: Shelf) -> Verdict:
    """The verdict of a sale."""
    check_out(
        buyer_id=a_buyer().pk,
        wanted=[shelf.track(1)],
        territory="US",
        shown=usd("0.14"),
        key="key-1",
        now=NOON,
    )
    return Verdict.objects.get()


CHANGES = [
    "UPDATE rights_grant SET price_micro = 1",
    "UPDATE rights_grant SET recorded_at = now()",
    "UPDATE rights_grant SET closed_at = now(), price_micro = 1",
    "UPDATE rights_grant SET licensor_id = licensor_id + 1",
    "DELETE FROM rights_grant",
    "TRUNCATE rights_grant CASCADE",
    "UPDATE rights_grantshare SET numerator = 1, denominator = 9",
    "DELETE FROM rights_grantshare",
    "TRUNCATE rights_grantshare",
    "UPDATE rights_territoryset SET text = 'Worldwide'",
    "DELETE FROM rights_territoryset",
    "TRUNCATE rights_territoryset CASCADE",
    "UPDATE rights_verdict SET document = '{}'",
    "DELETE FROM rights_verdict",
    "TRUNCATE rights_verdict CASCADE",
    "UPDATE rights_stop SET sentence = ''",
    "DELETE FROM rights_stop",
    "TRUNCATE rights_stop",
]


def test_the_database_lets_nobody_edit_what_was_recorded(
    shelf: Shelf, sold: Verdict, subtests: pytest.Subtests
) -> None:
    actions.stop_sale(release_id=shelf.release.pk, kind="dispute", sentence="Said.", now=NOON)

    for change in CHANGES:
        with (
            subtests.test(change),
            pytest.raises(DatabaseError, match=r"written once|closed once"),
        ):
            run(change)


@pytest.mark.parametrize("instant", ["NULL", "now()"])
def test_a_closed_row_is_neither_opened_nor_closed_again(shelf: Shelf, instant: str) -> None:
    (known,) = open_grants(shelf)
    close_grant(grant_id=known.pk, now=NOON)

    with pytest.raises(DatabaseError, match="closed once"):
        run(f"UPDATE rights_grant SET closed_at = {instant} WHERE id = {known.pk}")  # noqa: S608


def test_a_share_cannot_be_slipped_into_a_recorded_grant(shelf: Shelf) -> None:
    (known,) = open_grants(shelf)

    with pytest.raises(DatabaseError, match="written at once"):
        run(
            "INSERT INTO rights_grantshare"  # noqa: S608
            " (grant_id, party_id, account_number, role, numerator, denominator)"
            f" SELECT {known.pk}, party_id, account_number, 'Composer', 1, 2"
            f" FROM rights_grantshare WHERE grant_id = {known.pk} LIMIT 1"
        )


def test_what_was_sold_stays_proven_whatever_happens_to_the_rights_later(
    shelf: Shelf, sold: Verdict, terms: GrantTerms
) -> None:
    grant(shelf, replace(terms, price=usd("0.20")))
    close_grant(grant_id=open_grants(shelf)[0].pk, now=LATER)
    actions.stop_sale(release_id=shelf.release.pk, kind="takedown", sentence="Gone.", now=LATER)

    kept = Verdict.objects.get()

    assert bytes(kept.digest) == bytes(sold.digest) == digest_of(kept.document)
    assert kept.document["price_micro"] == 140_000
    assert kept.document["allowed"] is True


def test_an_item_that_is_not_there_has_no_facts(shelf: Shelf) -> None:
    other = a_shelf("Another")
    refs = [ItemRef(10**9), ItemRef(shelf.release.pk, other.tracks[0].pk), shelf.track(2)]

    assert list(items_for(refs, at=NOON)) == [shelf.track(2)]


def test_a_store_is_set_up_once_and_changed_after(shelf: Shelf) -> None:
    actions.set_up_store(
        name="Renamed", currency="USD", share=Fraction(1, 8), home_country="DE", about="Hello."
    )

    assert store_terms().share == Fraction(1, 8)
    assert Account.objects.filter(kind="store").count() == 1
