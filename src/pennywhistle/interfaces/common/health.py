"""What a load balancer and a monitor ask: `/livez` and `/readyz`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpResponse, JsonResponse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from pennywhistle.apps.media.database_checks import damages_of, last_check
from pennywhistle.apps.media.models import StoredMaster
from pennywhistle.apps.proof.queries import oldest_waiting_at

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
@login_not_required
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; it asked nobody else."""
    del request
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve: its database answers and has this version's tables.

    `log_lag_s` tells how long the oldest sale has waited for its place in the log. It makes
    nobody unready: the shop sells on while the sequencer is down. Neither does `masters_lost`, how
    many masters are damaged without a copy: they are not sold. `database_damaged` counts places of
    the database that were found damaged the last time that all of it was read; `database_trouble`
    says whether it could not all be read or copied then, or its changes do not reach the copies.
    """
    del request
    try:
        missing = len(_migrations_of_this_version() - _migrations_applied())
        waiting_since = None if missing else oldest_waiting_at()
        lost = 0 if missing else StoredMaster.objects.lost().count()
        check = None if missing else last_check()
    except DatabaseError:
        return JsonResponse({"database": False}, status=503)
    lag_s = (now() - waiting_since).total_seconds() if waiting_since else 0
    answer = {
        "database": True,
        "migrations_missing": missing,
        "log_lag_s": max(0, int(lag_s)),
        "masters_lost": lost,
        "database_damaged": len(damages_of(check)),
        "database_trouble": bool(check and check.trouble),
    }
    return JsonResponse(answer, status=503 if missing else 200)


@cache
def _migrations_of_this_version() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None)
    assert loader.disk_migrations is not None
    return frozenset(loader.disk_migrations)


def _migrations_applied() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())
