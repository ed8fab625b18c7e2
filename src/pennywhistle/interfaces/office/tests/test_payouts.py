"""Operators make runs, approve, fetch the bank's file, and note how each payout ended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from payee_shop import IBAN, SOLD_AT, a_payee, earn, seal
from pennywhistle.apps.payouts.approving import approve, drop
from pennywhistle.apps.payouts.models import (
    BankFile,
    Details,
    ExchangeRate,
    Payout,
    Run,
    TaxForm,
    WithholdingRate,
)
from pennywhistle.apps.payouts.terms import WithholdingTable
from pennywhistle.apps.proof.signing import create_keys

if TYPE_CHECKING:
    from django.test import Client

PAGES = "/office/payouts"


@pytest.fixture
def paying(store, settings, tmp_path) -> None:
    settings.KEYS, settings.DATA = tmp_path / "keys", tmp_path / "data"
    settings.PAYOUT_IBAN = "DE02120300000000202051"
    (tmp_path / "data").mkdir(exist_ok=True)
    create_keys(now=SOLD_AT)


def test_a_run_is_approved_filed_and_settled(office: Client, operator, paying) -> None:
    payee, poor = a_payee(), a_payee("Poor", iban="")
    earn(payee, "50.00")
    earn(poor, "70.00")
    seal()

    # Until the newest page: the tests' November need not be over.
    made = office.post(f"{PAGES}/runs", {"currency": "EUR", "until": "page"}, follow=True)
    again = office.post(f"{PAGES}/runs", {"currency": "EUR", "until": "page"}, follow=True)
    assert made.redirect_chain == again.redirect_chain
    assert "no bank details" in made.content.decode()
    run, payout = Run.objects.get(), Payout.objects.get()
    office.post(f"{PAGES}/runs/{run.pk}/approve")
    assert "Write 1 transfer" in office.get(PAGES).content.decode()
    for _ in range(2):
        office.post(f"{PAGES}/files", {"schema": "pain.001.001.03", "on": "2026-12-04"})
    file = BankFile.objects.get()
    fetched = office.get(f"{PAGES}/files/{file.message_id}.xml")
    assert fetched.content == bytes(file.content)
    assert payout.end_to_end_id.encode() in fetched.content
    page = office.get(f"{PAGES}/{payout.id}").content.decode()
    assert operator.email in page
    nothing = office.post(f"{PAGES}/{payout.id}/settle", {"word": ""}, follow=True)
    assert "Write what the bank" in nothing.content.decode()
    office.post(f"{PAGES}/{payout.id}/settle", {"word": "STMT-7"})
    payout.refresh_from_db()
    assert (payout.state, payout.reference) == ("settled", "STMT-7")
    assert office.post(f"{PAGES}/{payout.id}/nonsense").status_code == 404
    assert office.post(f"{PAGES}/runs/{run.pk}/again", follow=True).status_code == 200


def test_a_holder_without_letters_is_told_and_no_file_is_written(
    office: Client, paying, settings
) -> None:
    payee = a_payee(iban="")
    told = {"entered_by": payee.user, "entered_at": SOLD_AT - timedelta(days=9), "told": []}
    Details.objects.create(
        party=payee.party, kind="iban", holder="\N{GRINNING FACE}", country="DE", account=IBAN,
        usable_at=SOLD_AT, **told,
    )  # fmt: skip
    earn(payee, "50.00")
    earn(a_payee("Poor"), "60.00")
    seal()
    office.post(f"{PAGES}/runs", {"currency": "EUR", "until": "page"})
    office.post(f"{PAGES}/runs/{Run.objects.get().pk}/approve")
    payout = Payout.objects.get(source=payee.account)

    asked = {"schema": "pain.001.001.03", "on": "2026-12-04"}
    answer = office.post(f"{PAGES}/files", asked, follow=True)
    assert f"withdraw payout {payout.id}" in answer.content.decode()
    office.post(f"{PAGES}/{payout.id}/withdraw", {"word": "no name"})
    settings.PAYOUT_HOLDER = "\N{GRINNING FACE}"
    answer = office.post(f"{PAGES}/files", asked, follow=True)
    assert "no right pain.001.001.03" in answer.content.decode()
    assert not BankFile.objects.exists()


def test_one_that_was_dropped_meanwhile_stops_no_others(
    office: Client, operator, paying, monkeypatch
) -> None:
    for name in ("Ada", "Bob"):
        earn(a_payee(name), "50.00")
    seal()
    office.post(f"{PAGES}/runs", {"currency": "EUR", "until": "page"})
    dropped = Payout.objects.order_by("id").values_list("id", flat=True)[0]

    def late(*, payout_id, **said) -> Payout:
        if payout_id == dropped:
            drop(payout_id=payout_id, reason="not now", now=said["now"])
        return approve(payout_id=payout_id, **said)

    monkeypatch.setattr("pennywhistle.interfaces.office.payouts.approve", late)
    answer = office.post(f"{PAGES}/runs/{Run.objects.get().pk}/approve", follow=True)

    assert "Approved: 1." in answer.content.decode()
    states = Payout.objects.order_by("state").values_list("state", flat=True)
    assert list(states) == ["approved", "dropped"]


def test_rates_and_forms_are_recorded_with_their_sources(office: Client, paying) -> None:
    payee = a_payee()
    rate = {"of": "GBP", "into": "EUR", "factor": "1.1873", "day": "2026-11-20", "source": "ECB"}
    assert office.post(f"{PAGES}/rates/exchange", rate).status_code == 302
    assert office.post(f"{PAGES}/rates/exchange", {**rate, "factor": "1.2"}).status_code == 400
    for wrong in ({"factor": "0"}, {"factor": "NaN"}, {"source": ""}, {"into": "GBP"}):
        assert office.post(f"{PAGES}/rates/exchange", {**rate, **wrong}).status_code == 400
    tax = {"territory": "us", "residence": "", "percent": "30", "first_day": "2026-01-01",
           "last_day": "", "source": "26 USC 1441"}  # fmt: skip
    assert office.post(f"{PAGES}/rates/withholding", tax).status_code == 302
    assert office.post(f"{PAGES}/rates/withholding", {**tax, "percent": "101"}).status_code == 400
    form = {"name": "W-8BEN", "territory": "US", "residence": "DE", "first_day": "2026-01-01",
            "last_day": "2028-12-31"}  # fmt: skip
    address = f"/office/parties/{payee.party.public_id}/tax-form"
    assert office.post(address, form).status_code == 302
    assert office.post(address, {**form, "last_day": "2025-01-01"}).status_code == 400

    # The next form, handed in early: the one before it holds until then.
    early = {**form, "residence": "FR", "first_day": "2028-01-01", "last_day": "2030-12-31"}
    assert office.post(address, early).status_code == 302
    for on, residence in [(date(2027, 12, 31), "DE"), (date(2028, 1, 1), "FR")]:
        table = WithholdingTable.of(parties=[payee.party.pk], on=on)
        assert table.forms[payee.party.pk, "US"].residence == residence
    assert office.post(address, form).status_code == 302

    text = office.get(f"{PAGES}/rates").content.decode()
    for word in ("1.1873", "ECB", "26 USC 1441", "W-8BEN", payee.party.name):
        assert word in text
    assert ExchangeRate.objects.count() == 1
    assert TaxForm.objects.get(closed_at__isnull=True).residence == "DE"
    assert WithholdingRate.objects.get().share == WithholdingRate.objects.get().rate
