"""Uploads with a key: resumed, never corrupted, and then like any other delivery."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from drops import GTIN, RELEASE, a_manifest, a_message, a_supplier, later, sounds, statuses, through
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.models import Mailbox, Message, SupplierKey
from pennywhistle.apps.intake.ways import uploads
from pennywhistle.apps.intake.ways.actions import (
    TooManyKeysError,
    create_key,
    open_mailbox,
    revoke_key,
)
from pennywhistle.apps.intake.ways.room import Piece
from pennywhistle.apps.intake.ways.sweeping import sweep_uploads
from pennywhistle.apps.intake.ways.upload_errors import ConflictError
from pennywhistle.apps.intake.ways.uploads import upload_of

pytestmark = pytest.mark.django_db
DATA = b"0123456789" * 100


class Program:
    """A supplier's program with a key."""

    def __init__(self, key: str) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"HTTP_AUTHORIZATION": f"Bearer {key}"}

    def put(
        self, path: str, data: bytes, *, at: int | None = None, of: int = 0, **more: str
    ) -> Any:
        headers = {**self.headers, **more}
        if at is not None:
            headers["HTTP_CONTENT_RANGE"] = f"bytes {at}-{at + len(data) - 1}/{of}"
        return self.client.generic("PUT", f"/deliveries/{path}", data, **headers)

    def get(self, path: str) -> Any:
        return self.client.get(f"/deliveries/{path}", **self.headers)

    def head(self, path: str) -> Any:
        return self.client.head(f"/deliveries/{path}", **self.headers)

    def complete(self, name: str) -> Any:
        return self.client.post(f"/deliveries/{name}/complete", **self.headers)


@pytest.fixture
def mailbox(settings: Any, tmp_path: Path) -> Mailbox:
    settings.DATA = tmp_path / "data"
    return open_mailbox(supplier_id=a_supplier().pk, location="upload", now=later(-60))


@pytest.fixture
def program(mailbox: Mailbox) -> Program:
    _, key = create_key(supplier_id=mailbox.supplier_id, label="robot", now=later(-60))
    return Program(key)


def refused(response: Any) -> tuple[int, str]:
    told = response.json()
    assert told["sentence"].endswith(".")
    return response.status_code, told["code"]


def test_a_release_is_uploaded_goes_on_sale_and_is_acknowledged(
    program: Program, mailbox: Mailbox, tmp_path: Path
) -> None:
    for path, data in {f"{GTIN}.xml": a_message(), **sounds(tmp_path)}.items():
        digest = hashlib.sha256(data).hexdigest()
        sent = program.put(f"{RELEASE}/{path}", data, HTTP_CONTENT_SHA256=digest)
        assert (sent.status_code, sent.json()["is_complete"]) == (201, True)
    assert program.get(RELEASE).json()["state"] == "waiting"
    assert program.complete(RELEASE).status_code == 200
    assert program.complete(RELEASE).status_code == 200
    # It need not wait for the clock.
    assert ProcrastinateJob.objects.filter(task_name="intake.look_into_mailbox").count() == 1

    through(mailbox, minutes=0)

    assert Release.objects.count() == 1
    told = program.get(RELEASE).json()
    assert (told["state"], told["messages"][0]["status"]) == ("done", "FileOK")
    (name,) = program.get("acknowledgements").json()["acknowledgements"]
    assert b"<FileStatus>FileOK</FileStatus>" in program.get(f"acknowledgements/{name}").content
    assert refused(program.get("acknowledgements/ACK_none.xml")) == (404, "not-there")


def test_an_upload_that_is_not_complete_is_not_read(program: Program, mailbox: Mailbox) -> None:
    program.put(f"{RELEASE}/{GTIN}.xml", a_message())

    through(mailbox, minutes=1000)

    assert not Message.objects.exists()


def test_a_batch_is_uploaded(program: Program, mailbox: Mailbox) -> None:
    messages = {"X/X.xml": a_message()}
    files = {**messages, "BatchComplete_7.xml": a_manifest(messages)}
    for path, data in files.items():
        program.put(f"N_7/{path}", data)
    program.complete("N_7")

    through(mailbox, minutes=0)

    assert list(statuses(mailbox)) == ["X/X.xml"]


