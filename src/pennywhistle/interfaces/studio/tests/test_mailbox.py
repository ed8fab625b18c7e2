"""The mailbox, a message's page, ways to deliver and to be told; and nobody sees another's."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from builders import NOON, a_user
from ern_messages import Built
from pennywhistle.apps.intake.ern.folders import MESSAGES
from pennywhistle.apps.intake.models import (
    Arrival,
    FeedAddress,
    Hook,
    Mailbox,
    Message,
    Notice,
    Parcel,
    SupplierKey,
)
from pennywhistle.apps.intake.telling import limits
from pennywhistle.apps.intake.telling.registering import open_feed, register_hook
from pennywhistle.apps.intake.telling.tests.told import a_message, a_notice
from pennywhistle.apps.intake.ways.actions import create_key, open_mailbox
from pennywhistle.interfaces.studio.messages import territories_of
from pennywhistle.interfaces.studio.tests.studio_shop import Supplier, a_delivery
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
HTTP = "http://127.0.0.1:9/hook"


@pytest.fixture(autouse=True)
def _loopback(settings) -> None:
    settings.HOOKS_TO_LOOPBACK = True


def label_of(supplier: Supplier):
    return supplier.shelf.release.supplier


def page(supplier: Supplier, name: str, *args: object, **query: str) -> str:
    answer = supplier.client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def in_force(supplier: Supplier, **fields) -> Message:
    """A message about the supplier's release, with all that its page shows."""
    wanted = {
        "release": supplier.shelf.release,
        "findings": [
            {
                "code": "isrc-missing",
                "severity": "warning",
                "path": "/NewReleaseMessage/ResourceList",
                "value": "A1",
                "sentence": "A1 has no ISRC.",
                "cure": "Send its ISRC.",
                "rule": "S5",
                "line": 12,
            }
        ],
        "change": {
            "takes_effect": True,
            "opened": [{"key": "gtin:4006381333931", "where": "Worldwide except US"}],
            "closed": [{"key": "gtin:4006381333931", "where": "FR"}],
            "not_kept": [{"path": "/NewReleaseMessage/X", "value": "y", "line": 3}],
            "not_kept_count": 1,
        },
        **fields,
    }
    return a_message(label_of(supplier), **wanted)


def test_messages_and_deliveries_are_one_list_newest_first(ada) -> None:
    a_message(label_of(ada), message_id="OLDER", received_at=NOON - timedelta(hours=2))
    a_delivery(ada, source_name="Folder of songs", created_at=NOON - timedelta(hours=1))
    with_files = a_delivery(ada, source_name="Files of a message", content_digest="1" * 64)
    in_force(ada, message_id="NEWER", delivery=with_files)

    text = page(ada, "studio-mailbox")

    places = [text.index(name) for name in ("NEWER", "Folder of songs", "OLDER")]
    assert places == sorted(places)
    assert "Files of a message" not in text


def test_the_list_is_paged_by_key_and_misses_nothing(ada, monkeypatch) -> None:
    monkeypatch.setattr("pennywhistle.apps.intake.telling.mailbox.ROWS_PER_PAGE", 3)
    monkeypatch.setattr("pennywhistle.interfaces.studio.mailbox.ROWS_PER_PAGE", 3)
    for number in range(5):
        a_message(label_of(ada), message_id=f"MSG-{number}")
        a_delivery(ada, source_name=f"DEL-{number}", content_digest=f"{number:064}")

    url, seen = reverse("studio-mailbox"), []
    while url:
        answer = ada.client.get(url)
        seen += [row["mail"].name for row in answer.context["rows"]]
        url = answer.context["pager"]["next_url"]

    assert len(seen) == len(set(seen)) == 10


@pytest.mark.parametrize("after", ["x", "1-2", "1-2-x", "-1-0-1", "9" * 18 + "-1-1", "²-1-1"])
def test_a_page_after_nonsense_is_the_first_one(ada, after: str) -> None:
    a_message(label_of(ada), message_id="HERE")

    assert ada.client.get(reverse("studio-mailbox"), {"after": after}).status_code == 200


