"""Bank statements read, and what a transfer is announced with: references and QR codes."""

from pennywhistle.engines.bankfile.camt import read_camt
from pennywhistle.engines.bankfile.epc import epc_text
from pennywhistle.engines.bankfile.lines import (
    BankFileRefusedError,
    BankLine,
    Limits,
    Statement,
    names_of,
)
from pennywhistle.engines.bankfile.reading import read_bank_file
from pennywhistle.engines.bankfile.references import (
    is_reference,
    make_reference,
    printed,
    references_in,
    wrong_places,
)
from pennywhistle.engines.bankfile.tables import read_table

__all__ = [
    "BankFileRefusedError",
    "BankLine",
    "Limits",
    "Statement",
    "epc_text",
    "is_reference",
    "make_reference",
    "names_of",
    "printed",
    "read_bank_file",
    "read_camt",
    "read_table",
    "references_in",
    "wrong_places",
]
