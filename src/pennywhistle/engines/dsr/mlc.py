"""Part 11, the Basic Audio Profile for The Mechanical Licensing Collective 1.0: sales in the US."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.dsr.blocks import Profile, report_in_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.dsr.facts import Heading, Product, Use

TERRITORY = "US"
_PROFILE = Profile(
    name="BasicAudioProfileMLC",
    version="1.0",
    message="dsrf/1.3/1.4.1/1.4",
    summary="SY12",
    release="RE04",
    resource="AS05",
    resource_with_work="AS06",
    work="MW02",
    sales="SU01.02",
    tells_content_cost=True,
)


def mlc_report(heading: Heading, products: Sequence[Product], uses: Sequence[Use]) -> bytes:
    """The report as a file: SY12, then RE04, AS06 and SU01 in blocks; of the US alone."""
    assert all(use.context.territory == TERRITORY for use in uses), "its license is of the US"
    return report_in_blocks(_PROFILE, heading, products, uses)
