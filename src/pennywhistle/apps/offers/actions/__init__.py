"""Making and ending offers, and buying by them."""

from pennywhistle.apps.offers.actions.bundles import BundleAsked, close_bundle, make_bundle
from pennywhistle.apps.offers.actions.campaigns import (
    CampaignAsked,
    add_code,
    add_single_codes,
    close_campaign,
    make_campaign,
)
from pennywhistle.apps.offers.actions.purchase import PurchaseAsked, buy

__all__ = [
    "BundleAsked",
    "CampaignAsked",
    "PurchaseAsked",
    "add_code",
    "add_single_codes",
    "buy",
    "close_bundle",
    "close_campaign",
    "make_bundle",
    "make_campaign",
]
