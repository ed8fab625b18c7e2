"""Migrations leave the same database whether Django applies them or the store's own command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from pennywhistle.machine.postgres import Cluster, roles

PLAIN = """
import django
django.setup()
from django.core.management import call_command
from django.core.management.commands.migrate import Command
call_command(Command(), verbosity=0)
"""
EVERYTHING = {
    "columns": """
        SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
               column_default, is_identity, collation_name, generation_expression
        FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
        FROM pg_trigger WHERE NOT tgisinternal
    """,
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND probin IS NULL
    """,
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "migrations": "SELECT app, name FROM django_migrations",
}


@pytest.mark.drill
def test_our_migrate_leaves_what_djangos_leaves(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "data", settings={"fsync": "off"})
    cluster.start()
    try:
        made = {}
        for name, words in {
            "ours": ["-m", "django", "migrate", "-v0"],
            "plain": ["-c", PLAIN],
        }.items():
            admin = cluster.url(roles.ADMIN_DATABASE, role=roles.ADMIN)
            with psycopg.connect(admin, autocommit=True) as server:
                server.execute(f"CREATE DATABASE {name} OWNER {roles.STORE}")
            environment = os.environ | {"DATABASE_URL": cluster.url(name)}
            subprocess.run([sys.executable, *words], env=environment, check=True)
            with psycopg.connect(cluster.url(name)) as store:
                made[name] = {
                    kind: sorted(map(repr, store.execute(query).fetchall()))
                    for kind, query in EVERYTHING.items()
                }
    finally:
        cluster.stop()

    assert all(made["plain"].values())
    for kind, found in made["plain"].items():
        assert made["ours"][kind] == found
