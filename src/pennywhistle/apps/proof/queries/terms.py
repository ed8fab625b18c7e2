"""The terms that were published before a sale, opened for its receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.proof.models import Announcement
from pennywhistle.engines.tlog.announced import AnnouncedLeaf
from pennywhistle.engines.tlog.merkle import Tree
from pennywhistle.engines.tlog.terms import TermsArea, TermsOpening
from pennywhistle.engines.tlog.terms_checks import are_terms_of
from pennywhistle.engines.tlog.tiles import decode_bundle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.proof.queries.openings import LogHead
    from pennywhistle.engines.tlog.records import Line

# Terms that just changed may be announced a moment after the first sale by them.
_LOOKED_AT = 3


def terms_before(
    *, head: LogHead, index: int, lines: Sequence[Line], buyer: int
) -> TermsOpening | None:
    """The newest published terms before the sale at `index` that it was made by.

    None where it was not made by any: terms are announced a moment after they change, and a sale
    in between has none of its own. Its receipt then shows nothing of terms, and says nothing.
    """
    announced = Announcement.objects.filter(
        kind=Announcement.Kind.TERMS, subject=lines[0].item, leaf__log_index__lt=index
    )
    newest = announced.select_related("leaf").order_by("-leaf__log_index")[:_LOOKED_AT]
    for announcement in newest:
        areas = [TermsArea.decode(data) for data in decode_bundle(bytes(announcement.document))]
        for place, area in enumerate(areas):
            if are_terms_of(area, lines, buyer=buyer):
                leaf = announcement.leaf
                return TermsOpening(
                    leaf=AnnouncedLeaf.decode(bytes(leaf.record)),
                    index=leaf.log_index,
                    path=tuple(head.reader.inclusion(leaf.log_index)),
                    area=area,
                    place=place,
                    count=len(areas),
                    area_path=tuple(Tree([each.hash() for each in areas]).path(place)),
                )
    return None
