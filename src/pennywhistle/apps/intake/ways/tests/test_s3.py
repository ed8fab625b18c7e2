"""An S3 prefix is a place like a folder: the same messages go the same way."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from drops import (
    BATCH,
    GTIN,
    RELEASE,
    a_mailbox,
    a_manifest,
    a_message,
    later,
    sounds,
    statuses,
    through,
)
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.models import Arrival, Mailbox, Message
from pennywhistle.apps.intake.ways.actions import MailboxError, look_into, open_mailbox
from pennywhistle.apps.intake.ways.place import ChangedError, Entry
from pennywhistle.apps.intake.ways.s3_place import S3Place
from pennywhistle.machine.storage import s3

pytestmark = pytest.mark.django_db
BUCKET = "copper-yard"
ADDRESS = f"s3://{BUCKET}/in"


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadedMotoServer]:
    """An S3 that lives in this process, on the loopback."""
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def bucket(server: ThreadedMotoServer, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    """An empty bucket, and an environment that leads to it."""
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT": f"http://{host}:{port}",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    plain = S3Store(BUCKET, client_options={"allow_http": True})
    _make(host, port)
    for page in obstore.list(plain):
        for item in page:
            obstore.delete(plain, item["path"])
    return plain


def _make(host: str, port: int) -> None:
    asked = urllib.request.Request(f"http://{host}:{port}/{BUCKET}", method="PUT")
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200


def send(bucket: S3Store, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        obstore.put(bucket, f"in/{path}", data)


def under(name: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{name}/{path}": data for path, data in files.items()}


def written(bucket: S3Store) -> list[str]:
    pages = obstore.list(bucket, prefix="in/acknowledgements")
    return [item["path"].rpartition("/")[2] for page in pages for item in page]


@pytest.fixture
def mailbox(bucket: S3Store) -> Mailbox:
    return a_mailbox(ADDRESS)


def test_a_release_and_a_batch_arrive_and_are_acknowledged(
    bucket: S3Store, mailbox: Mailbox, tmp_path: Path
) -> None:
    message = {f"{GTIN}.xml": a_message()}
    send(bucket, under(RELEASE, {**message, **sounds(tmp_path)}))
    batch = {"X/X.xml": a_message("M2", minute=1, gtin="4006381333948")}
    mark = f"BatchComplete_{BATCH.partition('_')[2]}.xml"
    send(bucket, under(BATCH, {**batch, mark: a_manifest(batch)}))
    send(bucket, {"N_empty_20260201100000000/": b""})

    through(mailbox)
    look_into(mailbox_id=mailbox.pk, now=later(30))

    # The second names recordings of the first, and needs no files.
    assert Release.objects.count() == 2
    assert statuses(mailbox) == {f"{GTIN}.xml": "FileOK", "X/X.xml": "FileOK"}
    assert len(written(bucket)) == 2


def test_a_bucket_that_is_gone_for_an_hour_doubles_nothing(
    bucket: S3Store, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(bucket, under(RELEASE, {f"{GTIN}.xml": a_message()}))
    look_into(mailbox_id=mailbox.pk, now=later(5))
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
        for minutes in (6, 65):
            found = look_into(mailbox_id=mailbox.pk, now=later(minutes))
            assert found.trouble
    mailbox.refresh_from_db()
    assert mailbox.trouble_since is not None

    through(mailbox, minutes=70)

    mailbox.refresh_from_db()
    assert mailbox.trouble == ""
    assert (Message.objects.count(), Arrival.objects.count()) == (1, 1)
    assert len(written(bucket)) == 1


def test_keys_that_are_no_paths_refuse_the_parcel(bucket: S3Store, mailbox: Mailbox) -> None:
    send(bucket, under(RELEASE, {f"{GTIN}.xml": a_message(), "a\\b.flac": b"x"}))

    through(mailbox)

    assert statuses(mailbox) == {"": "unsafe-file"}


def test_an_object_that_changed_since_it_was_listed_is_not_read(bucket: S3Store) -> None:
    send(bucket, under(RELEASE, {"a.xml": b"first"}))
    place = S3Place(s3.Prefix(ADDRESS))
    (entry,) = place.entries(RELEASE)
    assert b"".join(place.read(RELEASE, entry)) == b"first"
    send(bucket, under(RELEASE, {"a.xml": b"other"}))

    with pytest.raises(ChangedError):
        list(place.read(RELEASE, entry))
    with pytest.raises(ChangedError):
        list(place.read(RELEASE, Entry("gone.xml", 1, "", later())))


def test_addresses_have_a_form(bucket: S3Store, mailbox: Mailbox) -> None:
    for address in ("s3://", "s3://A B/x", "s3:///in"):
        with pytest.raises(MailboxError):
            open_mailbox(supplier_id=mailbox.supplier_id, location=address, now=later())
    again = open_mailbox(supplier_id=mailbox.supplier_id, location=f"{ADDRESS}/", now=later())
    assert again == mailbox
