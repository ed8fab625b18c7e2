"""The whole database is read, and what is damaged is named by table."""

import pytest
from django.db import connection

from builders import NOON
from pennywhistle.apps.media.database_checks import (
    CHECKS_KEPT,
    Damage,
    _named,
    check_database,
    damages_of,
    last_check,
)
from pennywhistle.apps.media.models import DatabaseCheck
from pennywhistle.machine.postgres.pages import BadPage

pytestmark = pytest.mark.django_db


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
