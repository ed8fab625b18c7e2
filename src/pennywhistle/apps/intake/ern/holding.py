"""Messages whose files are doubted: what they end ends at once, what they open waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.doubts.queries import COPY, holds_on
from pennywhistle.apps.intake.ern.notes import stop
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pennywhistle.apps.intake.doubts.queries import Hold
    from pennywhistle.apps.intake.ern.order import Order
    from pennywhistle.engines.ddex import Finding, Sold, Standing

HELD = "file-held"
_CURE = "Look at it in the studio; answer what was found there, or send a better file."
# By so much what a held message leaves in force is older than the message, which follows it again
# once nothing holds it, while everything that was made before it comes too late.
_BEFORE = timedelta(microseconds=1)


def holds_on_files(order: Order) -> list[tuple[str, Hold]]:
    """What holds the files that a message would publish, each with its path."""
    rows = order.heard.files
    holds = holds_on(supplier_id=order.supplier.pk, sha256s=(row.sha256 for row in rows.values()))
    return [(path, hold) for path, row in rows.items() for hold in holds.get(row.sha256, ())]


def findings_of(holds: Iterable[tuple[str, Hold]]) -> Iterator[Finding]:
    """What to say of each."""
    for path, hold in holds:
        why = (
            "somebody else delivers the same recording"
            if hold.code == COPY
            else f"something was found in it ({hold.code})"
        )
        sentence = f"{path} waits for the store: {why}. Nothing of the release is sold before."
        yield stop(HELD, sentence, _CURE, value=path)


def standing_meanwhile(before: Standing | None, after: Standing) -> Standing:
    """What is in force while a message is held: what stood before, as far as it says the same."""
    sold = before.sold if before is not None else ()
    kept = (replace(one, territories=one.territories & _where(one, after)) for one in sold)
    return replace(
        after,
        message_id="",
        created_at=after.created_at - _BEFORE,
        sold=tuple(one for one in kept if one.territories),
    )


def _where(one: Sold, after: Standing) -> Territories:
    """Where a release is sold by the message that is held, too."""
    where = Territories.none()
    for each in after.sold:
        if each.keys & one.keys:
            where |= each.territories
    return where
