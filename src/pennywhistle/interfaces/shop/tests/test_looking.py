"""Looking around: charts, years, days, labels, the staff's shelf, suggestions and their switch."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, keep, usd
from pennywhistle.apps.catalog.models import Genre, Release
from pennywhistle.apps.charts.actions import put_on_shelf
from pennywhistle.apps.charts.labels import index_labels, place_of
from pennywhistle.apps.charts.making import make_charts
from pennywhistle.apps.charts.models import LabelLine, NoSuggestions, Purchase, Together
from pennywhistle.apps.charts.queries import suggestions_for
from pennywhistle.apps.charts.together import pair_up
from pennywhistle.apps.discovery import browsing
from pennywhistle.apps.discovery.queries import Cursor
from pennywhistle.apps.following.models import Follow
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.interfaces.shop.addresses import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelves() -> list[Shelf]:
    a_store()
    genre = Genre.objects.create(name="Dub", slug="dub")
    made = [a_shelf(title, track_count=1) for title in ("Tin Weather", "Low Sky", "Salt Road")]
    for number, shelf in enumerate(made):
        Release.objects.filter(pk=shelf.release.pk).update(
            genre=genre, released_on=date(2026 - number, 11, 1)
        )
    keep()
    return made


def text_of(path: str, client: Client | None = None, status: int = 200) -> str:
    answer = (client or Client()).get(path)
    assert answer.status_code == status, path
    return re.sub(r"\s+", " ", unescape(answer.content.decode()))


def bought(shelf: Shelf, *payers: int, territory: str = "US") -> None:
    Purchase.objects.bulk_create(
        Purchase(
            entry_id=uuid4(),
            payer_id=payer,
            release_id=shelf.release.pk,
            territory=territory,
            bought_at=NOON - timedelta(hours=30),
            party_ids=[],
        )
        for payer in payers
    )


def test_a_chart_says_from_when_to_when_and_how_many_bought(shelves: list[Shelf]) -> None:
    bought(shelves[0], *range(1, 5))
    bought(shelves[1], *range(1, 4))
    make_charts(now=NOON)

    page = text_of("/charts")

    assert "From Nov 14, 2026, 12:00 PM to Nov 21, 2026, 12:00 PM (UTC), United States" in (
        page.replace("\u202f", " ")
    )
    assert "7 purchases by 4 buyers counted" in page
    assert page.index("Tin Weather") < page.index("Low Sky")
    assert "3 buyers" in page
    assert "Low Sky" in text_of("/charts/month/releases?genre=dub&where=world")
    assert "there is no chart" in text_of("/charts/day/releases")
    assert "there is no chart" in text_of("/charts/week/tracks")
    assert "Bought by most people in 7 days" in text_of("/")


NOT_THERE = (
    *("/charts/year/releases", "/charts/week/artists", "/charts?genre=none", "/year/0"),
    *("/year/99999", "/new/2026-13-01", "/new/tomorrow", "/labels/Q", "/labels/%00"),
    *("/labels/L?after=%00", "/labels/L?after=1-a%00"),
    *("/genre/%00", "/charts?genre=%00"),
)


def test_what_there_is_not_is_not_found(shelves: list[Shelf], subtests: pytest.Subtests) -> None:
    for path in NOT_THERE:
        with subtests.test(path):
            text_of(path, status=404)


def test_odd_questions_do_no_harm(shelves: list[Shelf], subtests: pytest.Subtests) -> None:
    index_labels(now=NOON)
    odd = ("/charts?where=x", "/year/2026?after=x", "/labels/L?after=x-y", "/labels/L?after=-1-z")
    for path in odd:
        with subtests.test(path):
            assert Client().get(path).status_code in {200, 404}


def test_years_and_days_lead_from_one_to_the_next(shelves: list[Shelf]) -> None:
    assert browsing.years_with_releases(at=NOON + timedelta(days=1)) == [2026, 2025, 2024]
    assert "Low Sky" in text_of("/year/2025")
    assert "Low Sky" not in text_of("/year/2026")
    page = text_of("/new/2025-11-01")
    assert 'rel="prev" href="/new/2024-11-01"' in page
    assert 'rel="next" href="/new/2026-11-01"' in page
    assert 'href="/new/2026-11-01"' in text_of("/new")


def test_a_list_goes_on_where_looking_ended_though_nothing_there_is_sold_here(
    shelves: list[Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "scanned_max", 2)
    seen, after = [], None
    for _ in range(5):
        stretch = browsing.newest(territory="US", at=NOON + timedelta(days=1), after=after, count=1)
        seen += [line.title for line in stretch.releases]
        after = stretch.next
        if after is None:
            break
    assert seen == ["Tin Weather", "Low Sky", "Salt Road"]
    nowhere = browsing.newest(territory="ZZ", at=NOON + timedelta(days=1), count=1)
    assert (nowhere.releases, nowhere.next is not None) == ((), True)


@pytest.mark.parametrize(
    ("name", "letter", "key"),
    [
        ("Warp", "W", "warp"),
        ("Öland", "O", "oland"),
        ("…And Oceans", "A", "and oceans"),
        ("4AD", "0", "4ad"),
        ("!!!", "0", "!!!"),
        ("Ænima", "A", "aenima"),
        ("مؤسسة", "م", "موسسة"),
        ("日本", "日", "日本"),
        ("", "0", ""),
    ],
)
def test_a_label_stands_under_its_first_letter(name: str, letter: str, key: str) -> None:
    assert place_of(name) == (letter, key)


def test_the_index_of_labels_follows_the_catalog_and_goes_on_by_name(
    shelves: list[Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert index_labels(now=NOON) == 3
    assert index_labels(now=NOON) == 0
    assert 'href="/labels/L"' in text_of("/labels")
    assert "Low Sky Label" in text_of("/labels/L")
    party = shelves[0].release.label
    party.name = "Louder"
    party.save()
    Release.objects.filter(pk=shelves[2].release.pk).update(withdrawn_at=NOON)
    assert index_labels(now=NOON) == 2
    assert set(LabelLine.objects.values_list("letter", flat=True)) == {"L"}
    monkeypatch.setattr("pennywhistle.apps.charts.queries.labels_per_page", 1)
    first = text_of("/labels/L")
    (link,) = re.findall(r'rel="next" href="([^"]+)"', first)
    assert "Louder" in first
    assert "Low Sky Label" in text_of(link)


def test_the_index_goes_on_behind_a_name_with_a_joiner_in_it(
    shelves: list[Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    for shelf, name in zip(shelves, ("Lab\u200d", "Lac", "Lad"), strict=False):
        shelf.release.label.name = name
        shelf.release.label.save()
    index_labels(now=NOON)
    LabelLine.objects.filter(name="Lab\u200d").update(sort_key="lab\u200d")
    monkeypatch.setattr("pennywhistle.apps.charts.queries.labels_per_page", 1)

    pages, path = [], "/labels/L"
    while path:
        pages.append(text_of(path))
        path = next(iter(re.findall(r'rel="next" href="([^"]+)"', pages[-1])), "")

    assert sum("Lac" in page for page in pages) == 1
    assert sum("Lad" in page for page in pages) == 1


def test_the_staffs_shelf_stands_in_the_shop_with_its_notes(shelves: list[Shelf]) -> None:
    fan = a_user()
    put_on_shelf(
        release_id=shelves[1].release.pk, note="<b>Low</b> & loud", user_id=fan.pk, now=NOON
    )

    for path in ("/", "/staff-shelf"):
        page = Client().get(path).content.decode()
        assert "&lt;b&gt;Low&lt;/b&gt; &amp; loud" in page
    Release.objects.filter(pk=shelves[1].release.pk).update(withdrawn_at=NOON)
    assert "Nothing stands here yet" in text_of("/staff-shelf")


@pytest.mark.parametrize("most", [0, 2_000])
def test_an_artist_s_releases_are_the_same_however_they_are_looked_up(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_store()
    made = [a_shelf(title, track_count=1, payees_of="Band") for title in ("One", "Two", "Three")]
    a_shelf("Stranger", track_count=1)
    monkeypatch.setattr(browsing, "releases_looked_up_max", most)
    band = made[0].payees[0].pk

    found = browsing.newest_of_artist(band, at=NOON, after=None)
    second = Cursor(found.releases[1].released_on, found.releases[1].id)
    rest = browsing.newest_of_artist(band, at=NOON, after=second)

    assert [line.title for line in found.releases] == ["Three", "Two", "One"]
    assert [line.title for line in rest.releases] == ["One"]
    assert rest.next is None


def test_what_five_bought_together_is_shown_and_less_is_not(shelves: list[Shelf]) -> None:
    first, second, third = shelves
    bought(first, *range(1, 7))
    bought(second, *range(1, 6))
    bought(third, *range(1, 5), 9)

    assert pair_up(now=NOON + timedelta(days=1))
    assert not pair_up(now=NOON + timedelta(days=1))

    pairs = {each.release_id: each.other_ids for each in Together.objects.all()}
    assert pairs == {first.release.pk: [second.release.pk], second.release.pk: [first.release.pk]}
    page = text_of(page_of("release", first.release))
    assert "Bought together with it by at least 5 people" in page
    assert "Low Sky" in page
    assert "Salt Road" not in page


def test_more_from_the_artist_and_the_label_stand_below_a_release() -> None:
    a_store()
    here = a_shelf("Here", track_count=1, payees_of="Band", label_of="House")
    a_shelf("Same Band", track_count=1, payees_of="Band", label_of="House")
    a_shelf("Same House", track_count=1, label_of="House")
    a_shelf("Stranger", track_count=1)
    keep()

    page = text_of(page_of("release", here.release))

    assert re.search("More from this artist.*Same Band.*More from this label.*Same House", page)
    assert page.count("Same Band</bdi>") == 1
    assert "Stranger" not in page


def test_genres_and_searches_are_followed_from_their_pages_and_ended(
    shelves: list[Shelf],
) -> None:
    client = Client()
    client.force_login(a_user())
    assert "Follow" in text_of("/genre/dub", client)

    client.post("/following/genre/dub/begin")
    client.post("/following/search", {"q": "tin <weather>"})
    empty = client.post("/following/search", {"q": "-live"}, follow=True)

    assert "asks for nothing" in empty.content.decode()
    page = text_of("/following", client)
    assert 'href="/genre/dub"' in page
    assert 'href="/search?q=tin+%3Cweather%3E"' in page
    assert "You follow this" in text_of("/genre/dub", client)
    assert client.post("/following/genre/none/begin").status_code == 404
    for each in Follow.objects.all():
        client.post(f"/following/stop/{each.pk}")
    assert not Follow.objects.exists()


def test_suggestions_are_switched_off_and_on_in_the_account(shelves: list[Shelf]) -> None:
    client, other = Client(), a_user("other@example.org")
    client.force_login(a_user())

    assert "Suggestions are on" in text_of("/account/suggestions", client)
    for _ in range(2):
        client.post("/account/suggestions", {"wanted": "no"})
    assert "Suggestions are off" in text_of("/account/suggestions", client)
    assert not NoSuggestions.objects.filter(user=other).exists()
    client.post("/account/suggestions", {"wanted": "yes"})
    assert not NoSuggestions.objects.exists()
    assert "/account/login/" in Client().get("/account/suggestions")["Location"]


def test_what_one_owns_leads_on_with_its_reason_and_not_to_what_one_has() -> None:
    a_store()
    owned = a_shelf("Owned", track_count=1, payees_of="Band")
    other = a_shelf("Other", track_count=1, payees_of="Band")
    paired = a_shelf("Paired", track_count=1)
    keep()
    buyer, client = a_buyer(), Client()
    client.force_login(buyer)
    Together.objects.create(
        release_id=owned.release.pk,
        other_ids=[paired.release.pk],
        buyer_counts=[5],
        weights=[1_000_000],
    )
    assert "Because of what you own" not in text_of("/", client)
    check_out(
        buyer_id=buyer.pk,
        wanted=[owned.album],
        territory="US",
        shown=usd("0.35"),
        key="key",
        now=NOON,
    )

    page = text_of("/", client)

    assert "because you own Owned by the same artist" in page
    assert "because you own Owned" in page.replace("by the same artist", "")
    found = suggestions_for(user_id=buyer.pk, at=NOON)
    assert [each.line.id for each in found] == [paired.release.pk, other.release.pk]
    client.post("/account/suggestions", {"wanted": "no"})
    assert "Because of what you own" not in text_of("/", client)
    assert suggestions_for(user_id=buyer.pk, at=NOON) == []
