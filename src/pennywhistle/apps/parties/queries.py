"""Reading the store's own choices, and finding parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q

from pennywhistle.apps.parties.models import Membership, Party, Store
from pennywhistle.kernel.identifiers import (
    IDENTIFIER_CLASSES,
    IdentifierInvalidError,
    parse_identifier,
)
from pennywhistle.machine.postgres.prepared import run_prepared

if TYPE_CHECKING:
    from django.db.models import QuerySet

PARTIES_PER_PAGE = 50
# Schemes of parties; the others are of works, recordings and releases.
PARTY_SCHEMES = ("ipi-name", "ipi-base", "isni", "dpid", "cisac")

_STORE = """
SELECT id, name, currency, share_numerator, share_denominator, adds_subsidy, home_country, about
FROM parties_store WHERE id = 1
"""
_STORE_FIELDS = (
    *("id", "name", "currency", "share_numerator"),
    *("share_denominator", "adds_subsidy", "home_country", "about"),
)


def the_store() -> Store:
    """The store's row, which every page asks for; one that was never set up has the defaults."""
    for row in run_prepared(connection, _STORE, ()):
        return Store.from_db("default", _STORE_FIELDS, row)
    return Store()


def acted_for_alike(*, party_id: int) -> set[int]:
    """The party, and all for whom somebody acts who acts for it as well."""
    people = Membership.objects.filter(party_id=party_id).values("user_id")
    alike = Membership.objects.filter(user_id__in=people).values_list("party_id", flat=True)
    return {party_id, *alike}


def find_parties(*, text: str, after: Party | None = None) -> list[Party]:
    """A page of parties and one more, by name: all, or those of whom `text` speaks.

    `text` is a part of a name, a public id, or a number (IPI, ISNI, DPID) as people write it.
    Their identifiers are read with them; two queries.
    """
    found = Party.objects.prefetch_related("partyidentifier_set").order_by("name", "id")
    if text:
        found = found.filter(Q(name__icontains=text) | _by_number(text))
    if after is not None:
        found = found.filter(Q(name__gt=after.name) | Q(name=after.name, id__gt=after.pk))
    return list(found[: PARTIES_PER_PAGE + 1])


def parties_meant(said: str) -> list[Party]:
    """Whom a person means: by a public id or a number exactly one, by a name all who have it."""
    numbered = list(Party.objects.filter(_by_number(said)).distinct()[:1])
    return numbered or list(Party.objects.filter(name=said).order_by("id")[:PARTIES_PER_PAGE])


def _by_number(text: str) -> Q:
    known: QuerySet[Party] = Party.objects.filter(public_id=text)
    found = Q(id__in=known.values("id"))
    for scheme in PARTY_SCHEMES:
        value = _number(scheme, text)
        if value:
            found |= Q(partyidentifier__scheme=scheme, partyidentifier__value=value)
    return found


def _number(scheme: str, text: str) -> str:
    assert scheme in IDENTIFIER_CLASSES
    try:
        return parse_identifier(scheme, text).value
    except IdentifierInvalidError:
        return ""
