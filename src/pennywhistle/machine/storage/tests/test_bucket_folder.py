"""A folder in a bucket behaves as one on a disk, and tells when the bucket is away."""

import hashlib
import os
import socket
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from pennywhistle.machine.storage import (
    BucketFolder,
    DamagedError,
    Folder,
    StoredFileMissingError,
    UnreachableError,
)
from pennywhistle.machine.storage.s3 import Prefix
from pennywhistle.machine.storage.signing import CredentialsMissingError, Signer

CONTENT = bytes(range(256)) * 5_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
KEY = f"{SHA256[:2]}/{SHA256}"
BUCKET = "record-store"
PATIENCE = timedelta(seconds=1)


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadedMotoServer]:
    """An S3 that lives in this process, on the loopback."""
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    asked = urllib.request.Request(f"http://{host}:{port}/{BUCKET}", method="PUT")
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200
    yield started
    started.stop()


@pytest.fixture
def endpoint(server: ThreadedMotoServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """An environment that leads to it."""
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT", address)
    return address


@pytest.fixture
def prefix(endpoint: str, tmp_path: Path) -> Prefix:
    assert endpoint
    return Prefix(f"s3://{BUCKET}/{tmp_path.name}/masters", patience=PATIENCE)


@pytest.fixture
def folder(prefix: Prefix, tmp_path: Path) -> BucketFolder:
    return BucketFolder(tmp_path / "working", prefix)


def another_machine(folder: BucketFolder, tmp_path: Path) -> BucketFolder:
    return BucketFolder(tmp_path / "elsewhere", folder.bucket)


def test_what_is_stored_is_in_the_bucket_and_here(folder: BucketFolder, tmp_path: Path) -> None:
    stored = folder.put([CONTENT[:1000], CONTENT[1000:]])
    elsewhere = another_machine(folder, tmp_path)

    assert (stored.sha256, stored.size_bytes) == (SHA256, len(CONTENT))
    assert folder.path(SHA256).read_bytes() == CONTENT
    assert elsewhere.here(SHA256) is None
    assert (elsewhere.has(SHA256), elsewhere.size_bytes(SHA256)) == (True, len(CONTENT))
    with elsewhere.open(SHA256) as file:
        assert file.read() == CONTENT
    assert elsewhere.here(SHA256) is not None


@pytest.mark.parametrize(("start", "end"), [(0, 1), (10, 600_000), (1_279_999, 1_280_000), (5, 5)])
def test_a_part_comes_straight_from_the_bucket(
    folder: BucketFolder, tmp_path: Path, start: int, end: int
) -> None:
    folder.put([CONTENT])
    elsewhere = another_machine(folder, tmp_path)

    assert b"".join(elsewhere.read_part(SHA256, start, end)) == CONTENT[start:end]
    assert elsewhere.here(SHA256) is None
    assert b"".join(folder.read_part(SHA256, start, end)) == CONTENT[start:end]


def test_what_is_not_there_is_missing(folder: BucketFolder) -> None:
    assert not folder.has(SHA256)
    with pytest.raises(StoredFileMissingError):
        folder.open(SHA256)
    with pytest.raises(StoredFileMissingError):
        folder.size_bytes(SHA256)
    with pytest.raises(StoredFileMissingError):
        folder.read_part(SHA256, 0, 1)
    with pytest.raises(StoredFileMissingError):
        folder.path("../../etc/passwd")


def test_what_is_removed_is_gone_from_both(folder: BucketFolder, tmp_path: Path) -> None:
    folder.put([CONTENT])
    folder.remove(SHA256)
    folder.remove(SHA256)

    assert not folder.has(SHA256)
    assert not another_machine(folder, tmp_path).has(SHA256)


def test_a_flipped_bit_in_the_bucket_is_found(folder: BucketFolder, tmp_path: Path) -> None:
    folder.put([CONTENT])
    folder.bucket.write(KEY, b"x" + CONTENT[1:])

    with pytest.raises(DamagedError):
        another_machine(folder, tmp_path).open(SHA256)
    assert another_machine(folder, tmp_path).here(SHA256) is None


def test_old_files_are_listed_by_what_the_bucket_says(folder: BucketFolder) -> None:
    folder.put([CONTENT])
    folder.bucket.write("notes.txt", b"of the operator")
    tomorrow_s = (datetime.now(UTC) + timedelta(days=1)).timestamp()

    assert list(folder.old_files(before_s=tomorrow_s)) == [[SHA256]]
    assert list(folder.old_files(before_s=0)) == []


def test_working_copies_go_by_use(folder: BucketFolder) -> None:
    kept = [folder.put([bytes([number]) * 1000]).sha256 for number in range(3)]
    for number, sha256 in enumerate(kept):
        place = folder.here(sha256)
        assert place is not None
        os.utime(place, (1_000_000 + number, 1_000_000 + number))
    folder.path(kept[0])

    assert folder.trim(size_bytes_max=2000) == 1
    assert [folder.here(sha256) is not None for sha256 in kept] == [True, False, True]
    assert all(folder.has(sha256) for sha256 in kept)


def test_a_bucket_that_is_away_is_told_and_loses_nothing(
    folder: BucketFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put([CONTENT])
    # Nobody listens there any more.
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{port}")
    away = BucketFolder(folder.root, Prefix(f"s3://{BUCKET}/x", patience=PATIENCE))
    elsewhere = BucketFolder(tmp_path / "empty", away.bucket)

    assert b"".join(away.read_part(SHA256, 0, 10)) == CONTENT[:10]
    with pytest.raises(UnreachableError):
        elsewhere.open(SHA256)
    with pytest.raises(UnreachableError):
        elsewhere.read_part(SHA256, 0, 10)
    with pytest.raises(UnreachableError):
        elsewhere.put([b"new"])
    assert not [path for path in elsewhere.root.rglob("*") if path.is_file()]


def test_a_folder_and_a_bucket_have_the_same_names(folder: BucketFolder, tmp_path: Path) -> None:
    folder.put([CONTENT])
    on_disk = Folder(tmp_path / "disk")
    on_disk.put([CONTENT])

    keys = [key.path for key in folder.bucket.keys("")]
    assert keys == [str(on_disk.path(SHA256).relative_to(on_disk.root))]


NOW = datetime(2026, 11, 22, 8, 30, 5, tzinfo=UTC)
HEADERS = ("audio/flac", "attachment; filename*=utf-8''07%20Gr%C3%B6%C3%9Fe.flac")


def test_a_signed_address_is_what_amazons_own_client_signs(
    folder: BucketFolder, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Then(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return NOW if tz else NOW.replace(tzinfo=None)

        @classmethod
        def utcnow(cls) -> datetime:
            return NOW.replace(tzinfo=None)

    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: Then.utcnow())
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    wanted = {
        "Bucket": BUCKET,
        "Key": f"{folder.bucket.prefix}/{KEY}",
        "ResponseContentType": HEADERS[0],
        "ResponseContentDisposition": HEADERS[1],
    }
    theirs = client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=21_600)

    signer = Signer("key", "secret", "eu-central-1", endpoint)
    ours = signer.address(folder.bucket, KEY, now=NOW, expires=timedelta(hours=6), headers=HEADERS)

    assert urlsplit(ours).path == urlsplit(theirs).path
    assert sorted(parse_qsl(urlsplit(ours).query)) == sorted(parse_qsl(urlsplit(theirs).query))


def test_whoever_has_the_address_gets_the_file_with_its_name(
    folder: BucketFolder, endpoint: str
) -> None:
    folder.put([CONTENT])
    signer = Signer("key", "secret", "eu-central-1", endpoint)
    address = signer.address(
        folder.bucket, KEY, now=datetime.now(UTC), expires=timedelta(hours=1), headers=HEADERS
    )

    asked = urllib.request.Request(address, headers={"Range": "bytes=10-19"})
    with urllib.request.urlopen(asked) as answer:
        assert (answer.status, answer.read()) == (206, CONTENT[10:20])


def test_without_credentials_nothing_is_signed() -> None:
    with pytest.raises(CredentialsMissingError):
        Signer.of({"AWS_ACCESS_KEY_ID": "key"})
    amazon = Signer.of({"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"})
    prefix = Prefix("s3://record-store/masters")
    address = amazon.address(prefix, KEY, now=NOW, expires=timedelta(hours=1))
    assert address.startswith(f"https://record-store.s3.us-east-1.amazonaws.com/masters/{KEY}?")
