"""The log over HTTP: files that any mirror could serve, kept by caches as they may be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from builders import NOON, a_store
from pennywhistle.apps.proof import log as proof_log
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.log import the_log
from pennywhistle.apps.proof.models import Leaf
from pennywhistle.apps.proof.signing import create_keys, the_signing_log
from pennywhistle.engines.tlog.checkpoint import open_checkpoint
from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey
from pennywhistle.engines.tlog.policy import parse_policy
from pennywhistle.engines.tlog.records import EntryLeaf
from pennywhistle.engines.tlog.tiles import TileReader

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def log(tmp_path: Path, settings: SettingsWrapper) -> proof_log.Log:
    settings.DATA, settings.KEYS = tmp_path / "data", tmp_path / "keys"
    create_keys(now=NOON)
    a_store()
    Leaf.objects.bulk_create(
        Leaf(log_index=index, record=EntryLeaf("E", 1, index.to_bytes(32, "big")).encode())
        for index in range(300)
    )
    work.publish(log=the_signing_log())
    return the_log()


def fetched(path: str) -> bytes:
    answer = Client().get(f"/log/{path}")
    if answer.status_code == 404:
        raise KeyError(path)
    return b"".join(answer) if answer.streaming else answer.content


def test_a_stranger_reads_the_whole_tree(log: proof_log.Log) -> None:
    for key in log.verifiers:
        head = open_checkpoint(fetched("checkpoint"), keys=[key], origin=log.origin)
        assert (head.size, TileReader(fetched, head.size).root()) == (300, head.root)


def test_addresses_are_the_paths_of_files_that_a_mirror_could_serve(log: proof_log.Log) -> None:
    files = [path for path in log.folder.root.rglob("*") if path.is_file()]

    assert len(files) >= 6
    for file in files:
        assert fetched(str(file.relative_to(log.folder.root))) == file.read_bytes()


def test_tiles_are_kept_for_ever_and_the_checkpoint_is_asked_for_again() -> None:
    for path in ("tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000"):
        answer = Client().get(f"/log/{path}")
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Content-Type"] == "application/octet-stream"
    checkpoint = Client().get("/log/checkpoint")
    assert checkpoint["Cache-Control"] == "public, no-cache"
    assert checkpoint["Content-Type"] == "text/plain; charset=utf-8"
    again = Client().get("/log/checkpoint", headers={"If-None-Match": checkpoint["ETag"]})
    assert again.status_code == 304


def test_nothing_in_an_answer_is_about_the_visitor() -> None:
    for path in ("/log/tile/0/000", "/log/checkpoint", "/.well-known/tlog-policy"):
        answer = Client().get(path)
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in answer
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")


def test_a_part_of_a_tile_can_be_fetched() -> None:
    answer = Client().get("/log/tile/0/000", headers={"Range": "bytes=32-63"})

    assert answer.status_code == 206
    assert b"".join(answer) == fetched("tile/0/000")[32:64]


def test_the_policy_names_every_key_and_the_witnesses(
    log: proof_log.Log, tmp_path: Path, settings: SettingsWrapper
) -> None:
    key = CosigningKey.generate("w.example", CosignatureKind.ML_DSA_44).verifier
    line = f"witness w {key.to_text()} https://w.example\nquorum w\n"
    (tmp_path / "policy").write_text(line)

    bare = Client().get("/.well-known/tlog-policy").content
    assert parse_policy(bare).asks_nobody
    assert parse_policy(bare).log_keys == list(log.verifiers)
    assert b"No witness watches this log" in bare
    assert "it has no witnesses yet" in Client().get(reverse("about")).content.decode()

    settings.WITNESS_POLICY = str(tmp_path / "policy")
    told = parse_policy(Client().get("/.well-known/tlog-policy").content)
    assert (told.quorum, told.witnesses[0].key) == ("w", key)
    page = Client().get(reverse("about")).content.decode()
    assert "1 of 1 must sign: w.example" in page
    assert "/.well-known/tlog-policy" in page
