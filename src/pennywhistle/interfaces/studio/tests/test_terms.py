"""Terms as suppliers type them: exact, refused with the numbers, recorded as new grants."""

import pytest
from django.urls import reverse
from django.utils import timezone

from builders import NOON, a_user, usd
from pennywhistle.apps.parties.actions import let_act, open_studio
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import stop_sale
from pennywhistle.apps.rights.models import Grant, GrantShare, Stop
from pennywhistle.apps.rights.queries import ItemRef, items_for, store_terms
from pennywhistle.engines.clearance import clear
from pennywhistle.kernel.territories import Territories


def split_of(*lines: tuple[str, str]) -> dict[str, str]:
    """The posted lines of a split: names and percentages."""
    posted = {
        "split-TOTAL_FORMS": str(len(lines)),
        "split-INITIAL_FORMS": "0",
        "split-MIN_NUM_FORMS": "0",
        "split-MAX_NUM_FORMS": "20",
    }
    for number, (payee, percent) in enumerate(lines):
        posted |= {
            f"split-{number}-payee": payee,
            f"split-{number}-role": "MainArtist",
            f"split-{number}-percent": percent,
        }
    return posted


def terms(**fields: str) -> dict[str, str]:
    return {"album_price": "0.50", "track_price": "0.20", "same_for_tracks": "on", **fields}


def post_release(supplier, fields):
    address = reverse("studio-release-terms", args=[supplier.shelf.release.public_id])
    return supplier.client.post(address, fields)


def post_track(supplier, fields):
    address = reverse("studio-track-terms", args=[supplier.shelf.tracks[0].public_id])
    return supplier.client.post(address, fields)


def open_grants(supplier) -> list[Grant]:
    return list(Grant.objects.open().filter(release=supplier.shelf.release).order_by("id"))


def test_new_terms_of_a_release_are_new_grants_and_the_old_ones_stay_readable(ada) -> None:
    old = open_grants(ada)

    answer = post_release(ada, terms(included="DE, FR") | split_of(("Tin Weather Payee 1", "100")))

    assert answer.status_code == 302
    new = open_grants(ada)
    assert {grant.track_id for grant in new} == {None, *(track.pk for track in ada.shelf.tracks)}
    assert not {grant.pk for grant in old} & {grant.pk for grant in new}
    for grant in old:
        grant.refresh_from_db()
        assert grant.closed_at is not None
    assert {grant.price_micro for grant in new} == {500_000, 200_000}
    assert {grant.territories.text for grant in new} == {"DE, FR"}
    shares = GrantShare.objects.filter(grant__in=new)
    assert {(share.party, share.numerator) for share in shares} == {(ada.shelf.payees[0], 1)}


def test_tracks_keep_price_and_split_unless_told_otherwise(ada) -> None:
    fields = terms(excluded="US", track_price="9.99") | split_of(("Mallory", "100"))
    del fields["same_for_tracks"]

    assert post_release(ada, fields).status_code == 302

    tracks = [grant for grant in open_grants(ada) if grant.track_id]
    assert {grant.price_micro for grant in tracks} == {140_000}
    assert {grant.territories.text for grant in tracks} == {"Worldwide except US"}
    assert {share.party_id for grant in tracks for share in grant.shares.all()} == {
        payee.pk for payee in ada.shelf.payees
    }
    assert not Party.objects.filter(name="Mallory").exists()


def test_the_same_terms_twice_are_one_grant(ada) -> None:
    fields = terms() | split_of(("Tin Weather Payee 1", "100"))
    post_release(ada, fields)
    grants = Grant.objects.count()

    post_release(ada, fields)

    assert Grant.objects.count() == grants


def test_without_an_album_price_the_release_is_not_sold_as_a_whole(ada) -> None:
    post_release(ada, terms(album_price="") | split_of(("Tin Weather Payee 1", "100")))

    assert all(grant.track_id for grant in open_grants(ada))


@pytest.mark.parametrize("field", ["album_price", "track_price"])
def test_a_price_that_is_none_is_refused_with_a_sentence(ada, field, subtests) -> None:
    before = list(Grant.objects.values_list("id", "closed_at"))
    split = split_of(("Tin Weather Payee 1", "100"))
    none = ("-0.14", "0", "0.00", "1e309", "NaN", "inf", "1,20", "10" + "0" * 17, "0.005", "abc")

    for price in none:
        with subtests.test(price):
            answer = post_release(ada, terms(**{field: price}) | split)

            assert answer.status_code == 400
            assert answer.context["form"].errors[field][0]
            assert list(Grant.objects.values_list("id", "closed_at")) == before


