"""Both versions of camt.053 and tables say the same; what is hostile or unsure is refused."""

from datetime import date

import pytest

from bank_files import DAY, OWN, PAYER, Line, camt
from pennywhistle.engines.bankfile import (
    BankFileRefusedError,
    Limits,
    names_of,
    read_bank_file,
)
from pennywhistle.kernel.money import Money


def euro(text: str) -> Money:
    money = Money.parse(text.lstrip("-"), currency="EUR")
    return -money if text.startswith("-") else money


def read(data: bytes, limits: Limits = Limits()):  # noqa: B008 (frozen)
    return read_bank_file(data, currency="EUR", limits=limits)


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_statement_says_what_came_and_went(version: str) -> None:
    data = camt(
        Line("12.50", text="RF45 7K3M\nthanks", end_to_end="E2E-1", bank_ref="B1"),
        Line("-3.10", reference="rf18 5390 0754 7034", name="Store & Sons"),
        Line("7.00", returned="AC04"),
        Line("9.00", state="PDNG"),
        version=version,
        opening="100.00",
        closing="116.40",
    )

    [statement] = read(data)

    assert (statement.account, statement.left_out, statement.closed_on) == (OWN, 1, DAY)
    assert (statement.opening, statement.closing) == (euro("100"), euro("116.40"))
    came, went, back = statement.lines
    assert (came.amount, came.booked_on, came.bank_ref) == (euro("12.50"), DAY, "B1")
    assert (came.text, came.end_to_end) == ("RF45 7K3M thanks", "E2E-1")
    assert (came.other_name, came.other_iban) == ("Ann Otter", PAYER)
    assert (went.amount, went.reference) == (euro("-3.10"), "RF18539007547034")
    assert (went.other_name, went.end_to_end) == ("Store & Sons", "")
    assert (back.is_return, back.return_reason, came.is_return) == (True, "AC04", False)


def test_what_the_bank_collected_in_one_entry_is_told_apart() -> None:
    def part(amount: str, name: str) -> str:
        return (
            f'<TxDtls><Amt Ccy="EUR">{amount}</Amt><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty>'
            "</Dbtr></RltdPties></TxDtls>"
        )

    whole = camt(Line("30.00")).decode()
    start, end = whole.index("<TxDtls>"), whole.index("</NtryDtls>")

    def names(*parts: str) -> list[tuple[str, Money]]:
        data = whole[:start] + "".join(parts) + whole[end:]
        return [(line.other_name, line.amount) for line in read(data.encode())[0].lines]

    assert names(part("10.00", "A"), part("20.00", "B")) == [("A", euro("10")), ("B", euro("20"))]
    # Parts that do not add up are not believed.
    assert names(part("10.00", "A"), part("19.00", "B")) == [("", euro("30"))]


def test_names_are_the_same_in_files_that_overlap_whatever_their_order() -> None:
    same, other = Line("5.00", text="tea"), Line("5.00", text="tea", day=date(2026, 11, 20))
    whole = names_of(read(camt(other, same, same))[0])
    turned = names_of(read(camt(same, same, other))[0])
    later = names_of(read(camt(same, same, version="02"))[0])

    assert len(set(whole)) == 3
    assert set(whole) == set(turned)
    assert set(later) < set(whole)


TABLES = {
    "semicolons": (
        "Auftragskonto;Buchungstag;Valutadatum;Verwendungszweck;"
        "Beguenstigter/Zahlungspflichtiger;Kontonummer/IBAN;Betrag;Waehrung;Info\n"
        f"{OWN};21.11.26;21.11.26;Danke RF;Ann Otter;{PAYER};1.012,50;EUR;Umsatz gebucht\n"
        f"{OWN};21.11.26;21.11.26;Danke;Ann Otter;{PAYER};1,00;EUR;Umsatz vorgemerkt\n"
    ).encode("cp1252"),
    "commas": (
        "\ufeffMy bank\n\nBooking Date,Payer,Counterparty IBAN,Description,Amount,Currency\n"
        f'2026-11-21,Ann Otter,{PAYER},Danke RF,"1,012.50",EUR\n'
    ).encode(),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_says_the_same(name: str) -> None:
    [statement] = read(TABLES[name])

    [line] = statement.lines
    assert (line.amount, line.booked_on, line.other_name) == (euro("1012.50"), DAY, "Ann Otter")
    assert (line.other_iban, line.text, statement.form) == (PAYER, "Danke RF", "csv")


@pytest.mark.parametrize(
    ("said", "read_as"),
    [
        ("-1234,5 EUR", "-1234.50 EUR"),
        ("1.234.567 EUR", "1234567.00 EUR"),
        ("1'234.50 EUR", "1234.50 EUR"),
        ("1 234 567,89 EUR", "1234567.89 EUR"),
        ("1,234.567 KWD", "1234.567 KWD"),
        ("1.234,567 KWD", "1234.567 KWD"),
        ("1234.567 KWD", "1234.567 KWD"),
        ("1.234 KWD", ""),
        ("1,234.567 EUR", ""),
        ("1.234,567 EUR", ""),
        ("1234.567 EUR", ""),
        ("1,234,56 EUR", ""),
        ("1.234'567 EUR", ""),
    ],
)
def test_what_stands_between_digits_is_read_or_refused(said: str, read_as: str) -> None:
    amount, currency = said.rsplit(" ", 1)
    table = f"Date;Amount;Currency\n2026-11-21;{amount};{currency}\n".encode()

    if read_as:
        [statement] = read(table)
        assert str(statement.lines[0].amount) == read_as
    else:
        with pytest.raises(BankFileRefusedError):
            read(table)


HEAD = b"Date,Amount\n"
BOMB = b'<!DOCTYPE D [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(9)
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (BOMB + b"]><D>&a8;</D>", "doctype"),
        (b'<?xml version="1.0"?><!DOCTYPE D SYSTEM "file:///etc/passwd"><D/>', "doctype"),
        (b"<a>" * 100_000, "too-deep"),
        (b"<Document/>", "not-a-statement"),
        (camt(Line("1.00"), version="13"), "unknown-version"),
        (camt(Line("1.00"))[:-40], "not-xml"),
        (camt(Line("1e309")), "row"),
        (camt(Line("1.00", currency="XXX")), "row"),
        (b'<?xml version="1.0" encoding="UTF-7"?><D/>', "encoding"),
        (b"", "heading"),
        (b"one,two\n1,2\n", "heading"),
        (HEAD, "no-lines"),
        (HEAD + b'2026-11-21,"1,234"\n', "row"),
        (HEAD + b"2026-11-21,1e3\n", "row"),
        # A row that ends too early has no amount.
        (HEAD + b"2026-11-21\n", "row"),
        (HEAD + b"2026-11-21,NaN\n", "row"),
        (HEAD + b"11/21/2026,1.00\n", "row"),
        (HEAD + b"2026-02-30,1.00\n", "row"),
        (HEAD + b"2026-11-21,1.00\n\x00", "encoding"),
        (b"x" * 2_000, "too-large"),
    ],
)
def test_what_is_hostile_or_not_certain_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(BankFileRefusedError) as refused:
        read(data, Limits(bytes_max=1_000) if code == "too-large" else Limits())

    assert refused.value.code == code


def test_too_many_lines_are_refused() -> None:
    few = Limits(lines_max=2)
    for data in (camt(*[Line("1.00")] * 3), HEAD + b"2026-11-21,1.00\n" * 3):
        with pytest.raises(BankFileRefusedError, match="more than 2 lines"):
            read(data, few)
