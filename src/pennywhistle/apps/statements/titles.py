"""What the items of sales are called: a sale names them by `release:<id>` and `track:<id>`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.contracts.models import Contract
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class ItemName:
    """An item as people call it; `release` is empty for a release itself."""

    title: str
    artist_line: str
    release: str = ""


def names_of(items: Iterable[str]) -> Mapping[str, ItemName]:
    """The names of these items, in a fixed number of queries; what is gone is called by ref.

    An entry without an item is no sale: what a payee gets by it was held or unclaimed before. A
    distribution is named by its society.
    """
    wanted = set(items)
    names = {item: ItemName(item or gettext("Money that was kept apart"), "") for item in wanted}
    payouts = (item for item in wanted if item.startswith("payout:"))
    names |= {item: ItemName(gettext("Payout"), "") for item in payouts}
    releases = Release.objects.filter(public_id__in=_ids(wanted, "release"))
    for public_id, title, artist_line in releases.values_list("public_id", "title", "artist_line"):
        names[f"release:{public_id}"] = ItemName(title, artist_line)
    tracks = Track.objects.filter(public_id__in=_ids(wanted, "track"))
    for public_id, *words in tracks.values_list(
        "public_id", "title", "artist_line", "release__title"
    ):
        names[f"track:{public_id}"] = ItemName(*words)
    societies = Party.objects.filter(public_id__in=_ids(wanted, "distribution"))
    for public_id, name in societies.values_list("public_id", "name"):
        said = gettext("Distribution by %(society)s") % {"society": name}
        names[f"distribution:{public_id}"] = ItemName(said, name)
    contracts = Contract.objects.filter(public_id__in=_ids(wanted, "contract"))
    for public_id, name, payer in contracts.values_list("public_id", "name", "payer__name"):
        said = gettext("Contract: %(name)s") % {"name": name}
        names[f"contract:{public_id}"] = ItemName(said, payer)
    return names


def _ids(items: Iterable[str], kind: str) -> list[str]:
    parts = (item.partition(":") for item in items)
    return [public_id for found, _, public_id in parts if found == kind]
