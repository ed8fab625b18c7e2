"""Reading the whole database, so that a flipped bit is found before somebody needs the page.

The store's own server compares every page with its checksum, and is copied meanwhile. Of another
one, all tables are read, which meets what is damaged in them, and its indexes where the extension
amcheck is there and may be used.
"""

from __future__ import annotations

import logging
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg.conninfo import conninfo_to_dict

from pennywhistle.apps.media.models import DatabaseCheck
from pennywhistle.machine.postgres import Cluster, ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pennywhistle.machine.postgres.pages import BadPage

logger = logging.getLogger(__name__)

CHECKS_KEPT = 30
_SENTENCE_LENGTH_MAX = 500
# What PostgreSQL says of damage (internal and system errors), and of a table dropped meanwhile.
_DAMAGED, _GONE = ("XX", "58"), "42P01"
_GLOBAL_SPACE = 1664  # the oid of pg_global
_FILE = re.compile(r"(?:base/(?P<database>\d+)|global)/(?P<node>\d+)(?:_[a-z]+)?(?:\.\d+)?")
_PAGE = re.compile(r'block (?P<block>\d+) (?:of|in) (?:relation|file) "?(?P<file>[^"\s;,]+)')
_NAME = """
SELECT c.oid::regclass::text, coalesce(i.indrelid, t.oid)::regclass::text
FROM pg_class c
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_class t ON t.reltoastrelid = c.oid
WHERE c.oid = pg_filenode_relation(%s, %s)
  AND (%s IN ('', (SELECT oid::text FROM pg_database WHERE datname = current_database())))
"""
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND has_table_privilege(c.oid, 'SELECT')
ORDER BY c.oid
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam AND a.amname = 'btree'
JOIN pg_proc p ON p.oid = to_regprocedure('bt_index_check(regclass)')
WHERE c.relkind = 'i' AND i.indisvalid AND c.relpersistence <> 't'
  AND has_function_privilege(p.oid, 'EXECUTE')
ORDER BY i.indexrelid
"""
# PostgreSQL tries the same one again and again: nothing after it is brought before it.
_NOT_BROUGHT = """
SELECT last_failed_wal FROM pg_stat_archiver
WHERE last_failed_time > coalesce(last_archived_time, '-infinity')
"""
_READ, _CHECK = "SELECT sum(length(x::text)) FROM ONLY {} x", "SELECT bt_index_check('{}')"


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of the database that is not what was written.

    `name` is of the table, or of the index and its table; empty where nothing says whose file it
    is. `block` is None where a file cannot be read at all.
    """

    name: str
    file: str
    block: int | None


def check_database(*, now: datetime) -> DatabaseCheck:
    """Read the whole database, copy it if a folder for copies is named, and write down what is.

    Hours for a large one; nobody waits for it meanwhile. Not to be called within a transaction.
    """
    cluster = own_cluster()
    check = _by_tables(now) if cluster is None else _by_pages(cluster, now)
    check.save()
    kept = DatabaseCheck.objects.order_by("-checked_at", "-id")[:CHECKS_KEPT]
    DatabaseCheck.objects.exclude(id__in=list(kept.values_list("id", flat=True))).delete()
    for each in damages_of(check):
        logger.critical("The database is damaged: %s, %s, block %s", *asdict(each).values())
    if check.trouble:
        logger.error("The database was not all checked or copied: %s", check.trouble)
    return check


def last_check() -> DatabaseCheck | None:
    """The newest one; None: there was none yet."""
    return DatabaseCheck.objects.order_by("-checked_at", "-id").first()


def damages_of(check: DatabaseCheck | None) -> tuple[Damage, ...]:
    """What it found damaged."""
    return tuple(Damage(**each) for each in check.damaged) if check is not None else ()


def own_cluster() -> Cluster | None:
    """The store's own server, if it is what the database is; None: it is somebody else's."""
    copies = settings.DATABASE_COPY
    cluster = Cluster(Path(settings.DATA), copies=Path(copies) if copies else None)
    host = connection.get_connection_params().get("host", "")
    is_ours = cluster.is_running() and conninfo_to_dict(cluster.url())["host"] == host
    return cluster if is_ours else None


def _by_pages(cluster: Cluster, now: datetime) -> DatabaseCheck:
    check = DatabaseCheck(checked_at=now, how=DatabaseCheck.How.PAGES)
    bad: tuple[BadPage, ...] = ()
    try:
        if settings.DATABASE_COPY:
            try:
                bad = cluster.copy_pages(now=now)
                check.is_copied = not bad
            except (ClusterError, OSError) as error:
                check.trouble = str(error)[:_SENTENCE_LENGTH_MAX]
        if not check.is_copied and not bad:
            bad = cluster.read_pages()
    except ClusterError as error:
        check.trouble = str(error)[:_SENTENCE_LENGTH_MAX]
    if settings.DATABASE_COPY and not check.trouble:
        check.trouble = _changes_that_wait()
    check.damaged = [asdict(each) for each in _named(bad)]
    return check


def _changes_that_wait() -> str:
    """That the server does not bring its changes to the copies, and what to do; or nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_NOT_BROUGHT)
        row = cursor.fetchone()
    if row is None:
        return ""
    return (
        f"What changes no longer reaches the copies: the server cannot bring {row[0]}. Look at the "
        "last lines in DATA/postgres/log, and make room on the copies' disk, let the server's "
        f"account write there, or, if wal/{row[0]}.gz is another store's, name another folder."
    )


def _named(bad: Iterable[BadPage]) -> Iterator[Damage]:
    for page in bad:
        found = _FILE.fullmatch(page.file)
        name = ""
        if found is not None:
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    space = 0 if found["database"] else _GLOBAL_SPACE
                    asked = [space, int(found["node"]), found["database"] or ""]
                    cursor.execute(_NAME, asked)
                    names = cursor.fetchone() or ()
                name = " of ".join(filter(None, names))
            except DatabaseError as error:
                logger.warning("Nothing says whose file %s is: %s", page.file, error)
        yield Damage(name, page.file, page.block)


def _by_tables(now: datetime) -> DatabaseCheck:
    check = DatabaseCheck(checked_at=now, how=DatabaseCheck.How.TABLES)
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_checksums")
        (checksums,) = cursor.fetchone()
        cursor.execute(_TABLES)
        # As text, every value is read, also those that lie outside of their rows.
        questions = [(name, _READ) for (name,) in cursor]
        cursor.execute(_INDEXES)
        questions += [(name, _CHECK) for (name,) in cursor]
    if checksums != "on":
        check.trouble = "This server keeps no checksums of its pages: flipped bits are not found."
    found = [_damage_met(name, question) for name, question in questions]
    check.damaged = [asdict(each) for each in found if each is not None]
    return check


def _damage_met(name: str, question: str) -> Damage | None:
    """What reading a table or checking an index stumbled over."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # The catalog's own names, quoted by it where they need it.
            cursor.execute(question.format(name))
    except DatabaseError as error:
        state = str(getattr(error.__cause__, "sqlstate", ""))
        if state == _GONE:
            return None
        if not state.startswith(_DAMAGED):
            raise
        said = str(error)
        page = _PAGE.search(said)
        logger.error("Reading %s: %s", name, said)  # noqa: TRY400 the database's words are all
        return Damage(name, page["file"] if page else "", int(page["block"]) if page else None)
    return None
