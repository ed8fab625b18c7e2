"""Part 3, the Basic Audio Profile 1.4 in blocks: downloads told to a society or a publisher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.dsr.blocks import Profile, report_in_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.dsr.facts import Heading, Product, Use

_PROFILE = Profile(
    name="BasicAudioProfile",
    version="1.4",
    message="dsrf/1.3/1.4.1/1.5",
    summary="SY01.03",
    release="RE01.03",
    resource="AS01.03",
    resource_with_work="AS02.04",
    work="MW01.03",
    sales="SU01.03",
)


def basic_report(heading: Heading, products: Sequence[Product], uses: Sequence[Use]) -> bytes:
    """The report as a file: SY01.03 a context, then RE01.03, AS02.04 and SU01.03 in blocks."""
    return report_in_blocks(_PROFILE, heading, products, uses)
