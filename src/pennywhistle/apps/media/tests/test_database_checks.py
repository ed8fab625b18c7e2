"""The whole database is read, and what is damaged is named by table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection

from builders import NOON
from pennywhistle.apps.media.database_checks import (
    CHECKS_KEPT,
    Damage,
    _by_pages,
    _named,
    check_database,
    damages_of,
    last_check,
)
from pennywhistle.apps.media.models import DatabaseCheck
from pennywhistle.machine.postgres import Cluster
from pennywhistle.machine.postgres.pages import BadPage

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

pytestmark = pytest.mark.django_db


class Copied(Cluster):
    """A server of which a copy was just made."""

    def copy_pages(self, *, now: datetime) -> tuple[BadPage, ...]:
        del now
        return ()


def paths_of(*relations: str) -> list[str]:
    """Where they lie, and last where the large values of the first do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_filepath(unnest(%s::regclass[]))", [list(relations)])
        paths = [path for (path,) in cursor]
        cursor.execute(
            "SELECT reltoastrelid::regclass::text, pg_relation_filepath(reltoastrelid)"
            " FROM pg_class WHERE oid = %s::regclass",
            [relations[0]],
        )
        return [*paths, *cursor.fetchone()]


def test_of_somebody_elses_server_all_tables_are_read_and_the_last_checks_are_kept() -> None:
    old = DatabaseCheck(checked_at=NOON, how="tables", damaged=[])
    DatabaseCheck.objects.bulk_create([old] * (CHECKS_KEPT + 2))

    check = check_database(now=NOON)

    assert (check.how, check.is_copied, check.damaged, check.trouble) == ("tables", False, [], "")
    assert DatabaseCheck.objects.count() == CHECKS_KEPT
    assert last_check() == check


def test_a_file_is_named_by_its_table_and_index() -> None:
    table, index, roles, toast, outside = paths_of("media_master", "media_master_pkey", "pg_authid")
    bad = [
        BadPage(table, 3),
        BadPage(f"{index}.1", 0),
        BadPage(f"{outside}_vm", 1),
        BadPage(roles, None),
        BadPage("base/1/1259", 2),
        BadPage("pg_xact/0000", 0),
    ]

    assert [(each.name, each.block) for each in _named(bad)] == [
        ("media_master", 3),
        ("media_master_pkey of media_master", 0),
        (f"{toast} of media_master", 1),
        ("pg_authid", None),
        ("", 2),
        ("", 0),
    ]


def test_what_was_damaged_reads_back_as_it_was_written() -> None:
    DatabaseCheck.objects.create(
        checked_at=NOON,
        how="pages",
        damaged=[{"name": "media_master", "file": "base/5/9", "block": 3}],
    )

    assert damages_of(last_check()) == (Damage("media_master", "base/5/9", 3),)


@pytest.mark.parametrize(
    ("failed", "brought", "is_told"),
    [
        ("2026-11-22", None, True),
        ("2026-11-22", "2026-11-21", True),
        ("2026-11-22", "2026-11-23", False),
        (None, None, False),
    ],
)
def test_it_is_told_that_changes_do_not_reach_the_copies(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    failed: str | None,
    brought: str | None,
    *,
    is_told: bool,
) -> None:
    monkeypatch.setattr(settings, "DATABASE_COPY", str(tmp_path))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE pg_stat_archiver ON COMMIT DROP AS SELECT"
            " '000000010000000000000007'::text AS last_failed_wal,"
            " %s::timestamptz AS last_failed_time, %s::timestamptz AS last_archived_time",
            [failed, brought],
        )

    check = _by_pages(Copied(tmp_path), NOON)

    assert check.is_copied
    assert ("000000010000000000000007" in check.trouble) == is_told == bool(check.trouble)
