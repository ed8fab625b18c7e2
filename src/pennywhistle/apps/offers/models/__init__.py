"""Campaigns with their codes, and bundles."""

from pennywhistle.apps.offers.models.bundles import Bundle, BundledRelease
from pennywhistle.apps.offers.models.codes import Campaign, CampaignRelease, Code, Redemption

__all__ = ["Bundle", "BundledRelease", "Campaign", "CampaignRelease", "Code", "Redemption"]
