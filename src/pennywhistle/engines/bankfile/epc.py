"""The QR code of a SEPA transfer ("GiroCode"): EPC069-12, version 002."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.kernel.money import micro_per_minor_unit

if TYPE_CHECKING:
    from pennywhistle.kernel.money import Money

_name_length_max = 70
_euro_cents_max = 99_999_999_999


def epc_text(*, name: str, iban: str, bic: str, amount: Money, reference: str) -> str:
    """What the QR code says, for a code with error correction M; "" where there is none.

    There is none but for whole cents of euro: the standard knows no other currency. `reference` is
    ISO 11649 and stands in the structured field, so the free one stays empty.
    """
    coin = micro_per_minor_unit(amount.currency)
    cents, rest = divmod(amount.micro, coin)
    if amount.currency != "EUR" or rest or not 0 < cents <= _euro_cents_max:
        return ""
    lines = (
        "BCD",
        "002",
        # UTF-8.
        "1",
        "SCT",
        bic,
        " ".join(name.split())[:_name_length_max],
        iban,
        f"EUR{cents // 100}.{cents % 100:02}",
        # Purpose.
        "",
        reference,
    )
    return "\n".join(lines)