def test_the_list_is_searched_by_state_and_text(ada) -> None:
    in_force(ada, message_id="GOOD-1")
    a_message(label_of(ada), message_id="BAD-1", state=Message.State.REFUSED)
    a_delivery(ada, source_name="Songs", state="ready")

    refused = page(ada, "studio-mailbox", state="refused")
    titled = page(ada, "studio-mailbox", q=ada.shelf.release.title[:4].lower())
    named = page(ada, "studio-mailbox", q="bad-")
    ready = page(ada, "studio-mailbox", state="ready")

    assert "BAD-1" in refused
    assert "GOOD-1" not in refused
    assert "GOOD-1" in titled
    assert "BAD-1" not in titled
    assert "BAD-1" in named
    assert "Songs" in ready
    assert "Nothing like that" in page(ada, "studio-mailbox", q="nowhere\0")


def test_a_list_asks_as_often_for_many_as_for_one(ada, django_assert_max_num_queries) -> None:
    for number in range(12):
        in_force(ada, message_id=f"M-{number}")

    with django_assert_max_num_queries(14):
        page(ada, "studio-mailbox")


def test_alerts_are_counted_until_they_are_seen(ada) -> None:
    first, second = a_notice(label_of(ada)), a_notice(label_of(ada), sentence="Another.")
    a_notice(label_of(ada), level=Notice.Level.NOTE)
    assert '<b class="count">2' in page(ada, "studio")

    answer = ada.client.post(reverse("studio-notices-seen"), {"notice": first.public_id})

    assert answer.status_code == 302
    assert '<b class="count">1' in page(ada, "studio-mailbox")
    assert list(Notice.objects.filter(seen_at__isnull=False)) == [first]
    ada.client.post(reverse("studio-notices-seen"), {"notice": [second.public_id]})
    assert "Needs you" not in page(ada, "studio-mailbox")


def test_a_message_tells_what_it_did_and_what_is_wrong(ada) -> None:
    older = in_force(
        ada,
        message_id="FIRST",
        state=Message.State.SUPERSEDED,
        created_at=NOON - timedelta(days=1),
    )
    newer = in_force(ada, message_id="SECOND")
    a_notice(label_of(ada), message=newer)

    text, before = (page(ada, "studio-message", each.public_id) for each in (newer, older))

    assert "In force" in text
    assert "A1 has no ISRC." in text
    assert "Send its ISRC." in text
    assert "all countries but United States" in text
    assert text.count('class="tile is-open"') == len(Territories.worldwide()) - 1
    assert "leaves out FR" in text
    assert "FIRST" in text
    assert "A newer message has taken its place" in before
    assert reverse("studio-message", args=[newer.public_id]) in before


@pytest.mark.parametrize("state", list(Message.State))
def test_every_state_of_a_message_has_a_page(ada, state) -> None:
    message = a_message(label_of(ada), state=state, finished_at=None, kind="unreadable")

    page(ada, "studio-message", message.public_id)


def test_text_of_a_message_is_no_markup(ada) -> None:
    bad = "<script>alert(1)</script>"
    message = in_force(ada, message_id=bad, source_name=bad)
    a_notice(label_of(ada), sentence=bad, message=message)

    assert bad not in page(ada, "studio-message", message.public_id)
    assert bad not in page(ada, "studio-mailbox")


def test_the_document_comes_back_byte_for_byte(ada) -> None:
    document = Built().bytes()
    message = a_message(label_of(ada), sha256=MESSAGES.put([document]).sha256)
    lost = a_message(label_of(ada))

    answer = ada.client.get(reverse("studio-message-document", args=[message.public_id]))

    assert b"".join(answer.streaming_content) == document
    assert answer["Content-Disposition"].startswith("attachment")
    missing = ada.client.get(reverse("studio-message-document", args=[lost.public_id]))
    assert missing.status_code == 404


def test_places_are_read_back_as_they_were_said() -> None:
    for text in ("Worldwide", "Worldwide except FR, US", "DE, FR"):
        assert territories_of(text).describe() == text
    assert not territories_of("Nowhere")
    assert not territories_of("Atlantis, <b>")


def test_a_key_is_shown_once_and_revoked(ada) -> None:
    supplier = label_of(ada).public_id
    made = ada.client.post(reverse("studio-key-new"), {"supplier": supplier, "label": "Server"})

    (written,) = re.findall(r"<code>(pwk_[\w-]+)</code>", made.content.decode())
    assert made["Cache-Control"] == "no-store"
    again = page(ada, "studio-ways")
    assert "Server" in again
    assert written not in again
    ada.client.post(reverse("studio-key-revoke", args=[SupplierKey.objects.get().pk]))
    assert SupplierKey.objects.get().revoked_at is not None


