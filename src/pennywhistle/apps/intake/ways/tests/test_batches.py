"""Batches: read when BatchComplete is there, and only as their manifest lists them."""

from __future__ import annotations

from pathlib import Path

import pytest

from drops import (
    BATCH,
    a_batch,
    a_mailbox,
    a_manifest,
    a_message,
    a_takedown,
    acknowledged,
    later,
    put,
    sounds,
    statuses,
    through,
)
from pennywhistle.apps.intake.models import Mailbox, Message, Notice, Parcel
from pennywhistle.apps.intake.ways.actions import look_into

pytestmark = pytest.mark.django_db

ONE, TWO = "4006381333931/4006381333931.xml", "4006381333948/4006381333948.xml"
OTHER = {"gtin": "4006381333948"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "sftp"
    folder.mkdir()
    return folder


@pytest.fixture
def mailbox(root: Path) -> Mailbox:
    return a_mailbox(root)


def two_messages() -> dict[str, bytes]:
    return {ONE: a_message("M1"), TWO: a_message("M2", minute=1, **OTHER)}


def test_a_batch_is_not_read_before_it_says_that_it_is_complete(
    root: Path, mailbox: Mailbox
) -> None:
    messages = two_messages()
    put(root / BATCH, messages)
    for minutes in (5, 100, 10_000):
        assert look_into(mailbox_id=mailbox.pk, now=later(minutes)).taken == []
    assert not Parcel.objects.exists()

    a_batch(root, messages)
    through(mailbox, minutes=0)

    assert Parcel.objects.get().is_batch
    assert sorted(statuses(mailbox)) == [ONE, TWO]
    assert len(acknowledged(root)) == 2
    assert {name.rpartition("_")[2] for name in acknowledged(root)} == {
        "4006381333931.xml",
        "4006381333948.xml",
    }


def test_an_empty_mark_means_everything_that_is_there(root: Path, mailbox: Mailbox) -> None:
    a_batch(root, two_messages(), manifest=b"")
    assert look_into(mailbox_id=mailbox.pk, now=later(0.5)).taken == []

    through(mailbox)

    assert sorted(statuses(mailbox)) == [ONE, TWO]


def test_a_mark_that_is_half_written_or_too_early_must_lie_still(
    root: Path, mailbox: Mailbox
) -> None:
    messages = two_messages()
    mark = a_manifest(messages)
    folder = a_batch(root, messages, manifest=mark[:-9])
    assert look_into(mailbox_id=mailbox.pk, now=later(0)).taken == []
    last = folder / TWO
    last.unlink()
    a_batch(root, {ONE: messages[ONE]}, manifest=mark)
    assert look_into(mailbox_id=mailbox.pk, now=later(0)).taken == []

    put(folder, {TWO: messages[TWO]})

    assert look_into(mailbox_id=mailbox.pk, now=later(0)).taken == [BATCH]


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        (a_manifest(two_messages(), count=3), "manifest-count"),
        (b"<ManifestMessage", "not-xml"),
        (a_message(), "not-a-manifest"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "doctype"),
    ],
)
def test_a_manifest_that_cannot_be_right_refuses_the_batch(
    root: Path, mailbox: Mailbox, manifest: bytes, code: str
) -> None:
    a_batch(root, two_messages(), manifest=manifest)

    through(mailbox)

    assert [finding["code"] for finding in Parcel.objects.get().findings] == [code]
    assert list(statuses(mailbox)) == [""]
    assert not Message.objects.exists()
    assert Notice.objects.filter(code=code).exists()
    (name,) = acknowledged(root)
    assert name.endswith("_20260201100000000.xml")


def test_a_test_batch_is_refused_in_production(
    root: Path, mailbox: Mailbox, settings: object
) -> None:
    settings.IS_PRODUCTION = True  # type: ignore[attr-defined]
    messages = two_messages()
    a_batch(root, messages, manifest=a_manifest(messages, is_test=True))

    through(mailbox)

    assert statuses(mailbox) == {"": "test-message"}
    assert not Message.objects.exists()