WRONG_SPLITS = [
    ([("A", "66.60"), ("B", "33.30")], "66.6 + 33.3 is 99.90 %"),
    ([("A", "66.80"), ("B", "33.30")], "66.8 + 33.3 is 100.10 %"),
    ([("A", "50")], "50 is 50.00 %"),
    ([], "Name at least one payee"),
    ([("A", "")], "needs a name and a percentage"),
    ([("", "100")], "needs a name and a percentage"),
    ([("A", "-100")], "Write a percentage"),
    ([("A", "1e2")], "Write a percentage"),
    ([("A", "33,3")], "Write a percentage"),
    ([("A", "NaN")], "Write a percentage"),
    ([("A", "1/0")], "Write a percentage"),
    ([("A", "0")], "more than 0"),
    ([("A", "101")], "at most 100"),
]


def test_a_split_that_does_not_add_up_is_refused_with_the_numbers(ada, subtests) -> None:
    parties, grants = Party.objects.count(), Grant.objects.count()

    for lines, told in WRONG_SPLITS:
        with subtests.test(str(lines)):
            answer = post_track(ada, {"track_price": "0.20"} | split_of(*lines))

            assert answer.status_code == 400
            assert told in answer.content.decode()
            assert (Party.objects.count(), Grant.objects.count()) == (parties, grants)


@pytest.mark.parametrize(
    "lines",
    [
        [("A", "33.33"), ("B", "33.33"), ("C", "33.33")],
        [("A", "1/3"), ("B", "1/3"), ("C", "1/3")],
    ],
)
def test_thirds_are_exact(ada, lines) -> None:
    assert post_track(ada, {"track_price": "0.20"} | split_of(*lines)).status_code == 302

    (grant,) = Grant.objects.open().filter(track=ada.shelf.tracks[0])
    assert [(s.numerator, s.denominator) for s in grant.shares.all()] == [(1, 3)] * 3


def test_a_payee_named_twice_is_paid_once_with_both_shares(ada) -> None:
    code = ada.shelf.payees[0].public_id
    lines = split_of((ada.shelf.payees[0].name, "40"), (code, "60"))

    assert post_track(ada, {"track_price": "0.20"} | lines).status_code == 302

    (share,) = Grant.objects.open().get(track=ada.shelf.tracks[0]).shares.all()
    assert (share.party, share.numerator, share.denominator) == (ada.shelf.payees[0], 1, 1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"included": "ATLANTIS"}, "included"),
        ({"included": "DE", "excluded": "DE"}, "excluded"),
        ({"excluded": "XX"}, "excluded"),
        ({"first_day": "2027-02-01", "last_day": "2027-01-01"}, "last_day"),
        ({"first_day": "2027-02-30"}, "first_day"),
    ],
)
def test_where_and_when_are_looked_at(ada, fields, field) -> None:
    lines = split_of(("Tin Weather Payee 1", "100"))

    answer = post_track(ada, {"track_price": "0.20", **fields} | lines)

    assert answer.status_code == 400
    assert field in answer.context["form"].errors


def test_the_last_day_is_sold_on_and_the_next_is_not(ada) -> None:
    lines = split_of(("Tin Weather Payee 1", "100"))
    post_track(
        ada, {"track_price": "0.20", "first_day": "2026-11-01", "last_day": "2026-11-30"} | lines
    )

    grant = Grant.objects.open().get(track=ada.shelf.tracks[0])

    assert grant.valid_from.isoformat() == "2026-11-01T00:00:00+00:00"
    assert grant.valid_until.isoformat() == "2026-12-01T00:00:00+00:00"


def test_a_form_saved_as_it_was_drawn_changes_nothing(ada) -> None:
    track = ada.shelf.tracks[0]
    address = reverse("studio-track-terms", args=[track.public_id])
    drawn = ada.client.get(address).context
    posted = {
        name: field.value() or ""
        for name in drawn["form"].fields
        for field in [drawn["form"][name]]
    }
    posted["track_price"] = drawn["form"]["track_price"].value()
    for field in drawn["split"].management_form:
        posted[field.html_name] = field.value()
    for line in drawn["split"]:
        posted |= {field.html_name: field.value() or "" for field in line}
    before = open_grants(ada)

    assert ada.client.post(address, posted).status_code == 302

    assert open_grants(ada) == before


def test_a_name_never_reaches_a_studio_of_strangers(ada, bob) -> None:
    """Whoever opens a studio under the name of somebody about to be paid is not paid for it."""
    mallory = open_studio(user_id=bob.user.pk, name="Famous Name")

    post_track(ada, {"track_price": "0.20"} | split_of(("Famous Name", "100")))

    (share,) = Grant.objects.open().get(track=ada.shelf.tracks[0]).shares.all()
    assert share.party.name == "Famous Name"
    assert share.party != mallory


def test_a_payee_code_reaches_exactly_that_party(ada, bob) -> None:
    friend = bob.shelf.payees[0]

    post_track(ada, {"track_price": "0.20"} | split_of((friend.public_id, "100")))

    (share,) = Grant.objects.open().get(track=ada.shelf.tracks[0]).shares.all()
    assert share.party == friend