def test_mailboxes_tell_where_to_put_files_and_what_troubles_them(ada, tmp_path) -> None:
    (tmp_path / "box").mkdir()
    opened = open_mailbox(supplier_id=label_of(ada).pk, location=str(tmp_path / "box"), now=NOON)
    Mailbox.objects.filter(id=opened.pk).update(trouble="The folder is gone.")

    text = page(ada, "studio-ways")

    assert str(tmp_path / "box") in text
    assert "The folder is gone." in text


def test_what_waits_and_what_was_refused_on_the_way_is_told(ada, bob, tmp_path) -> None:
    (tmp_path / "box").mkdir()
    box = open_mailbox(supplier_id=label_of(ada).pk, location=str(tmp_path / "box"), now=NOON)
    waits = {"since": NOON.isoformat(), "code": "files-missing", "files": ["resources/2.flac"]}
    Mailbox.objects.filter(id=box.pk).update(
        waiting=[
            {"name": "N_1_20260201100000000", "file_count": 4, **waits},
            {**waits, "name": "N_2026", "code": "no-mark", "files": [], "file_count": 0},
            *(
                {**waits, "name": code, "code": code, "file_count": 1}
                for code in ("writing", "no-message", "unreadable")
            ),
        ]
    )
    parcel = Parcel.objects.create(mailbox=box, name="N_BATCH", taken_at=timezone.now())
    finding = {"sentence": "The manifest says 3.", "cure": "Send <all> again."}
    Arrival.objects.create(parcel=parcel, release_id="1", findings=[finding])

    text, theirs = page(ada, "studio-mailbox"), page(bob, "studio-mailbox")

    for told in (
        "Files that the message names are not there.",
        "resources/2.flac",
        "and 3 more",
        "Send BatchComplete_2026.xml once everything is there.",
        "The manifest says 3.",
        "Send &lt;all&gt; again.",
        "all of it",
    ):
        assert told in text
    assert "Not complete yet" not in theirs
    assert "N_BATCH" not in theirs
    Parcel.objects.update(taken_at=NOON - timedelta(days=4000))
    Mailbox.objects.update(closed_at=NOON)
    later = page(ada, "studio-mailbox")
    assert "Not complete yet" not in later
    assert "N_BATCH" not in later


def test_a_webhook_is_registered_tried_and_removed(ada) -> None:
    wanted = {"supplier": label_of(ada).public_id, "url": HTTP}
    made = ada.client.post(reverse("studio-hook-new"), wanted).content.decode()
    hook = Hook.objects.get()

    assert "whsec_" in made
    assert "whsec_" not in page(ada, "studio-hook", hook.public_id)
    again = ada.client.post(reverse("studio-hook-new"), wanted)
    assert again.status_code == 302
    ada.client.post(reverse("studio-hook-try", args=[hook.public_id]))
    assert "waits for its turn" in page(ada, "studio-hook", hook.public_id)
    ada.client.post(reverse("studio-hook-remove", args=[hook.public_id]))
    assert ada.client.get(reverse("studio-hook", args=[hook.public_id])).status_code == 404


def test_a_webhook_that_is_switched_off_says_so_and_is_switched_on(ada) -> None:
    hook = register_hook(supplier_id=label_of(ada).pk, url=HTTP, now=NOON)
    Hook.objects.update(stopped_at=NOON, failures=30)

    assert "switched off" in page(ada, "studio-hook", hook.public_id)
    answer = ada.client.post(reverse("studio-hook-try", args=[hook.public_id]), follow=True)
    assert "Switch it on again first" in answer.content.decode()
    ada.client.post(reverse("studio-hook-resume", args=[hook.public_id]))
    assert Hook.objects.get().stopped_at is None


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "http://192.0.2.1/", "ftp://x/", "<b>"])
def test_a_webhook_to_no_public_address_is_refused_in_words(ada, url: str) -> None:
    wanted = {"supplier": label_of(ada).public_id, "url": url}

    answer = ada.client.post(reverse("studio-hook-new"), wanted)

    assert answer.status_code == 400
    assert answer.context["hook_form"].errors["url"]
    assert not Hook.objects.exists()


