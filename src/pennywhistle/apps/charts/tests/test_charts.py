"""Charts count different people who paid, each once, and say from when to when."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.catalog.models import Genre, Release
from pennywhistle.apps.charts.making import make_charts
from pennywhistle.apps.charts.models import Chart, Making, Purchase, Reading
from pennywhistle.apps.charts.queries import chart_of, places_of
from pennywhistle.apps.charts.reading import is_all_read, read_sales
from pennywhistle.apps.charts.rules import Sale, left_out
from pennywhistle.apps.gifts.models import Gift
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.models import Membership, Party
from pennywhistle.apps.proof import work as proof
from pennywhistle.apps.users.models import User
from worked_tables import micro_of, worked_table

LABEL, OTHER = 1, 2
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RELEASES, TRACKS = Chart.Kind.RELEASES, Chart.Kind.TRACKS
DAY, WEEK = Chart.Window.DAY, Chart.Window.WEEK


class Numbers(dict[str, int]):
    """A number for each name, by when it first came."""

    def __missing__(self, name: str) -> int:
        self[name] = len(self) + 1
        return self[name]


def judged() -> list[tuple[dict[str, str], Sale, str]]:
    """Each row of the worked table, and why it is left out."""
    ids, counted, found = Numbers(), set(), []
    for row in worked_table("charts.md", "Sixteen purchases"):
        release, _, track = row["item"].partition(", ")
        sale = Sale(
            payer_id=ids[row["payer"]],
            release_id=ids[release],
            track_id=ids[row["item"]] if track else None,
            price_micro=micro_of(row["price"]),
            asked_micro=micro_of(row["asked"]),
            before_micro=micro_of(row["before"]),
            party_ids=frozenset({LABEL}),
        )
        why = left_out(
            sale,
            acts_for={"label": {LABEL}, "another": {OTHER}}.get(row["acts for"], set()),
            is_operator=row["runs the store"] == "yes",
            counted=counted,
        )
        if not why:
            counted.add(sale.once)
        found.append((row, sale, why))
    return found


def test_the_worked_purchases_count_as_the_page_says() -> None:
    for row, _, why in judged():
        assert (f"`{why}`" if why else "yes") == row["counts"], row


def buy(sale: Sale, **more: object) -> None:
    """A row as `read_sales` writes it, half an hour before noon."""
    given = {
        "entry_id": uuid4(),
        "payer_id": sale.payer_id,
        "release_id": sale.release_id,
        "track_id": sale.track_id,
        "territory": "US",
        "bought_at": NOON - HOUR / 2,
        "party_ids": [],
        "left_out": "",
    }
    Purchase.objects.create(**{**given, **more})


def a_sale(payer: int, release: Release, track: int | None = None) -> Sale:
    return Sale(payer, release.pk, track, 350_000, 350_000, 0, frozenset())


def some_releases(*titles: str) -> list[Release]:
    label = Party.objects.create(name="Label", slug="label")
    return [
        Release.objects.create(
            title=title, slug=title, artist_line="A", label=label, supplier=label,
            released_on=NOON.date(), published_at=NOON - HOUR,
        )
        for title in titles
    ]  # fmt: skip


def places(kind: Chart.Kind, window: Chart.Window = DAY, **where: object) -> list[tuple[int, ...]]:
    found = chart_of(kind, window, **{"territory": "US", **where})
    assert found is not None
    return [(place.rank, place.item_id, place.buyer_count) for place in places_of(found)]


@pytest.mark.django_db
def test_the_worked_purchases_make_the_chart_of_the_page() -> None:
    by_title: dict[int, Release] = {}
    for row, sale, why in judged():
        title = row["item"].partition(", ")[0]
        if sale.release_id not in by_title:
            (by_title[sale.release_id],) = some_releases(title)
        found = Sale(
            sale.payer_id, by_title[sale.release_id].pk, sale.track_id, 1, 1, 0, frozenset()
        )
        buy(found, left_out=why)

    assert make_charts(now=NOON) == 3

    shown = worked_table("charts.md", "Their chart of releases")
    titles = {release.pk: release.title for release in by_title.values()}
    assert [(str(rank), titles[pk], str(count)) for rank, pk, count in places(RELEASES)] == [
        (row["place"], row["release"], row["buyers"]) for row in shown
    ]
    made = chart_of(RELEASES, DAY, territory="US")
    assert made is not None
    assert (made.purchase_count, made.buyer_count) == (10, 5)
    assert places(TRACKS) == []


@pytest.mark.django_db
def test_a_chart_knows_its_time_its_place_and_its_genre() -> None:
    dub = Genre.objects.create(name="Dub", slug="dub")
    one, two, old = some_releases("One", "Two", "Old")
    Release.objects.filter(pk=one.pk).update(genre=dub)
    for payer in (1, 2, 3):
        buy(a_sale(payer, one))
        buy(a_sale(payer, two), territory="DE")
        buy(a_sale(payer, old), bought_at=NOON - timedelta(days=1, minutes=1))
    buy(a_sale(4, one), bought_at=NOON)
    make_charts(now=NOON + 59 * MINUTE)

    made = chart_of(RELEASES, DAY, territory="")
    assert made is not None
    assert (made.begins_at, made.ends_at) == (NOON - timedelta(days=1), NOON)
    assert places(RELEASES) == [(1, one.pk, 3)]
    assert places(RELEASES, territory="DE") == [(1, two.pk, 3)]
    assert places(RELEASES, genre_id=dub.pk) == [(1, one.pk, 3)]
    assert places(RELEASES, territory="") == [(1, two.pk, 3), (1, one.pk, 3)]
    assert places(RELEASES, WEEK) == [(1, old.pk, 3), (1, one.pk, 3)]
    assert chart_of(RELEASES, DAY, territory="DE", genre_id=dub.pk) is None
    assert chart_of(RELEASES, DAY, territory="FR") is None
    assert make_charts(now=NOON + 59 * MINUTE) == 0


@pytest.mark.django_db
def test_what_is_known_later_is_left_out_of_the_next_chart() -> None:
    (one,) = some_releases("One")
    people = [a_user(f"{number}@example.org") for number in range(5)]
    for person in people:
        buy(a_sale(person.pk, one), party_ids=[one.label_id])
    make_charts(now=NOON)
    assert places(RELEASES) == [(1, one.pk, 5)]

    Membership.objects.create(user=people[0], party=one.label)
    User.objects.filter(pk=people[1].pk).update(is_staff=True)
    make_charts(now=NOON + HOUR)
    assert places(RELEASES) == [(1, one.pk, 3)]

    Membership.objects.create(user=people[2], party=one.label)
    make_charts(now=NOON + 2 * HOUR)
    assert chart_of(RELEASES, DAY, territory="US") is None


@pytest.mark.django_db
def test_a_run_that_was_killed_is_made_up_for() -> None:
    (one,) = some_releases("One")
    for payer in (1, 2, 3):
        buy(a_sale(payer, one))
    make_charts(now=NOON)
    Making.objects.filter(name="chart-week").update(ends_at=NOON - HOUR)
    Chart.objects.filter(window=WEEK).delete()

    assert make_charts(now=NOON) == 1
    assert places(RELEASES, WEEK) == [(1, one.pk, 3)]


@pytest.mark.django_db
def test_no_payer_counts_twice_for_an_item_whatever_writes_it() -> None:
    (one,) = some_releases("One")
    buy(a_sale(1, one))
    with pytest.raises(IntegrityError), transaction.atomic():
        buy(a_sale(1, one))
    buy(a_sale(1, one), left_out="again")
    assert Purchase.objects.count() == 2


def sold(buyer: User, shelf: Shelf) -> None:
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.album],
        territory="US",
        shown=usd("0.35"),
        key="key",
        now=NOON,
    )


@pytest.mark.django_db
def test_sales_are_read_from_the_log_once_and_gifts_are_their_givers() -> None:
    a_store()
    shelf = a_shelf()
    fan, giver, friend = a_buyer(), a_buyer("giver@example.org"), a_buyer("friend@example.org")
    own = a_buyer("payee@example.org")
    Membership.objects.create(user=own, party=shelf.payees[1])
    for buyer in (fan, friend, own):
        sold(buyer, shelf)
    order = friend.orders.get()
    Gift.objects.create(
        giver=giver, key="key", release=shelf.release, currency="USD", held_micro=350_000,
        from_name="G", language="en", token_sha256="0" * 64, made_at=NOON, state="redeemed",
        ended_at=NOON, redeemer=friend, order=order,
    )  # fmt: skip
    assert read_sales(now=NOON) == 0
    proof.order_waiting()
    assert not is_all_read(before=NOON + HOUR)
    assert is_all_read(before=NOON)
    assert make_charts(now=NOON + HOUR) == 0

    assert read_sales(now=NOON) > 0
    assert read_sales(now=NOON) == 0
    Reading.objects.update(next_index=0)
    read_sales(now=NOON)

    assert is_all_read(before=NOON + HOUR)
    rows = Purchase.objects.values_list("payer_id", "left_out")
    assert set(rows) == {(fan.pk, ""), (giver.pk, ""), (own.pk, "own")}
    assert rows.count() == 3
    assert set(Purchase.objects.first().party_ids) >= {each.pk for each in shelf.payees}


@pytest.mark.django_db
def test_nothing_is_made_while_a_sale_of_that_time_waits_for_the_log() -> None:
    a_store()
    sold(a_buyer(), a_shelf())

    assert make_charts(now=NOON + HOUR) == 0
    assert not Chart.objects.exists()


@pytest.mark.django_db
def test_purchases_are_forgotten_after_their_time() -> None:
    (one,) = some_releases("One")
    buy(a_sale(1, one), bought_at=NOON - timedelta(days=401))
    buy(a_sale(2, one))

    read_sales(now=NOON)

    assert list(Purchase.objects.values_list("payer_id", flat=True)) == [2]


@pytest.mark.django_db
def test_what_was_given_back_does_not_count() -> None:
    (one,) = some_releases("One")
    for payer in range(4):
        buy(a_sale(payer, one))
    given_back = Purchase.objects.first().entry_id
    with connection.cursor() as cursor:
        # The row alone: what else a refund does is none of the charts' business.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO orders_refund (line_id, entry_id, why, reason, asked_by_id, refunded_at)"
            " VALUES (%s, %s, 'buyer', '', %s, %s)",
            [given_back, uuid4(), a_user().pk, NOON],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    make_charts(now=NOON)

    assert places(RELEASES) == [(1, one.pk, 3)]