def test_a_test_message_is_refused_in_production(
    root: Path, mailbox: Mailbox, settings: object
) -> None:
    settings.IS_PRODUCTION = True  # type: ignore[attr-defined]
    a_batch(root, {ONE: a_message("M1", control="TestMessage")})

    through(mailbox)

    assert statuses(mailbox) == {ONE: "test-message"}


def test_a_message_that_is_not_what_was_hashed_is_refused_alone(
    root: Path, mailbox: Mailbox
) -> None:
    messages = two_messages()
    a_batch(root, messages, manifest=a_manifest(messages, digests={TWO: "00" * 32}))

    through(mailbox)

    assert statuses(mailbox)[TWO] == "SignatureOrHashSumWrongOrMissing"
    assert [message.message_id for message in Message.objects.all()] == ["M1"]
    assert len(acknowledged(root)) == 2


def test_an_algorithm_that_nobody_can_compute_is_refused_with_the_reason(
    root: Path, mailbox: Mailbox
) -> None:
    messages = {ONE: a_message("M1")}
    a_batch(root, messages, manifest=a_manifest(messages, algorithm="MDC2"))

    through(mailbox)

    assert statuses(mailbox) == {ONE: "SignatureOrHashSumWrongOrMissing"}
    (name,) = acknowledged(root)
    assert "MDC2" in (root / "acknowledgements" / name).read_text()


def test_what_is_listed_and_missing_and_what_is_there_and_not_listed(
    root: Path, mailbox: Mailbox
) -> None:
    messages = two_messages()
    listed = {ONE: messages[ONE], "4006381333955/4006381333955.xml": b"never sent"}
    a_batch(root, messages, manifest=a_manifest(listed))

    through(mailbox)

    assert statuses(mailbox)["4006381333955/4006381333955.xml"] == "ErnMissing"
    assert [message.message_id for message in Message.objects.all()] == ["M1"]
    assert [finding["code"] for finding in Parcel.objects.get().findings] == ["message-not-listed"]


@pytest.mark.parametrize("start", ["/", f"/{BATCH}/", f"sftp://store.example/in/{BATCH}/", "./"])
def test_urls_are_understood_however_they_begin(root: Path, mailbox: Mailbox, start: str) -> None:
    messages = {ONE: a_message("M1")}
    manifest = a_manifest(messages).replace(f"<URL>{ONE}".encode(), f"<URL>{start}{ONE}".encode())
    a_batch(root, messages, manifest=manifest)

    through(mailbox)

    assert [message.message_id for message in Message.objects.all()] == ["M1"]


def test_urls_do_not_lead_out_of_the_batch(root: Path, mailbox: Mailbox) -> None:
    put(root, {"secret.xml": a_message("SECRET")})
    messages = {ONE: a_message("M1")}
    manifest = a_manifest(messages).replace(f"<URL>{ONE}".encode(), b"<URL>../secret.xml")
    a_batch(root, messages, manifest=manifest)

    through(mailbox)

    assert not Message.objects.exists()
    assert "ErnMissing" in statuses(mailbox).values()


def test_an_end_of_sales_wins_over_an_update_in_the_same_batch(
    root: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    put(root / BATCH / "4006381333931", sounds(tmp_path / "studio"))
    a_batch(root, {ONE: a_takedown("T1", minute=1), "again/again.xml": a_message("M2", minute=9)})

    through(mailbox)

    states = dict(Message.objects.values_list("message_id", "state"))
    assert states["M2"] == Message.State.IGNORED
    assert Notice.objects.filter(code="set-aside", message__message_id="M2").exists()
    assert set(statuses(mailbox).values()) == {"FileOK"}


def test_a_batch_of_more_messages_than_one_may_have(
    root: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pennywhistle.apps.intake.ways.letters.MESSAGES_PER_BATCH_MAX", 1)
    a_batch(root, two_messages())

    through(mailbox)

    assert [finding["code"] for finding in Parcel.objects.get().findings] == ["batch-too-large"]
