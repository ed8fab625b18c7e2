"""What is written in each profile is read back, counts right, and says what it was given."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from pennywhistle.engines.dsr import (
    Account,
    Context,
    Correspondent,
    Heading,
    Line,
    MusicalWork,
    Product,
    ReportInvalidError,
    SoundRecording,
    Use,
    basic_report,
    figures_digest,
    file_name,
    financial_report,
    mlc_report,
    read_report,
)
from pennywhistle.engines.dsr.layouts import LAYOUTS
from pennywhistle.engines.dsr.writing import text_cell
from pennywhistle.kernel.money import Money

HEADING = Heading(
    message_id="m-1",
    created_at=datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
    first=date(2026, 11, 1),
    last=date(2026, 11, 30),
    sender=Correspondent("PADPIDA2008120501W", "Test Records"),
    recipient=Correspondent("PADPIDA2014120301U", "Society\tof | Authors"),
    service="Test Records",
    currency="USD",
)
SONG = MusicalWork("work-1", "Rain", "T0345246801", ("Ada", "Bob"), (), ("Ink | Press",))
DUET = MusicalWork("work-2", "Duet")
ONE = SoundRecording("recording-1", "Rain", "The Tins", 210_500, "AA6Q72000047", (SONG,))
TWO = SoundRecording("recording-2", "Two", "The Tins", 59_000, "", (SONG, DUET))
ALBUM = Product("r1", "Tin Weather", "The Tins", "Hollow", (ONE, TWO), "4006381333931")
US, DE = Context("US", "PermanentDownload"), Context("DE", "PermanentDownload")


def usd(text: str) -> Money:
    return Money.parse(text, currency="USD")


USES = [
    Use(US, "r1", "recording-1", 3, 1, usd("0.14"), usd("0.28"), usd("0.252")),
    Use(US, "r1", "", 1, 0, usd("0.35"), usd("0.35"), usd("0.315")),
]


def test_each_record_has_as_many_cells_as_the_standard_says() -> None:
    counts = {
        "HEAD": 16, "FOOT": 6, "SRFO": 3, "SY01.03": 18, "SY10": 46, "SY12": 17, "RE01.03": 17,
        "RE04": 22, "AS01.03": 15, "AS02.04": 25, "AS05": 26, "AS06": 39, "MW01.03": 19,
        "MW02": 21, "SU01.03": 13, "SU01.02": 13, "SR08": 48,
    }  # fmt: skip
    assert {kind: len(cells) for kind, cells in LAYOUTS.items()} == counts
    assert all(len(set(cells)) == len(cells) for cells in LAYOUTS.values())


@pytest.mark.parametrize(
    ("write", "records"),
    [
        (basic_report, ("HEAD SY01.03 SY01.03 RE01.03 AS02.04 AS01.03 MW01.03 MW01.03 SU01.03 "
         "SU01.03 SU01.03 FOOT")),
        (mlc_report, "HEAD SY12 RE04 AS06 AS05 MW02 MW02 SU01.02 SU01.02 FOOT"),
    ],
)  # fmt: skip
def test_a_report_in_blocks_is_read_back(write, records) -> None:
    uses = USES if write is mlc_report else [*USES, replace(USES[0], context=DE)]

    report = read_report(write(HEADING, [ALBUM], uses))

    assert [kind for kind, _ in report.records] == records.split()
    assert report.head["MessageId"] == "m-1"
    assert report.head["RecipientName"] == "Society of Authors"
    usual = next(each for each in report.of("SY01.03", "SY12") if each["Territory"] == "US")
    assert (usual["TotalUsages"], usual["NetRevenue"]) == ("4", "0.630000")
    (single,) = report.of("AS02.04", "AS06")
    assert single["ResourceDuration"] == "PT3M30S"
    assert single["MusicalWorkComposerAuthorName"] == "Ada|Bob"
    assert single["MusicPublisherName"] == "Ink Press"
    assert {each["ResourceReference"] for each in report.of("MW01.03", "MW02")} == {"2"}
    first, whole = report.sales[0], report.sales[1]
    assert (first["TransactedResourceReference"], first["Returns"]) == ("1", "1")
    assert (whole["TransactedReleaseReference"], whole["Usages"]) == ("1", "1")


def test_a_financial_report_is_read_back() -> None:
    line = Line(
        context=US, day=date(2026, 11, 21), product=ALBUM, recording=ONE, usages=3, returns=1,
        price=usd("0.14"), gross=usd("0.28"),
        deductions=(("LicenseFees", usd("0.042")), ("StoreShare", usd("0.028"))),
        share=Fraction(1, 3), allocated=usd("0.07"),
    )  # fmt: skip

    report = read_report(financial_report(HEADING, [line], Account({US: 40})))

    (summary,), (sold,) = report.of("SY10"), report.of("SR08")
    assert (summary["TotalUsages"], summary["AllocatedUsages"], summary["Returns"]) == (
        "40", "3", "1",
    )  # fmt: skip
    assert summary["NetRevenueInCurrencyOfAccounting"] == "0.210000"
    assert summary["FinalTotalAmountInCurrencyOfTransaction"] == "0.070000"
    assert sold["DeductionType"] == "LicenseFees|StoreShare"
    assert sold["DeductionsInCurrencyOfTransaction"] == "0.042000|0.028000"
    assert (sold["NetUsage"], sold["RightSharePercentage"]) == ("2", "33.333333")


@pytest.mark.parametrize("write", [basic_report, mlc_report])
def test_a_period_without_sales_is_reported(write) -> None:
    report = read_report(write(HEADING, [], []))

    assert len(report.records) == 3
    (summary,) = report.of("SY01.03", "SY12")
    assert (summary["TotalUsages"], summary["NetRevenue"]) == ("0", "0.000000")
    empty = read_report(financial_report(HEADING, [], Account({})))
    assert [kind for kind, _ in empty.records] == ["HEAD", "SY10", "SRFO"]


def test_the_figures_are_the_same_under_another_message() -> None:
    other = replace(HEADING, message_id="m-2", created_at=datetime(2027, 1, 1, tzinfo=UTC))
    first, second = (basic_report(each, [ALBUM], USES) for each in (HEADING, other))

    assert first != second
    assert figures_digest(first) == figures_digest(second)
    changed = basic_report(HEADING, [ALBUM], [replace(USES[0], usages=4), USES[1]])
    assert figures_digest(first) != figures_digest(changed)


def test_files_are_called_as_the_standard_wants() -> None:
    assert file_name(HEADING, territory="US") == (
        "DSR_PADPIDA2014120301U_PADPIDA2008120501W_Test-Records_2026-11_US_1of1_20261201T093000.tsv"
    )
    days = replace(HEADING, first=date(2026, 11, 2))
    assert "_2026-11-02--2026-11-30_" in file_name(days, territory="US")


def test_texts_cannot_end_a_cell() -> None:
    assert text_cell(" a\tb|c\r\nd\u202ee  f ") == "a b c d e f"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\tUS\t", "\tUS\t\t"),
        ("FOOT\t10", "FOOT\t9"),
        ("SU01.03\t1\t1", "SU01.03\t1\t9"),
        ("HEAD\t", "HEAF\t"),
        ("\t3\t1\t", "\t2\t1\t"),
    ],
)
def test_a_report_that_miscounts_is_refused(old, new) -> None:
    text = basic_report(HEADING, [ALBUM], USES).decode()
    assert old in text

    with pytest.raises(ReportInvalidError):
        read_report(text.replace(old, new).encode())