def test_an_upload_that_was_cut_goes_on_where_it_was(program: Program, mailbox: Mailbox) -> None:
    cut = len(DATA) * 99 // 100
    first = program.put("N_1/a.flac", DATA[:cut], at=0, of=len(DATA))
    assert (first.status_code, first["Upload-Offset"]) == (202, str(cut))
    assert refused(program.complete("N_1")) == (409, "unfinished")

    assert program.head("N_1/a.flac")["Upload-Offset"] == str(cut)
    wrong = program.put("N_1/a.flac", DATA[cut + 1 :], at=cut + 1, of=len(DATA))
    assert refused(wrong) == (409, "wrong-offset")
    assert wrong.json()["offset"] == cut
    digest = hashlib.sha256(DATA).hexdigest()
    last = program.put("N_1/a.flac", DATA[cut:], at=cut, of=len(DATA), HTTP_CONTENT_SHA256=digest)

    assert last.status_code == 201
    assert program.complete("N_1").status_code == 200
    assert (upload_of(mailbox, "N_1").complete / "a.flac").read_bytes() == DATA


def test_a_connection_that_breaks_keeps_what_arrived(mailbox: Mailbox) -> None:
    def breaking() -> Iterator[bytes]:
        yield DATA[:400]
        raise OSError("the connection broke")

    upload = upload_of(mailbox, "N_1")
    with pytest.raises(OSError, match="broke"):
        uploads.put(upload, "a.flac", Piece(0, 1000, 1000), breaking())

    assert uploads.how_far(upload, "a.flac").offset == 400
    uploads.put(upload, "a.flac", Piece(400, 600, 1000), [DATA[400:]])
    assert (upload.begun / "a.flac").read_bytes() == DATA


def test_of_two_that_write_at_once_one_is_refused(mailbox: Mailbox) -> None:
    upload = upload_of(mailbox, "N_1")
    started, go_on = threading.Event(), threading.Event()

    def slowly() -> Iterator[bytes]:
        yield DATA[:500]
        started.set()
        assert go_on.wait(timeout=60)
        yield DATA[500:]

    def send() -> None:
        try:
            uploads.put(upload, "a.flac", Piece(0, 1000, 1000), slowly())
        finally:
            connections.close_all()

    first = threading.Thread(target=send)
    first.start()
    try:
        assert started.wait(timeout=60)
        with pytest.raises(ConflictError) as second:
            uploads.put(upload, "a.flac", Piece(0, 1000, 1000), [b"x" * 1000])
        with pytest.raises(ConflictError) as completing:
            uploads.complete(upload)
    finally:
        go_on.set()
        first.join(timeout=60)

    assert {second.value.code, completing.value.code} == {"busy"}
    assert (upload.begun / "a.flac").read_bytes() == DATA


def test_what_is_not_what_was_hashed_is_thrown_away(program: Program) -> None:
    sent = program.put("N_1/a.flac", DATA, HTTP_CONTENT_SHA256="00" * 32)

    assert refused(sent) == (409, "digest-differs")
    assert refused(program.get("N_1")) == (404, "not-there")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("N_1/../x", "name-refused"),
        ("N_1/a//b", "name-refused"),
        ("N_1/a%00b", "name-refused"),
        ("N_1/a%5Cb", "name-refused"),
        ("N_1/.hidden", "name-refused"),
        ("N_1/x.part", "name-refused"),
        ("N_1/a/b/c/d/e/f/g/h.flac", "name-refused"),
        ("N%7E1/x", "name-refused"),
        ("acknowledgements/x/y", "name-refused"),
    ],
)
def test_names_that_trick_are_refused(
    program: Program, mailbox: Mailbox, path: str, code: str
) -> None:
    # Django's client would tidy the path; a program of bad will would not.
    assert refused(program.put(path, DATA)) == (400, code)
    assert not list(uploads.uploads_of(mailbox).rglob("x*"))


def test_only_a_valid_key_opens_the_door(program: Program, mailbox: Mailbox) -> None:
    key, written = create_key(supplier_id=mailbox.supplier_id, label="other", now=later())
    assert key.key_sha256 == hashlib.sha256(written.encode()).hexdigest()
    assert written not in str(list(SupplierKey.objects.values()))
    other = Program(written)
    assert other.put("N_1/a.flac", DATA).status_code == 201
    revoke_key(key_id=key.pk, now=later())

    for stranger in (other, Program(""), Program("pwk_wrong"), Program("é")):
        answer = stranger.put("N_1/a.flac", DATA)
        assert refused(answer) == (401, "no-key")
        assert answer["WWW-Authenticate"] == "Bearer"
        assert refused(stranger.complete("N_1")) == (401, "no-key")
        assert refused(stranger.get("acknowledgements")) == (401, "no-key")
    assert program.get("N_1").status_code == 200


