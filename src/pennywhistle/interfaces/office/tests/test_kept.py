"""The office sees what is kept, why and since when, and has it paid."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from builders import a_shelf, a_user
from pennywhistle.apps.claims.models import TransferWord
from pennywhistle.apps.claims.tests import test_transfers as catalogs
from pennywhistle.apps.claims.tests import test_unidentified as unknown
from pennywhistle.apps.societies.tests import test_late as societies
from pennywhistle.apps.societies.tests.society_shop import LATER, a_shop, sell
from pennywhistle.apps.users.actions import let_operate
from pennywhistle.interfaces.office.tests.conftest import signed_in
from societies import mandate

pytestmark = pytest.mark.django_db
KEPT = "/office/kept"


@pytest.fixture
def desk(db, settings, tmp_path):
    """An operator's browser; the store is made by what each test sells."""
    settings.DATA = tmp_path
    user = a_user("operator@example.org")
    let_operate(user_id=user.pk)
    user.refresh_from_db()
    return signed_in(user)


def test_nothing_kept_says_so(office) -> None:
    page = office.get(KEPT).content.decode()

    assert "Nothing is held for a catalog" in page
    assert "the works are known" in page


def word(**changes):
    return {
        "whose": "new",
        "reason": "Deed of assignment, clause 4.",
        "document": SimpleUploadedFile("deed.pdf", b"deed"),
        **changes,
    }


def test_an_operator_says_whose_the_sales_were(desk) -> None:
    shelf = catalogs.a_catalog_on_its_way()
    catalogs.buy(shelf, 3)
    page = desk.get(KEPT).content.decode()
    for text in ("Track 1", "Old Label → New Label", "$0.378"):
        assert text in page, text
    assert "Track 1" in desk.get("/office/").content.decode()
    address = reverse("office-transfer-word", args=[shelf.tracks[0].recording_id])
    assert address in page
    pair = desk.get(address).context["form"].fields["pair"].choices[0][0]

    answer = desk.post(address, word(pair=pair, is_everything="on"), follow=True)

    assert "1 account got its part." in answer.content.decode()
    assert (catalogs.held(), catalogs.earned("Nora")) == (0, 378_000)
    assert TransferWord.objects.get().recording_id is None


def test_what_a_word_does_not_pay_is_not_said_to_be_paid(desk) -> None:
    shelf = catalogs.a_catalog_on_its_way()
    catalogs.buy(shelf, 3)
    address = reverse("office-transfer-word", args=[shelf.tracks[0].recording_id])
    pair = desk.get(address).context["form"].fields["pair"].choices[0][0]
    desk.post(address, word(pair=pair))

    answer = desk.post(address, word(pair=pair, reason="Once more."), follow=True)

    assert "No money moved by it." in answer.content.decode()
    assert (catalogs.held(), catalogs.earned("Nora")) == (0, 378_000)


@pytest.mark.parametrize(
    "changes",
    [{"document": ""}, {"reason": ""}, {"whose": "by-day"}, {"whose": "mine"}, {"pair": "1-1"}],
)
def test_what_is_said_badly_moves_nothing(desk, changes) -> None:
    shelf = catalogs.a_catalog_on_its_way()
    catalogs.buy(shelf, 1)
    address = reverse("office-transfer-word", args=[shelf.tracks[0].recording_id])
    pair = desk.get(address).context["form"].fields["pair"].choices[0][0]

    assert desk.post(address, word(**{"pair": pair, **changes})).status_code == 400

    assert catalogs.held() == 126_000


def test_a_recording_of_no_catalog_on_its_way_has_no_such_page(desk) -> None:
    shelf = unknown.a_shelf_of_unknown_works()
    address = reverse("office-transfer-word", args=[shelf.tracks[0].recording_id])

    assert desk.get(address).status_code == 404


def test_an_operator_divides_what_unknown_works_earned(desk) -> None:
    shelf = unknown.a_shelf_of_unknown_works()
    unknown.buy(shelf, 2)
    address = reverse("office-kept-divide", args=[shelf.tracks[0].recording_id])
    assert "$0.14" in desk.get(KEPT).content.decode()
    assert "Nothing moves" in desk.post(address, follow=True).content.decode()

    unknown.link(shelf, {unknown.a_work("Tin", Wanda=Fraction(1)): Fraction(1)})

    assert "1 account got its part" in desk.post(address, follow=True).content.decode()
    assert unknown.earned("Wanda") == 2 * unknown.FEE_MICRO


def test_one_kind_does_not_hide_the_other_and_each_has_pages(desk, monkeypatch) -> None:
    monkeypatch.setattr("pennywhistle.interfaces.office.kept.kept_per_page", 1)
    first = unknown.a_shelf_of_unknown_works()
    shelves = [first, a_shelf("Second", track_count=1), a_shelf("Third", track_count=1)]
    for number, shelf in enumerate(shelves):
        unknown.link(shelf, {}, at=unknown.NOON)
        unknown.buy(shelf, number + 1, name=f"buyer{number}-")
    catalog = catalogs.a_catalog_on_its_way()
    catalogs.buy(catalog, 1, at=unknown.LATER)

    address, seen = KEPT, []
    while address:
        page = desk.get(address)
        assert [row["recording_id"] for row in page.context["moving"]] == [
            catalog.tracks[0].recording_id
        ]
        seen += [row["recording_id"] for row in page.context["unknown"]]
        following = page.context["unknown_pager"]["next_url"]
        address = KEPT + following if following else ""

    assert seen == [shelf.tracks[0].recording_id for shelf in shelves]
    assert 'rel="prev"' in page.content.decode()
    assert desk.get(KEPT + "?unknown=x&moving=1 2 3").status_code == 200


def test_the_societies_and_what_they_keep(desk) -> None:
    society, writers = societies.a_distribution_with_a_stranger()
    page = desk.get("/office/societies").content.decode()
    for text in ("Society of Authors", "yes"):
        assert text in page, text
    own = reverse("office-society", args=[society.public_id])
    page = desk.get(own).content.decode()
    assert "Its owner is a member of no society here" in page
    pay = reverse("office-society-pay", args=[society.public_id])
    assert "Nothing moves" in desk.post(pay, follow=True).content.decode()

    mandate(writers["Stranger"], society)

    assert "1 member was paid" in desk.post(pay, follow=True).content.decode()
    assert "Nothing is kept apart" in desk.get(own).content.decode()


def test_a_society_whom_nobody_mandated_is_told_apart(desk) -> None:
    shelf, society, _ = a_shop({"Ada": Fraction(1)}, members=[], unidentified_by="a law")
    sell(shelf, 1, at=LATER)

    page = desk.get(reverse("office-society", args=[society.public_id])).content.decode()

    assert "nobody mandated it" in page
    assert "To distribute" not in page
