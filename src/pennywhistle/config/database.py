"""A libpq address in Django's words."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict


def database_of(url: str) -> dict[str, Any]:
    """Django's settings for DATABASE_URL; what libpq knows besides goes to it unchanged."""
    known: dict[str, Any] = dict(conninfo_to_dict(url))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known.pop("dbname", "pennywhistle"),
        "USER": known.pop("user", ""),
        "PASSWORD": known.pop("password", ""),
        "HOST": known.pop("host", ""),
        "PORT": known.pop("port", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Compiling a statement takes longer than running any of ours: the recursive ones look
        # dear to the planner and read a few rows.
        "OPTIONS": {"options": "-c jit=off", **known},
    }