def test_a_supplier_sees_its_own_deliveries_only(program: Program) -> None:
    other = a_supplier("Tin Yard", "PADPIDA2026010102L")
    _, written = create_key(supplier_id=other.pk, label="x", now=later())
    stranger = Program(written)
    program.put("N_1/a.flac", DATA)
    assert refused(stranger.get("N_1")) == (404, "no-mailbox")
    open_mailbox(supplier_id=other.pk, location="upload", now=later())

    assert refused(stranger.get("N_1")) == (404, "not-there")
    assert refused(stranger.complete("N_1")) == (404, "not-there")


def test_keys_have_a_limit(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pennywhistle.apps.intake.ways.actions.KEYS_MAX", 1)
    create_key(supplier_id=mailbox.supplier_id, label="one", now=later())

    with pytest.raises(TooManyKeysError):
        create_key(supplier_id=mailbox.supplier_id, label="two", now=later())


def test_too_much_is_refused_before_it_is_read(program: Program, settings: Any) -> None:
    settings.UPLOAD_BYTES_MAX = 1500

    assert program.put("N_1/a.flac", DATA).status_code == 201
    assert refused(program.put("N_1/b.flac", DATA)) == (413, "too-large")


def test_too_many_deliveries_are_refused(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pennywhistle.apps.intake.ways.room.OPEN_UPLOADS_MAX", 1)

    assert program.put("N_1/a.flac", DATA).status_code == 201
    assert program.put("N_1/b.flac", DATA).status_code == 201
    assert refused(program.put("N_2/a.flac", DATA)) == (413, "too-large")


def test_a_full_disk_is_said(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pennywhistle.apps.intake.ways.room.FREE_BYTES_MIN", 10**18)

    assert refused(program.put("N_1/a.flac", DATA)) == (507, "no-space")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"CONTENT_LENGTH": ""}, 411, "length-missing"),
        ({"CONTENT_LENGTH": "-1"}, 411, "length-missing"),
        ({"HTTP_CONTENT_RANGE": "bytes 0-5"}, 400, "range-form"),
        ({"HTTP_CONTENT_RANGE": "bytes 0-5/1000"}, 400, "range-form"),
        ({"HTTP_CONTENT_RANGE": "bytes 900-1899/1000"}, 400, "range-form"),
        ({"HTTP_CONTENT_SHA256": "abc"}, 400, "sha256-form"),
    ],
)
def test_requests_that_do_not_say_enough(
    program: Program, headers: dict[str, str], status: int, code: str
) -> None:
    assert refused(program.put("N_1/a.flac", DATA, **headers)) == (status, code)


def test_a_complete_delivery_takes_nothing_more(program: Program) -> None:
    program.put("N_1/a.flac", DATA)
    program.complete("N_1")

    assert refused(program.put("N_1/b.flac", DATA)) == (409, "complete")


def test_a_file_cannot_be_a_folder(program: Program) -> None:
    program.put("N_1/a", DATA)

    assert refused(program.put("N_1/a/b.flac", DATA)) == (409, "name-taken")


def test_a_folder_cannot_be_a_file_and_leaves_nothing_unfinished(program: Program) -> None:
    program.put("N_1/a/b.flac", DATA)

    assert refused(program.put("N_1/a", DATA)) == (409, "name-taken")

    assert program.complete("N_1").status_code == 200


def test_a_name_that_leaves_no_room_for_its_ending_is_refused(program: Program) -> None:
    assert refused(program.put(f"N_1/{'a' * 255}", DATA)) == (400, "name-refused")


def test_what_is_complete_and_not_cleared_away_counts(program: Program, settings: Any) -> None:
    settings.UPLOAD_BYTES_MAX = 2 * len(DATA) - 1
    program.put("N_1/a.flac", DATA)
    program.complete("N_1")

    assert refused(program.put("N_2/a.flac", DATA)) == (413, "too-large")


def test_other_methods_are_not_taken(program: Program) -> None:
    for path in ("N_1", "N_1/a.flac", "acknowledgements", "acknowledgements/x"):
        answer = program.client.delete(f"/deliveries/{path}", **program.headers)
        assert refused(answer) == (405, "method")


def test_what_was_given_up_or_dealt_with_is_swept(program: Program, mailbox: Mailbox) -> None:
    program.put("N_1/a.flac", DATA)
    program.put(f"{RELEASE}/{GTIN}.xml", a_message())
    program.complete(RELEASE)
    through(mailbox, minutes=0)
    assert sweep_uploads(now=later()) == 0

    assert sweep_uploads(now=later(60 * 24 * 8)) == 2

    assert refused(program.get("N_1")) == (404, "not-there")
    assert refused(program.put(f"{RELEASE}/{GTIN}.xml", a_message())) == (409, "complete")
