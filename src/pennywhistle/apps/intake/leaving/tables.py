"""What ERN has no words for, as tables beside the messages: own prices, and who is paid."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.leaving.terms import price_meant
from pennywhistle.apps.rights.models import RateCardLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.kernel.money import Money

RATE_CARD_COLUMNS = ("code", "territories", "currency", "price", "wholesale", "from", "until")
SPLIT_COLUMNS = ("release", "disc", "track", "territories", "party", "code", "role", "share")
# Excel and its like take a cell that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def rate_card_rows(supplier_id: int, codes: dict[str, tuple[str, str, str]]) -> Iterator[list[str]]:
    """The supplier's rate card, and the codes that stand for its own prices."""
    lines = RateCardLine.objects.open().filter(supplier_id=supplier_id)
    for line in lines.select_related("territories").order_by("code", "id"):
        price, wholesale = (_plain(micro) for micro in (line.price_micro, line.wholesale_micro))
        yield [
            *(line.code, line.territories.text, line.currency, price, wholesale),
            *(_day(line.valid_from), _day(line.valid_until)),
        ]
    for code, (currency, price, wholesale) in sorted(codes.items()):
        yield [code, "Worldwide", currency, price, wholesale, "", ""]


def own_codes(release: Release) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """The codes that stand for a release's own prices: currency, price, wholesale."""
    for grant in release.grants.all():
        meant = price_meant(grant)
        if meant is not None:
            amounts = (_amount(meant.price), _amount(meant.wholesale))
            yield meant.code, (grant.currency, *amounts)


def split_rows(release: Release) -> Iterator[list[str]]:
    """Whom each track pays, where that is not all to the supplier."""
    tracks = {track.pk: track for track in release.tracks.all() if track.left_at is None}
    for grant in release.grants.all():
        track = tracks.get(grant.track_id or 0)
        shares = list(grant.shares.all())
        if track is None or [share.party_id for share in shares] == [grant.licensor_id]:
            continue
        for share in shares:
            yield [
                release.upc or release.public_id,
                str(track.disc_number),
                str(track.track_number),
                grant.territories.text,
                share.party.name,
                share.party.public_id,
                share.role,
                f"{share.numerator}/{share.denominator}",
            ]


def csv_text(columns: Iterable[str] | None, rows: Iterable[list[str]]) -> str:
    """Rows as CSV, after a first line with the columns where there is one."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    if columns is not None:
        writer.writerow(columns)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _amount(money: Money) -> str:
    return str(money).partition(" ")[0]


def _plain(micro: int) -> str:
    whole, part = divmod(micro, 1_000_000)
    return f"{whole}.{part:06}".rstrip("0").rstrip(".")


def _day(at: datetime | None) -> str:
    return at.isoformat() if at else ""
