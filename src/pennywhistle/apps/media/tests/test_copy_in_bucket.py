"""The second storage may be a bucket: copies go there, and masters come back from there."""

from __future__ import annotations

import os
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from moto.server import ThreadedMotoServer

from pennywhistle.apps.media.second_copy import second_copy
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHA256 = "ab" * 32


@pytest.fixture
def _bucket(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """An S3 of this process, on the loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT": f"http://{host}:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    asked = urllib.request.Request(f"http://{host}:{port}/second-store", method="PUT")
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200
    settings.MASTERS_COPY = "s3://second-store/masters"
    yield
    server.stop()


@pytest.mark.usefixtures("_bucket")
def test_what_is_written_to_a_bucket_is_read_from_it(tmp_path: Path) -> None:
    content = os.urandom(12_000_000)
    (tmp_path / "master").write_bytes(content)
    second = second_copy()
    assert second is not None
    assert second.size_bytes(SHA256) is None
    with pytest.raises(StoredFileMissingError):
        b"".join(second.read(SHA256))

    second.write(SHA256, tmp_path / "master")

    assert second.size_bytes(SHA256) == len(content)
    assert b"".join(second.read(SHA256)) == content


def test_without_the_setting_there_is_no_second_storage(settings: Any) -> None:
    settings.MASTERS_COPY = ""

    assert second_copy() is None
