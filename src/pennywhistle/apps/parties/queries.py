"""Reading the store's own choices."""

from django.db import connection

from pennywhistle.apps.parties.models import Store
from pennywhistle.machine.postgres.prepared import run_prepared

_STORE = """
SELECT id, name, currency, share_numerator, share_denominator, home_country, about
FROM parties_store WHERE id = 1
"""
_FIELDS = (
    *("id", "name", "currency", "share_numerator"),
    *("share_denominator", "home_country", "about"),
)


def the_store() -> Store:
    """The store's row, which every page asks for; one that was never set up has the defaults."""
    for row in run_prepared(connection, _STORE, ()):
        return Store.from_db("default", _FIELDS, row)
    return Store()
