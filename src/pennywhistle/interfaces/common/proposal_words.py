"""What a society proposes, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.apps.rights.actions import MandateTerms
from pennywhistle.apps.societies.proposals import member_of, proposed_by
from pennywhistle.interfaces.common.format import period_text, price_text
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.common.party_field import right_name
from pennywhistle.interfaces.common.world import territories_text
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from pennywhistle.apps.societies.models import Proposal


def proposal_text(proposal: Proposal) -> str:
    """What would be recorded, where and when."""
    proposed = proposed_by(proposal)
    extent = f"{territories_text(proposed.territories)}, {period_text(proposed.valid)}"
    if isinstance(proposed, MandateTerms):
        rights = ", ".join(str(right_name(right)) for right in proposed.rights)
        text = gettext("%(member)s joins: %(rights)s; %(extent)s")
        if proposed.is_exclusive:
            text = gettext("%(member)s joins exclusively: %(rights)s; %(extent)s")
        return text % {"member": member_of(proposal).name, "rights": rights, "extent": extent}
    tariff = proposed.tariff
    values = {
        "tariff": tariff.name,
        "percent": share_text(tariff.percent),
        "extent": extent,
        "source": proposed.source,
    }
    if not tariff.track_minimum_micro or not tariff.currency:
        return gettext("A license by %(tariff)s: %(percent)s; %(extent)s. %(source)s") % values
    least = price_text(Money(tariff.track_minimum_micro, tariff.currency))
    text = gettext(
        "A license by %(tariff)s: %(percent)s, at least %(least)s a track; %(extent)s. %(source)s"
    )
    return text % {**values, "least": least}
