"""A file from a bank, told by what is in it: XML or a table."""

from __future__ import annotations

from pennywhistle.engines.bankfile.camt import read_camt
from pennywhistle.engines.bankfile.lines import BankFileRefusedError, Limits, Statement
from pennywhistle.engines.bankfile.tables import read_table

_USUAL = Limits()
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_bank_file(data: bytes, *, currency: str, limits: Limits = _USUAL) -> list[Statement]:
    """Read a statement, whatever its name says; `currency` is that of a table that has none.

    Raises BankFileRefusedError, and nothing else.
    """
    if len(data) > limits.bytes_max:
        raise BankFileRefusedError(
            "too-large", f"The file has {len(data)} bytes; at most {limits.bytes_max} are read."
        )
    start = data[:200]
    for mark in _BOMS:
        start = start.removeprefix(mark)
    if start.lstrip().startswith(b"<"):
        return read_camt(data, limits=limits)
    return [read_table(data, currency=currency, limits=limits)]
