"""Suppliers' mailboxes in the office, and the messages that wait for an operator."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from builders import NOON, a_shelf
from pennywhistle.apps.intake.ern.folders import MESSAGES
from pennywhistle.apps.intake.models import Mailbox, Message, Notice, Parcel
from pennywhistle.apps.intake.telling.tests.told import a_label, a_message
from pennywhistle.apps.intake.ways.actions import open_mailbox
from pennywhistle.apps.intake.ways.looks import look_into_mailbox
from pennywhistle.interfaces.office import mailboxes

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client


@pytest.fixture
def box(office: Client, tmp_path_factory: pytest.TempPathFactory) -> Mailbox:
    folder = tmp_path_factory.mktemp("sftp")
    return open_mailbox(supplier_id=a_label().pk, location=str(folder), now=NOON)


def page(office: Client, name: str, *args: object, **query: str) -> str:
    answer = office.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_mailbox_is_opened_once_and_closed(office, tmp_path_factory) -> None:
    folder: Path = tmp_path_factory.mktemp("sftp")
    wanted = {"supplier": a_label().name, "kind": "place", "location": str(folder)}

    for _ in range(2):
        assert office.post(reverse("office-mailbox-new"), wanted).status_code == 302

    mine = Mailbox.objects.get()
    assert (mine.kind, mine.location) == ("folder", str(folder))
    close = reverse("office-mailbox-close", args=[mine.public_id])
    assert Mailbox.objects.open().exists()
    assert office.get(close).status_code == 200
    assert office.post(close, {"do": "record"}).status_code == 302
    assert not Mailbox.objects.open().exists()


def test_uploads_need_no_place(office) -> None:
    office.post(
        reverse("office-mailbox-new"),
        {"supplier": a_label().name, "kind": "upload", "location": "ignored"},
    )

    assert Mailbox.objects.get().kind == "upload"


@pytest.mark.parametrize("location", ["", "/nowhere/at/all", "s3://", "/etc/hostname"])
def test_a_place_that_is_none_is_said_at_its_field(office, location: str) -> None:
    wanted = {"supplier": a_label().name, "kind": "place", "location": location}

    answer = office.post(reverse("office-mailbox-new"), wanted)

    assert answer.status_code == 400
    assert answer.context["form"].errors["location"]
    assert not Mailbox.objects.exists()


def test_the_list_and_the_desk_show_trouble_first(office, box) -> None:
    assert "Mailboxes that cannot be looked into: none" in page(office, "office")
    Mailbox.objects.update(trouble="The folder <b>is gone</b>.", trouble_since=NOON)

    text = page(office, "office-mailboxes")

    assert "In trouble" in text
    assert "&lt;b&gt;is gone" in text
    assert box.location in text
    assert box.public_id in page(office, "office")
    assert "No mailbox is open" in page(office, "office-mailboxes", q="somebody else")


def test_the_list_is_paged_by_key(office, monkeypatch) -> None:
    monkeypatch.setattr(mailboxes, "MAILBOXES_PER_PAGE", 2)
    for number in range(5):
        open_mailbox(supplier_id=a_label(f"Label {number}").pk, location="upload", now=NOON)

    url, seen = reverse("office-mailboxes"), []
    while url:
        answer = office.get(url)
        seen += [each.pk for each in answer.context["rows"]]
        url = answer.context["pager"]["next_url"]

    assert seen == sorted(Mailbox.objects.values_list("id", flat=True))


def test_a_mailbox_shows_what_came_and_is_looked_into_at_once(office, box) -> None:
    parcel = Parcel.objects.create(
        mailbox=box,
        name="N_4006381333931_20260101100000000",
        taken_at=NOON,
        findings=[{"sentence": "A hash differs."}],
    )
    a_message(box.supplier, parcel=parcel)

    text = page(office, "office-mailbox", box.public_id)
    for _ in range(2):
        office.post(reverse("office-mailbox-look", args=[box.public_id]))

    assert parcel.name in text
    assert "A hash differs." in text
    assert ProcrastinateJob.objects.filter(task_name=look_into_mailbox.name).count() == 1


def held(**fields) -> Message:
    """Somebody sends a message about a release that another supplier has."""
    release = a_shelf("Tin Weather").release
    wanted = {
        "release": release,
        "state": Message.State.HELD,
        "findings": [{"sentence": "Another supplier has this release.", "cure": "Prove it."}],
        **fields,
    }
    return a_message(a_label("Newcomer"), **wanted)


def test_messages_that_wait_are_shown_with_whose_release_it_is(office) -> None:
    message = held()

    text = page(office, "office-held")

    assert "Another supplier has this release." in text
    supplier = message.release.supplier
    assert f"supplied by {supplier.name}" in text
    assert reverse("office-transfer-new", args=[supplier.public_id]) in text
    assert f"Newcomer: {message.message_id}" in page(office, "office")


def test_a_message_is_refused_with_a_reason_that_its_supplier_reads(office) -> None:
    message = held()
    address = reverse("office-held-refuse", args=[message.public_id])

    assert office.get(address).status_code == 200
    assert office.post(address, {"why": ""}).status_code == 400
    for _ in range(2):
        assert office.post(address, {"why": "The contract ended."}).status_code == 302

    message.refresh_from_db()
    assert message.state == Message.State.REFUSED
    assert "The contract ended." in Notice.objects.get().sentence
    assert message.message_id not in page(office, "office-held")
    assert office.get(address).status_code == 404


def test_a_message_is_looked_at_again(office) -> None:
    message = held(sha256=MESSAGES.put([b"no message any more"]).sha256)

    answer = office.post(reverse("office-held-release", args=[message.public_id]), follow=True)

    assert "Decided: Refused" in answer.content.decode()
    message.refresh_from_db()
    assert message.state == Message.State.REFUSED


def test_an_operator_reads_any_message_as_it_was_sent(office) -> None:
    message = held(sha256=MESSAGES.put([b"<as it was sent/>"]).sha256)

    answer = office.get(reverse("office-message-document", args=[message.public_id]))

    assert b"".join(answer.streaming_content) == b"<as it was sent/>"
    assert message.received_at - NOON == timedelta()
