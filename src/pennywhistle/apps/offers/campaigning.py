"""What a campaign takes off, of what, and how much of the store's money at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.engines.clearance import Discount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.offers.models import Campaign, Outlay
    from pennywhistle.apps.rights.refs import ItemRef

CAMPAIGN = "campaign"


def outlay_of(campaign: Campaign) -> Outlay | None:
    """How much a campaign may cost; None where nobody said."""
    found: Outlay | None = getattr(campaign, "outlay", None)
    return found


def campaign_discount(campaign: Campaign) -> Discount:
    """What clearance is told of a purchase with a code: the same for all codes of a campaign.

    Which code it was stands in the redemption, so that a thousand codes make no thousand verdicts.
    """
    giver = campaign.supplier.name if campaign.supplier else the_store().name
    return Discount(
        campaign.pk,
        CAMPAIGN,
        campaign.title,
        campaign.supplier_id,
        giver,
        part=campaign.part,
    )


def listed_by(campaigns: Sequence[Campaign]) -> dict[int, frozenset[int]]:
    """The releases of each campaign that lists some."""
    return {
        campaign.pk: frozenset(campaign.listed.values_list("release_id", flat=True))
        for campaign in campaigns
        if campaign.is_listed
    }


def suppliers_of(refs: Sequence[ItemRef]) -> dict[int, int]:
    """Who supplies each item's release."""
    rows = Release.objects.filter(id__in={ref.release_id for ref in refs})
    return dict(rows.values_list("id", "supplier_id"))
