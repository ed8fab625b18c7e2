"""Downloads are noted as they leave; those that wait for the law say so at every door."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from builders import usd
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import Download, Entitlement, Refund
from pennywhistle.apps.users.tokens import create_token
from pennywhistle.interfaces.shop.tests.test_extras import ALBUM, give_booklet
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)


def sell(shop: SoundingShop, territory: str) -> Entitlement:
    order_id = check_out(
        buyer_id=shop.buyer.pk,
        wanted=[shop.shelf.album],
        territory=territory,
        shown=usd("0.35"),
        key="key-1",
        now=timezone.now(),
    )
    return Entitlement.objects.get(line__order=order_id)


def doors(shop: SoundingShop, entitlement: Entitlement) -> list[str]:
    track = shop.shelf.tracks[0].public_id
    return [
        f"/download/{entitlement.pk}/flac?track={track}",
        f"/stream/{track}",
    ]


def test_what_leaves_is_noted_once_and_asking_about_it_is_not() -> None:
    shop = a_sounding_shop()
    entitlement = sell(shop, "US")
    client = Client()
    client.force_login(shop.buyer)
    first, second = doors(shop, entitlement)

    assert client.head(first).status_code == 200
    assert not Download.objects.exists()
    for address in (first, first, second):
        response = client.get(address, headers={"Range": "bytes=0-9"})
        assert response.status_code == 206
        response.close()

    assert Download.objects.get().track == shop.shelf.tracks[0]
    refused = client.post(f"/refund/{entitlement.line_id}")
    assert refused.status_code == 409
    assert "It was downloaded" in refused.content.decode()
    assert not Refund.objects.exists()


def test_in_europe_every_door_says_when_downloads_begin() -> None:
    shop = a_sounding_shop()
    entitlement = sell(shop, "DE")
    order_id = entitlement.line.order_id
    client = Client()
    client.force_login(shop.buyer)
    token = create_token(user_id=shop.buyer.pk, label="pull", scope="shelf", now=timezone.now())
    track = reverse("sync:track", args=["flac", shop.shelf.tracks[0].public_id])
    program = {"Authorization": f"Bearer {token}"}

    for address in doors(shop, entitlement):
        waits = client.get(address, headers={"Accept": "text/html"})
        assert waits.status_code == 403
        assert f"/orders/{order_id}#begin" in waits.content.decode()
    told = Client().get(track, headers=program)
    assert told.status_code == 403
    assert "begin on" in told.content.decode()
    assert not Download.objects.exists()

    client.post(f"/orders/{order_id}/begin", {"waiver": "yes"})
    for answer in (client.get(doors(shop, entitlement)[0]), Client().get(track, headers=program)):
        assert answer.status_code == 200
        answer.close()
    assert Download.objects.count() == 1


def test_a_booklet_waits_too_and_counts_as_a_track_that_was_fetched() -> None:
    shop = a_sounding_shop()
    entitlement = sell(shop, "DE")
    extra = give_booklet(shop)
    token = create_token(user_id=shop.buyer.pk, label="pull", scope="shelf", now=timezone.now())
    person, program = Client(), Client(headers={"Authorization": f"Bearer {token}"})
    person.force_login(shop.buyer)
    asked = [
        (person, f"/extra/{extra.public_id}"),
        (program, reverse("sync:extra", args=[extra.public_id])),
        (program, f"/dav/{ALBUM}/Booklet.pdf"),
    ]

    assert [client.get(address).status_code for client, address in asked] == [403, 403, 403]
    assert not Download.objects.exists()

    person.post(f"/orders/{entitlement.line.order_id}/begin", {"waiver": "yes"})
    for client, address in asked:
        answer = client.get(address)
        assert answer.status_code == 200
        answer.close()
    assert Download.objects.get().entitlement == entitlement


def test_to_hear_more_than_everybody_may_counts_as_fetching_the_track() -> None:
    shop = a_sounding_shop()
    entitlement = sell(shop, "DE")
    track = shop.shelf.tracks[0]
    Master.objects.filter(recording=track.recording_id).update(preview_start_ms=500)
    address = f"/compare/{track.public_id}/mp3-v2.flac"
    client = Client()
    client.force_login(shop.buyer)

    preview = client.get(address)
    assert preview.status_code == 200
    preview.close()
    assert client.get(f"{address}?at=0").status_code == 403
    assert not Download.objects.exists()

    client.post(f"/orders/{entitlement.line.order_id}/begin", {"waiver": "yes"})
    beyond = client.get(f"{address}?at=0")
    assert beyond.status_code == 200
    beyond.close()
    assert Download.objects.get().track == track
