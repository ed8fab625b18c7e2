"""Whether buyers get the delivered files themselves is their supplier's to say, nobody else's."""

import pytest

from builders import Shelf, a_shelf, a_store
from pennywhistle.interfaces.studio.tests.test_where import signed_in_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf()


def test_a_supplier_offers_originals_and_takes_them_back(shelf: Shelf) -> None:
    client, release = signed_in_for(shelf.release.supplier), shelf.release
    address = f"/studio/releases/{release.public_id}/originals"

    answer = client.post(address, {"offers": "yes"})
    release.refresh_from_db()
    offered = release.offers_original
    client.post(address, {"offers": "no"})
    release.refresh_from_db()

    assert (answer.status_code, offered, release.offers_original) == (302, True, False)


def test_nobody_else_offers_them(shelf: Shelf) -> None:
    stranger = signed_in_for(a_shelf("Other").release.supplier, "other@example.org")

    answer = stranger.post(
        f"/studio/releases/{shelf.release.public_id}/originals", {"offers": "yes"}
    )

    shelf.release.refresh_from_db()
    assert (answer.status_code, shelf.release.offers_original) == (404, False)