def test_a_feed_is_read_without_signing_in_and_is_atom(ada) -> None:
    in_force(ada, message_id="IN-FEED\x08")
    a_notice(label_of(ada), sentence="<b>Look</b> & see")
    made = ada.client.post(
        reverse("studio-feed-new"), {"supplier": label_of(ada).public_id}
    ).content.decode()
    (address,) = re.findall(r"<code>(http[^<]+/feeds/[\w-]+)</code>", made)

    answer = Client().get(address)

    assert answer["Content-Type"] == "application/atom+xml"
    feed = ET.fromstring(answer.content)  # noqa: S314 (our own)
    titles = [each.findtext(f"{ATOM}title") for each in feed.iter(f"{ATOM}entry")]
    assert "<b>Look</b> & see" in titles
    assert len(titles) == 2
    ada.client.post(reverse("studio-feed-revoke"), {"supplier": label_of(ada).public_id})
    assert Client().get(address).status_code == 404
    assert Client().get(reverse("studio-feed", args=["x" * 43])).status_code == 404


def everything_of(supplier: Supplier) -> dict[str, tuple[str, str]]:
    """Every address of the mailbox that names something of a supplier, with its method."""
    label = label_of(supplier)
    message = in_force(supplier).public_id
    hook = register_hook(supplier_id=label.pk, url=HTTP, now=NOON).public_id
    key, _ = create_key(supplier_id=label.pk, label="Server", now=NOON)
    return {
        "studio-message": (reverse("studio-message", args=[message]), "get"),
        "studio-message-document": (reverse("studio-message-document", args=[message]), "get"),
        "studio-hook": (reverse("studio-hook", args=[hook]), "get"),
        "studio-hook-try": (reverse("studio-hook-try", args=[hook]), "post"),
        "studio-hook-resume": (reverse("studio-hook-resume", args=[hook]), "post"),
        "studio-hook-remove": (reverse("studio-hook-remove", args=[hook]), "post"),
        "studio-key-revoke": (reverse("studio-key-revoke", args=[key.pk]), "post"),
    }


def state() -> list[object]:
    return [
        list(Hook.objects.values("id", "closed_at", "stopped_at")),
        list(SupplierKey.objects.values("id", "revoked_at")),
        list(Notice.objects.values("id", "seen_at")),
        list(FeedAddress.objects.values("id", "closed_at")),
    ]


def test_another_suppliers_anything_is_not_found_and_unchanged(ada, bob) -> None:
    addresses = everything_of(ada)
    notice = a_notice(label_of(ada))
    open_feed(supplier_id=label_of(ada).pk, user_id=ada.user.pk, now=NOON)
    before, theirs = state(), {"supplier": label_of(ada).public_id}

    for address, method in addresses.values():
        assert getattr(bob.client, method)(address).status_code == 404, address
    for name in ("studio-key-new", "studio-hook-new", "studio-feed-new", "studio-feed-revoke"):
        wanted = {**theirs, "label": "x", "url": HTTP}
        assert bob.client.post(reverse(name), wanted).status_code == 404
    seen = bob.client.post(reverse("studio-notices-seen"), {"notice": notice.public_id})
    assert seen.status_code == 404
    for name in ("studio-mailbox", "studio-ways"):
        text = page(bob, name)
        assert "Server" not in text
        assert "M1" not in text
        assert HTTP not in text
    assert state() == before


def test_whoever_acts_for_nobody_or_is_nobody_gets_nowhere(ada, client) -> None:
    addresses = everything_of(ada)
    addresses |= {name: (reverse(name), "get") for name in ("studio-mailbox", "studio-ways")}
    before = state()

    for address, method in addresses.values():
        assert "login" in getattr(client, method)(address)["Location"]
    client.force_login(a_user("nobody@example.org"))
    for address, method in addresses.values():
        assert getattr(client, method)(address)["Location"] == reverse("studio-open")

    assert state() == before


def test_as_many_alerts_as_the_page_shows_can_be_seen_at_once() -> None:
    assert limits.ALERTS_SHOWN_MAX <= 500  # fields of a form that Django takes
