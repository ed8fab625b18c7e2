"""Agreements, and what a society sends back, are read apart from registrations."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from pennywhistle.engines.works import (
    Acknowledgement,
    Agreement,
    FileReport,
    Right,
    WorkRegistration,
    read_cwr,
)
from pennywhistle.engines.works.tests import cwr_files as cwr


def test_an_agreement_is_read_with_its_territories_and_parties() -> None:
    details = (
        cwr.agreement(),
        cwr.agreement_territory("2120"),
        cwr.agreement_territory("756", "E"),
        cwr.agreement_party("AS", (5000, 0, 0), "A1", "OHM"),
        cwr.agreement_party("AC", (5000, 10000, 0), "P1", "TIN ROOF SONGS"),
    )
    _, found, _ = read_cwr(cwr.CwrFile().group(details).data())

    assert isinstance(found, Agreement)
    assert not found.is_refused, found.findings
    assert (found.number, found.kind, found.works_count) == ("AGR1", "OS", 1)
    assert (found.from_on, found.until_on) == (date(2020, 1, 1), None)
    (part,) = found.parts
    assert "FR" in part.territories
    assert "CH" not in part.territories
    assert [one.is_assignor for one in part.parties] == [True, False]
    assert dict(part.parties[1].shares) == {Right.PERFORMING: Fraction(1, 2), Right.MECHANICAL: 1}


def test_an_answer_of_a_society_is_told_apart_from_a_registration() -> None:
    conflict = (cwr.work("OTHER RAIN", kind="EXC"), cwr.writer((100, 0, 0), kind="OWR"))
    told = (cwr.answer("CO"), cwr.message(), *cwr.GOOD_WORK, *conflict)
    _, work, exc, report = read_cwr(cwr.CwrFile().group(told).data())

    assert isinstance(work, WorkRegistration)
    assert isinstance(exc, WorkRegistration)
    assert work.acknowledgement is not None
    assert work.acknowledgement.status == "CO"
    assert work.acknowledgement.recipient_work_number == "GEMA-1"
    assert [one.text for one in work.acknowledgement.messages] == ["IPI not found"]
    # A work in conflict comes from elsewhere and need not keep the rules.
    assert (exc.transaction, exc.is_refused) == ("EXC", False)
    assert exc.acknowledgement == work.acknowledgement
    assert isinstance(report, FileReport)
    assert (report.transactions, report.works, report.is_refused) == (1, 2, False)


def test_an_answer_alone_is_given_as_such() -> None:
    _, found, _ = read_cwr(cwr.CwrFile().group((cwr.answer("RJ"), cwr.message())).data())

    assert isinstance(found, Acknowledgement)
    assert found.status == "RJ"
    assert len(found.messages) == 1
