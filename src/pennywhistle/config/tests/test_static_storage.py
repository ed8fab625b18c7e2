"""Addresses of static files are remembered until the files are collected anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pennywhistle.config.static_storage import RememberingStaticFilesStorage


def a_manifest(folder: Path, **paths: str) -> None:
    manifest = {"version": "1.1", "paths": paths, "hash": ""}
    (folder / "staticfiles.json").write_text(json.dumps(manifest))


def test_an_address_is_worked_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_manifest(tmp_path, **{"a.css": "a.111.css"})
    storage = RememberingStaticFilesStorage(location=tmp_path, base_url="/static/")
    assert storage.url("a.css") == "/static/a.111.css"

    monkeypatch.setattr(storage, "hashed_files", {"a.css": "a.222.css"})

    assert storage.url("a.css") == "/static/a.111.css"
    assert storage.url("a.css", force=True) == "/static/a.222.css"


def test_after_collecting_the_addresses_are_new(tmp_path: Path) -> None:
    a_manifest(tmp_path, **{"a.css": "a.111.css"})
    storage = RememberingStaticFilesStorage(location=tmp_path, base_url="/static/")
    storage.url("a.css")

    storage.hashed_files = {"a.css": "a.222.css"}
    storage.save_manifest()

    assert storage.url("a.css") == "/static/a.222.css"


def test_a_file_that_was_not_collected_has_no_address(tmp_path: Path) -> None:
    a_manifest(tmp_path, **{"a.css": "a.111.css"})
    storage = RememberingStaticFilesStorage(location=tmp_path, base_url="/static/")

    for _ in range(2):
        with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
            storage.url("b.css")
