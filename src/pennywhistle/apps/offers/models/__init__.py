"""Campaigns with their codes and what they may cost, and bundles."""

from pennywhistle.apps.offers.models.bundles import Bundle, BundledRelease
from pennywhistle.apps.offers.models.codes import Campaign, CampaignRelease, Code, Redemption
from pennywhistle.apps.offers.models.outlays import Outlay

__all__ = [
    "Bundle",
    "BundledRelease",
    "Campaign",
    "CampaignRelease",
    "Code",
    "Outlay",
    "Redemption",
]
