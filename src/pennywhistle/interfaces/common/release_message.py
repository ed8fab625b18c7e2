"""Looking at a release message (DDEX ERN) that is not taken in: what would come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.message_limits import message_limits
from pennywhistle.apps.intake.message_schemas import SchemaWord, schema_word
from pennywhistle.engines.ddex import (
    MessageRefusedError,
    NewRelease,
    offers_of,
    outlook_of,
    read_message,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pennywhistle.engines.ddex import Message, Outlook
    from pennywhistle.engines.ddex.outlook import Sale
    from pennywhistle.kernel.territories import Territories


@dataclass(frozen=True, slots=True)
class Look:
    """A message that was read, or why it was not; exactly one of `outlook` and `refusal` is there.

    `places` has the territories of each of the outlook's sales, in their order; `titles` those of
    the recordings of track releases that have none of their own, by the release's reference.
    """

    outlook: Outlook | None = None
    refusal: MessageRefusedError | None = None
    places: tuple[Territories, ...] = ()
    schema: SchemaWord | None = None
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        """Whether the store would use it."""
        return self.outlook is not None and self.outlook.is_usable

    @property
    def main_sales(self) -> list[tuple[Sale, Territories]]:
        """The sales of the release as a whole; where it is sold by tracks only, those."""
        if self.outlook is None:
            return []
        sales = list(zip(self.outlook.sold, self.places, strict=True))
        mains = {one.reference for one in self.outlook.published}
        return [each for each in sales if each[0].release in mains] or sales


def look_at(data: bytes) -> Look:
    """Read a message within the store's limits, and say what would come of it. Keeps nothing."""
    limits = message_limits()
    try:
        message = read_message(data, limits)
    except MessageRefusedError as refusal:
        return Look(refusal=refusal)
    outlook = outlook_of(message, limits=limits)
    places = _places(message, outlook)
    return Look(
        outlook=outlook,
        places=places,
        schema=schema_word(data, limits),
        titles=_titles(message),
    )


def _titles(message: Message) -> dict[str, str]:
    if not isinstance(message, NewRelease):
        return {}
    of_resources = {
        each.reference: next((title.text for title in each.titles if title.text), "")
        for each in message.contents.resources
    }
    return {
        release.reference: of_resources.get(release.resources[0].resource, "")
        for release in message.contents.releases
        if release.is_track and release.resources
    }


def _places(message: Message, outlook: Outlook) -> tuple[Territories, ...]:
    """Where each sale of the outlook is."""
    if not isinstance(message, NewRelease) or not outlook.sold:
        return ()
    offers = offers_of(message)
    return tuple(
        grant.territories
        for release in message.contents.releases
        for grant in offers.grants.get(release.reference, ())
    )
