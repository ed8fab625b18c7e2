"""The worked distribution of docs/running/society.md, done."""

from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.proof import work as sequencer
from pennywhistle.apps.societies.actions import SocietyTerms, distribute, set_up_society
from pennywhistle.engines.clearance.tariff import Tariff
from societies import a_society, mandate, written_by
from worked_tables import micro_of, part_of, worked_table

pytestmark = pytest.mark.django_db


def test_the_worked_distribution_is_what_the_store_does():
    *rows, whole = worked_table("../running/society.md", "Distribution")
    a_store()
    shelf = a_shelf()
    society = a_society(
        tariff=Tariff(id=0, name="A quarter", currency="USD", percent=Fraction(1, 4)),
        unidentified_by="an extended license",
    )
    set_up_society(party_id=society.pk, terms=SocietyTerms(Fraction(125, 1000), "administration"))
    writers = written_by(shelf, {row["owner"]: part_of(row["share"]) for row in rows})
    for row in rows:
        if row["goes to"] == row["owner"]:
            mandate(writers[row["owner"]], society)
    for number in range(12):
        check_out(
            buyer_id=a_buyer(f"buyer-{number}@example.org").pk,
            wanted=[shelf.track(1)],
            territory="FR",
            shown=usd("0.14"),
            key=f"sale-{number}",
            now=NOON,
        )
    sequencer.order_waiting()
    later = NOON + timedelta(days=1)
    (made,) = distribute(society_id=society.pk, period_end=later, now=later)
    found = {
        line.party.name if line.party else line.kind: (
            line.gross_micro,
            line.deduction_micro,
            line.net_micro,
        )
        for line in made.lines.all()
    }
    assert found == {row["goes to"]: amounts(row) for row in rows}
    assert amounts(whole) == (
        made.gross_micro,
        made.deduction_micro,
        made.paid_micro + made.unclaimed_micro,
    )


def amounts(row):
    return micro_of(row["gross"]), micro_of(row["deduction"]), micro_of(row["net"])
