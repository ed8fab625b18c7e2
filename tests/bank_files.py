"""Bank statements for tests, in both versions of camt.053 and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

OWN = "DE89370400440532013000"
PAYER = "NL91ABNA0417164300"
DAY = date(2026, 11, 21)


@dataclass(frozen=True)
class Line:
    """An entry; `amount` in units of the currency, below zero where it left."""

    amount: str
    text: str = ""
    reference: str = ""
    end_to_end: str = "NOTPROVIDED"
    name: str = "Ann Otter"
    iban: str = PAYER
    day: date = DAY
    bank_ref: str = ""
    currency: str = "EUR"
    returned: str = ""
    state: str = "BOOK"

    @property
    def side(self) -> str:
        """Which way it went."""
        return "DBIT" if self.amount.startswith("-") else "CRDT"


def camt(
    *lines: Line,
    version: str = "08",
    account: str = OWN,
    opening: str = "",
    closing: str = "",
    closed_on: date = DAY,
) -> bytes:
    """A statement of one account."""
    balances = _balance("OPBD", opening, closed_on) + _balance("CLBD", closing, closed_on)
    entries = "".join(_entry(line, version) for line in lines)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-21T18:00:00</CreDtTm></GrpHdr>"
        "<Stmt><Id>S1</Id><CreDtTm>2026-11-21T18:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balances}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _balance(kind: str, amount: str, day: date) -> str:
    if not amount:
        return ""
    side = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{amount.lstrip("-")}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(line: Line, version: str) -> str:
    is_new = version == "08"
    role = "Cdtr" if line.side == "DBIT" else "Dbtr"
    name = f"<Nm>{escape(line.name)}</Nm>"
    party = f"<{role}>{f'<Pty>{name}</Pty>' if is_new else name}</{role}>"
    state = f"<Cd>{line.state}</Cd>" if is_new else line.state
    iban = f"<{role}Acct><Id><IBAN>{line.iban}</IBAN></Id></{role}Acct>" if line.iban else ""
    structured = (
        f"<Strd><CdtrRefInf><Ref>{line.reference}</Ref></CdtrRefInf></Strd>"
        if line.reference
        else ""
    )
    words = f"<Ustrd>{escape(line.text)}</Ustrd>" if line.text else ""
    returned = f"<RtrInf><Rsn><Cd>{line.returned}</Cd></Rsn></RtrInf>" if line.returned else ""
    return (
        f'<Ntry><Amt Ccy="{line.currency}">{line.amount.lstrip("-")}</Amt>'
        f"<CdtDbtInd>{line.side}</CdtDbtInd><Sts>{state}</Sts>"
        f"<BookgDt><Dt>{line.day}</Dt></BookgDt><ValDt><Dt>{line.day}</Dt></ValDt>"
        f"<AcctSvcrRef>{line.bank_ref}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{line.end_to_end}</EndToEndId></Refs>"
        f"<RltdPties>{party}{iban}</RltdPties>"
        f"<RmtInf>{words}{structured}</RmtInf>{returned}</TxDtls></NtryDtls></Ntry>"
    )
