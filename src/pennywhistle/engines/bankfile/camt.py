"""Statements of ISO 20022: camt.053.001.02 (2009) and camt.053.001.08 (2019).

The two differ where a party's name stands (`Dbtr/Nm`, `Dbtr/Pty/Nm`), how an entry says that it is
booked (`Sts`, `Sts/Cd`), and where a part of a collected entry has its amount (`AmtDtls/TxAmt/Amt`,
`Amt`). Reading follows both.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from lxml import etree  # type: ignore[import-untyped]

from pennywhistle.engines.bankfile.lines import (
    BankFileRefusedError,
    BankLine,
    Limits,
    Statement,
)
from pennywhistle.kernel.money import Money, MoneyError

if TYPE_CHECKING:
    from collections.abc import Iterator

_USUAL = Limits()
_NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(?P<version>\d\d)\}")
_VERSIONS = ("02", "08")
_DECLARED = re.compile(rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._\-]+)[\"']")
# Supersets of ASCII, in which a document type cannot hide from the look at the bytes.
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"iso-8859-1", b"windows-1252"})
_NOTHING_SAID = frozenset({"NOTPROVIDED", "NONREF", "NOREF"})


def read_camt(data: bytes, *, limits: Limits = _USUAL) -> list[Statement]:
    """The statements of a message, each of one account. Raises BankFileRefusedError."""
    root = _parsed(data, limits)
    match = _NAMESPACE.match(root.tag if isinstance(root.tag, str) else "")
    if match is None or not root.tag.endswith("}Document"):
        raise BankFileRefusedError("not-a-statement", "This is no camt.053 bank statement.")
    if match["version"] not in _VERSIONS:
        raise BankFileRefusedError(
            "unknown-version",
            f"This is camt.053.001.{match['version']}; versions .02 and .08 are read.",
        )
    reader = _Reader(match[0], limits)
    return [reader.statement(each) for each in reader.all(root, "BkToCstmrStmt/Stmt")]


def _parsed(data: bytes, limits: Limits) -> Any:  # noqa: ANN401 (lxml has no types)
    if len(data) > limits.bytes_max:
        raise BankFileRefusedError(
            "too-large", f"The file has {len(data)} bytes; at most {limits.bytes_max} are read."
        )
    declared = _DECLARED.search(data[:300])
    if (declared and declared[1].lower() not in _ENCODINGS) or b"\x00" in data[:8]:
        raise BankFileRefusedError("encoding", "The statement is not written in UTF-8.")
    # Nowhere in a statement, not even in its words, does this have to stand unescaped.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise BankFileRefusedError("doctype", "The file declares a document type; none is read.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        said = str(error.msg or "no element")[:200]
        code = "too-deep" if "depth" in said.casefold() else "not-xml"
        raise BankFileRefusedError(code, f"This is not XML: {said}.") from None
    except (ValueError, LookupError) as error:
        raise BankFileRefusedError("not-xml", f"This is not XML: {error}.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise BankFileRefusedError("doctype", "The file declares a document type; none is read.")
    return root


class _Reader:
    """Finds elements by short paths in the message's own namespace."""

    def __init__(self, namespace: str, limits: Limits) -> None:
        self._namespace = namespace
        self._limits = limits
        self._count = 0

    def all(self, element: Any, path: str) -> list[Any]:  # noqa: ANN401
        """All elements at a path."""
        found: list[Any] = [element]
        for name in path.split("/"):
            found = [child for each in found for child in each.iterchildren(self._namespace + name)]
        return found

    def text(self, element: Any, *paths: str) -> str:  # noqa: ANN401
        """What stands at the first of these paths that says something."""
        for path in paths:
            for each in self.all(element, path):
                said = " ".join((each.text or "").split())[: self._limits.text_length_max]
                if said and said.upper() not in _NOTHING_SAID:
                    return said
        return ""

    def statement(self, stmt: Any) -> Statement:  # noqa: ANN401
        """One `Stmt`."""
        account = self.text(stmt, "Acct/Id/IBAN", "Acct/Id/Othr/Id").replace(" ", "").upper()
        lines: list[BankLine] = []
        left_out = 0
        for entry in self.all(stmt, "Ntry"):
            if self.text(entry, "Sts/Cd", "Sts") != "BOOK":
                left_out += 1
                continue
            lines.extend(self._lines(entry))
            if len(lines) > self._limits.lines_max:
                raise BankFileRefusedError(
                    "too-many-lines",
                    f"The statement has more than {self._limits.lines_max} lines.",
                )
        opening, _ = self._balance(stmt, ("OPBD", "PRCD"))
        closing, closed_on = self._balance(stmt, ("CLBD",))
        name = self.text(stmt, "Id")
        return Statement(account, tuple(lines), name, opening, closing, closed_on, left_out)

    def _balance(self, stmt: Any, kinds: tuple[str, ...]) -> tuple[Money | None, date | None]:  # noqa: ANN401
        for kind in kinds:
            for each in self.all(stmt, "Bal"):
                if self.text(each, "Tp/CdOrPrtry/Cd") == kind:
                    return self._money(each, "Amt", each), self._day(each, "Dt")
        return None, None

    def _lines(self, entry: Any) -> Iterator[BankLine]:  # noqa: ANN401
        """An entry, or the transfers that the bank collected in it where they add up to it."""
        whole = self._money(entry, "Amt", entry)
        booked_on = self._day(entry, "BookgDt") or self._day(entry, "ValDt")
        if whole is None or booked_on is None:
            raise BankFileRefusedError("row", "An entry of the statement has no amount or no day.")
        details = self.all(entry, "NtryDtls/TxDtls")
        parts = [self._part(each, entry, whole) for each in details]
        if len(parts) > 1 and None not in parts:
            amounts = [part for part in parts if part is not None]
            if sum(part.micro for part in amounts) == whole.micro:
                for each, amount in zip(details, amounts, strict=True):
                    yield self._line(entry, each, amount, booked_on)
                return
        yield self._line(entry, details[0] if len(details) == 1 else None, whole, booked_on)

    def _part(self, details: Any, entry: Any, whole: Money) -> Money | None:  # noqa: ANN401
        signed_by = details if self.text(details, "CdtDbtInd") else entry
        for path in ("Amt", "AmtDtls/TxAmt/Amt"):
            found = self._money(details, path, signed_by)
            if found is not None:
                return found if found.currency == whole.currency else None
        return None

    def _line(self, entry: Any, details: Any, amount: Money, booked_on: date) -> BankLine:  # noqa: ANN401
        # Without details there is nothing to find, and an entry has none of these names itself.
        inner = entry if details is None else details
        side = "Cdtr" if amount.is_negative else "Dbtr"
        words = [each.text or "" for each in self.all(inner, "RmtInf/Ustrd")]
        if details is None:
            words += [each.text or "" for each in self.all(entry, "AddtlNtryInf")]
        returned = bool(self.all(inner, "RtrInf"))
        is_reversal = self.text(entry, "RvslInd").casefold() in {"true", "1"}
        sub_family = self.text(inner, "BkTxCd/Domn/Fmly/SubFmlyCd") or self.text(
            entry, "BkTxCd/Domn/Fmly/SubFmlyCd"
        )
        return BankLine(
            amount=amount,
            booked_on=booked_on,
            value_on=self._day(entry, "ValDt"),
            bank_ref=self.text(inner, "Refs/AcctSvcrRef") or self.text(entry, "AcctSvcrRef"),
            reference=self.text(inner, "RmtInf/Strd/CdtrRefInf/Ref").replace(" ", "").upper(),
            end_to_end=self.text(inner, "Refs/EndToEndId"),
            text=" ".join(" ".join(words).split())[: self._limits.text_length_max],
            other_name=self.text(inner, f"RltdPties/{side}/Pty/Nm", f"RltdPties/{side}/Nm"),
            other_iban=self.text(inner, f"RltdPties/{side}Acct/Id/IBAN").replace(" ", "").upper(),
            # RRTN: a return of a transfer, by the list of bank transaction codes of ISO 20022.
            is_return=returned or is_reversal or sub_family == "RRTN",
            return_reason=self.text(inner, "RtrInf/Rsn/Cd", "RtrInf/AddtlInf"),
        )

    def _money(self, element: Any, path: str, signed_by: Any) -> Money | None:  # noqa: ANN401
        for each in self.all(element, path):
            try:
                money = Money.parse(each.text or "", currency=each.get("Ccy", ""))
            except MoneyError as error:
                raise BankFileRefusedError("row", f"An amount is wrong: {error}.") from None
            return -money if self.text(signed_by, "CdtDbtInd") == "DBIT" else money
        return None

    def _day(self, element: Any, path: str) -> date | None:  # noqa: ANN401
        said = self.text(element, f"{path}/Dt", f"{path}/DtTm")
        try:
            return date.fromisoformat(said[:10]) if said else None
        except ValueError:
            raise BankFileRefusedError("row", f"{said[:30]!r} is no day.") from None
