"""Looking at a release message (DDEX ERN) that is not taken in: what would come of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.message_limits import message_limits, schemas_folder
from pennywhistle.engines.ddex import (
    MessageRefusedError,
    NewRelease,
    SchemaMissingError,
    Schemas,
    SchemaUnusableError,
    offers_of,
    outlook_of,
    read_message,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.engines.ddex import Finding, Limits, Message, Outlook, Refusal
    from pennywhistle.engines.ddex.outlook import Sale
    from pennywhistle.kernel.territories import Territories

# lxml keeps the errors of a validation at the schema, which threads share.
_one_validation = threading.Lock()


@dataclass(frozen=True, slots=True)
class SchemaWord:
    """What DDEX's own schema says; `state`: valid, invalid, missing (not installed), unusable."""

    state: str
    findings: tuple[Finding, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """A message that was read, or why it was not; exactly one of `outlook` and `refusal` is there.

    `places` has the territories of each of the outlook's sales, in their order.
    """

    outlook: Outlook | None = None
    refusal: MessageRefusedError | None = None
    places: tuple[Territories, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    schema: SchemaWord | None = None

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
    places, refusals = _offered(message, outlook)
    return Look(
        outlook=outlook, places=places, refusals=refusals, schema=_schema_word(data, limits)
    )


def _offered(
    message: Message, outlook: Outlook
) -> tuple[tuple[Territories, ...], tuple[Refusal, ...]]:
    """Where each sale of the outlook is, and the deals that were refused."""
    if not isinstance(message, NewRelease):
        return (), ()
    offers = offers_of(message)
    if not outlook.sold:
        return (), offers.refusals
    places = tuple(
        grant.territories
        for release in message.contents.releases
        for grant in offers.grants.get(release.reference, ())
    )
    return places, offers.refusals


def _schema_word(data: bytes, limits: Limits) -> SchemaWord:
    folder = schemas_folder()
    if not folder.is_dir():
        return SchemaWord("missing")
    try:
        with _one_validation:
            findings = _schemas(folder, folder.stat().st_mtime_ns).validate(data, limits)
    except SchemaMissingError:
        return SchemaWord("missing")
    except SchemaUnusableError as error:
        return SchemaWord("unusable", trouble=str(error)[:500])
    return SchemaWord("invalid" if findings else "valid", findings)


@lru_cache(maxsize=1)
def _schemas(folder: Path, changed_ns: int) -> Schemas:
    """Compiled once, until another one is installed."""
    del changed_ns
    return Schemas(folder)