def test_fields_that_are_not_asked_for_are_ignored(ada, bob) -> None:
    stranger = bob.shelf.release
    before = list(Grant.objects.filter(release=stranger).values_list("id", "closed_at"))
    injected = {
        "supplier": str(stranger.supplier_id),
        "licensor": str(stranger.supplier_id),
        "release": str(stranger.pk),
        "release_id": str(stranger.pk),
        "currency": "JPY",
        "wholesale": "99",
    }

    post_track(ada, {"track_price": "0.20", **injected} | split_of(("Tin Weather Payee 1", "100")))

    grant = Grant.objects.open().get(track=ada.shelf.tracks[0])
    assert (grant.currency, grant.wholesale_micro) == ("USD", 0)
    assert grant.licensor == ada.shelf.release.supplier
    assert list(Grant.objects.filter(release=stranger).values_list("id", "closed_at")) == before


def may_be_sold(supplier, *, track: int | None = None) -> bool:
    ref = supplier.shelf.album if track is None else supplier.shelf.track(track)
    at = timezone.now()
    item = items_for([ItemRef(ref.release_id, ref.track_id)], at=at)[ref]
    return clear(item, store_terms().question(territory="US", at=at)).allowed


def test_a_release_is_withdrawn_and_put_back(ada) -> None:
    for name, sold in [
        ("studio-withdraw", False),
        ("studio-withdraw", False),
        ("studio-put-back", True),
    ]:
        address = reverse(name, args=[ada.shelf.release.public_id])
        assert ada.client.post(address).status_code == 302
        assert may_be_sold(ada) is sold


def test_a_track_is_stopped_with_its_release_and_sold_again(ada) -> None:
    track = ada.shelf.tracks[0].public_id

    ada.client.post(reverse("studio-track-stop", args=[track]))
    assert (may_be_sold(ada, track=1), may_be_sold(ada, track=2), may_be_sold(ada)) == (
        False,
        True,
        False,
    )

    ada.client.post(reverse("studio-track-resume", args=[track]))
    assert may_be_sold(ada, track=1)


def test_a_supplier_does_not_lift_the_stops_of_others(ada) -> None:
    track = ada.shelf.tracks[0]
    for kind in (Stop.Kind.DISPUTE, Stop.Kind.OPERATOR):
        stop_sale(
            release_id=track.release_id, track_id=track.pk, kind=kind, sentence="No.", now=NOON
        )

    ada.client.post(reverse("studio-track-resume", args=[track.public_id]))
    ada.client.post(reverse("studio-put-back", args=[ada.shelf.release.public_id]))

    assert Stop.objects.open().count() == 2
    assert not may_be_sold(ada, track=1)


def test_the_page_says_where_each_cent_goes_and_why_not(ada) -> None:
    post_track(
        ada,
        {"track_price": "0.14", "excluded": "DE"}
        | split_of(("Tin Weather Payee 1", "75"), ("Tin Weather Payee 2", "25")),
    )
    address = reverse("studio-release", args=[ada.shelf.release.public_id])

    here = ada.client.get(address).context
    there = ada.client.get(address, {"country": "DE"}).context

    assert here["country"] == "US"
    assert here["tracks"][0]["waterfall"].sentence == (
        "At $0.14: The store $0.014000, Tin Weather Payee 1 $0.094500, "
        "Tin Weather Payee 2 $0.031500"
    )
    refused = [each for each in there["verdicts"] if not each["allowed"]]
    assert [reason.code for each in refused for reason in each["reasons"]] == ["territory"] * 2
    assert there["tracks"][0]["waterfall"] is None


def test_a_member_of_the_label_sees_the_same(ada, client) -> None:
    colleague = a_user("eve@example.org")
    let_act(party_id=ada.shelf.release.supplier_id, user_id=colleague.pk)
    client.force_login(colleague)

    answer = client.get(reverse("studio-release", args=[ada.shelf.release.public_id]))

    assert answer.status_code == 200


def test_territories_in_the_form_are_those_of_the_grant(ada) -> None:
    lines = split_of(("Tin Weather Payee 1", "100"))
    post_track(ada, {"track_price": "0.20", "excluded": "US, 2110"} | lines)
    grant = Grant.objects.open().get(track=ada.shelf.tracks[0])
    address = reverse("studio-track-terms", args=[ada.shelf.tracks[0].public_id])

    form = ada.client.get(address).context["form"]

    assert "BE" in form["excluded"].value()
    assert Territories.from_bytes(bytes(grant.territories.mask)) == (
        Territories.worldwide() - Territories.of(*form["excluded"].value().split(", "))
    )
    assert usd("0.20").micro == grant.price_micro
