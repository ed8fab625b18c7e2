"""The staff arranges its shelf in the office; the shop shows it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from builders import NOON, a_shelf
from pennywhistle.apps.charts import actions
from pennywhistle.apps.charts.models import StaffPick

HERE = "/office/shelf"


def titles() -> list[str]:
    return [pick.release.title for pick in StaffPick.objects.in_order()]


def change(office: Client, title: str, verb: str, **said: str) -> int:
    pick = StaffPick.objects.get(release__title=title)
    return office.post(reverse("office-shelf-change", args=[pick.pk, verb]), said).status_code


def test_releases_are_put_on_the_shelf_moved_noted_and_taken_off(office) -> None:
    shelves = [a_shelf(title, track_count=1) for title in ("One", "Two", "Three")]
    for shelf in shelves:
        address = f"https://shop.example/release/{shelf.release.slug}-{shelf.release.public_id}?x=1"
        assert office.post(HERE, {"release": address, "note": ""}).status_code == 302
    office.post(HERE, {"release": shelves[0].release.public_id, "note": "Once more."})

    assert titles() == ["One", "Two", "Three"]
    change(office, "Three", "up")
    assert titles() == ["One", "Three", "Two"]
    change(office, "One", "last")
    change(office, "Two", "first")
    change(office, "Two", "up")
    assert titles() == ["Two", "Three", "One"]
    change(office, "Two", "note", note="x" * 700)
    assert StaffPick.objects.get(release__title="Two").note == "x" * 600
    assert "Once more." in Client().get("/staff-shelf").content.decode()
    change(office, "One", "off")
    assert titles() == ["Two", "Three"]
    assert "Two" in office.get(HERE).content.decode()
    assert change(office, "Two", "burn") == 404


@pytest.mark.parametrize(
    "named", ["", "x", "zzzzzzzzzzzz", "https://evil.example/", "\x00", "é" * 12]
)
def test_what_is_no_release_is_not_put_there(office, named) -> None:
    answer = office.post(HERE, {"release": named, "note": "n"})

    assert answer.status_code == 400
    assert not StaffPick.objects.exists()


def test_a_full_shelf_takes_no_more(office, operator, monkeypatch) -> None:
    monkeypatch.setattr(actions, "picks_max", 1)
    first, second = (a_shelf(title, track_count=1) for title in ("One", "Two"))
    for _ in range(2):
        actions.put_on_shelf(release_id=first.release.pk, note="", user_id=operator.pk, now=NOON)

    answer = office.post(HERE, {"release": second.release.public_id, "note": ""})

    assert "The shelf is full" in answer.content.decode()
    assert titles() == ["One"]
