"""From a sealed page to the bank and back: what is due is paid once, by two people if much."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import typer
from django.db import IntegrityError, connection, transaction
from lxml import etree
from typer.testing import CliRunner, Result

from payee_shop import (
    CUT_AT,
    IBAN,
    OTHER_IBAN,
    RUN_AT,
    SOLD_AT,
    a_euro_store,
    a_payee,
    a_run,
    an_operator,
    earn,
    enter,
    seal,
)
from pennywhistle.apps.contracts.actions import (
    Between,
    TermsSaid,
    accept_terms,
    pass_on,
    propose,
)
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.payouts.approving import DETAILS_CHANGED, approve, drop
from pennywhistle.apps.payouts.details import standing_of
from pennywhistle.apps.payouts.document import payout_file
from pennywhistle.apps.payouts.errors import (
    CutInvalidError,
    DetailsChangedError,
    NothingToSendError,
    ProviderCannotError,
    ReferenceMissingError,
    StateWrongError,
    StoreAccountMissingError,
)
from pennywhistle.apps.payouts.looking import Why
from pennywhistle.apps.payouts.models import Letter, Payout
from pennywhistle.apps.payouts.providing import ask_open, send_by_provider
from pennywhistle.apps.payouts.queries import forecast, paid_lines, payouts_over
from pennywhistle.apps.payouts.running import look_again, make_run
from pennywhistle.apps.payouts.sending import FileAsked, send_by_hand, write_bank_file
from pennywhistle.apps.payouts.settling import bring_back, fail, settle, withdraw
from pennywhistle.apps.payouts.terms import (
    FormSaid,
    RateSaid,
    WithholdingSaid,
    record_exchange_rate,
    record_tax_form,
    record_withholding_rate,
    set_account_terms,
)
from pennywhistle.apps.proof.queries import open_statement
from pennywhistle.apps.proof.signing import create_keys, the_signing_log
from pennywhistle.apps.statements.pages import sealed_pages
from pennywhistle.apps.statements.sales import earned_by_account, recent_sales
from pennywhistle.engines.payout import Step
from pennywhistle.engines.tlog.payee_audit import PayeeLog, payee_checks, payout_in_log
from pennywhistle.engines.tlog.payout import read_payout
from pennywhistle.engines.tlog.payout_checks import on_statements, verify_payout
from pennywhistle.engines.tlog.statement import Statement, build_statement, parse_statement
from pennywhistle.interfaces.console.audit import audit
from pennywhistle.interfaces.console.verify import verify
from pennywhistle.kernel.currencies import CURRENCIES
from pennywhistle.kernel.money import MICRO, Money, micro_per_minor_unit
from pennywhistle.providers.fakepay.models import FakeKnobs, FakePayout

pytestmark = pytest.mark.django_db

_STATE = Payout.State


@pytest.fixture(autouse=True)
def store(settings, tmp_path) -> None:
    settings.KEYS, settings.DATA = tmp_path / "keys", tmp_path / "data"
    settings.PAYOUT_IBAN, settings.PAYOUT_HOLDER = "DE02120300000000202051", "Test Records"
    (tmp_path / "data").mkdir()
    create_keys(now=SOLD_AT)
    a_euro_store()


def eur(text: str) -> Money:
    return Money.parse(text, currency="EUR")


def parsed(file: Path) -> Statement:
    return parse_statement(file.read_bytes())


def run(command: object, *arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "200"})


def the_payout() -> Payout:
    return Payout.objects.get()


def balance(kind: str, code: str = "", currency: str = "EUR") -> Money:
    found = Account.objects.filter(kind=kind, code=code, currency=currency).first()
    return sum_of(found) if found else Money.zero(currency)


def test_a_balance_is_paid_in_whole_cents_and_settled_by_the_bank() -> None:
    payee, operator = a_payee(), an_operator()
    earn(payee, "123.456789")
    seal()

    run = a_run(operator)
    assert a_run(operator) == run
    proposed = the_payout()
    assert (proposed.paid, proposed.carried) == (eur("123.45"), eur("0.006789"))
    assert sum_of(payee.account) == eur("123.456789")
    for _ in range(2):
        approved = approve(payout_id=proposed.id, user_id=operator.pk, now=RUN_AT)
    assert approved.state == _STATE.APPROVED
    assert sum_of(payee.account) == eur("0.006789")
    assert balance("transit") == eur("123.45")
    # A payout is no sale, and takes nothing from what was earned.
    recent = recent_sales(account=payee.account, now=RUN_AT)
    assert (recent.earned, recent.sale_count) == (eur("123.456789"), 1)
    assert [line.amount for line in recent.latest] == [recent.earned]
    ever = earned_by_account(user=payee.user, today=SOLD_AT)[0]
    assert (ever.ever, ever.sales_today) == (eur("123.456789"), 1)

    asked = FileAsked(operator.pk, "pain.001.001.03", date(2026, 12, 4))
    file = write_bank_file(asked=asked, now=RUN_AT)
    with pytest.raises(NothingToSendError):
        write_bank_file(asked=asked, now=RUN_AT)
    for _ in range(2):
        settle(payout_id=proposed.id, reference="STMT-7", now=RUN_AT)
    assert the_payout().state == _STATE.SETTLED
    assert balance("transit") == eur("0")
    assert balance("clearing", "bank") == eur("123.45")
    assert file.total_micro == 123_450_000
    assert Entry.objects.filter(kind__in=["payout", "settled"]).count() == 2
    # The next period pays the carry and what was earned since, and nothing twice.
    earn(payee, "30.00", at=RUN_AT + timedelta(days=1))
    seal(at=RUN_AT + timedelta(days=1))
    later = datetime(2027, 1, 1, tzinfo=UTC)
    make_run(currency="EUR", cut_at=later, user_id=operator.pk, now=later + timedelta(days=2))
    second = Payout.objects.get(state=_STATE.PROPOSED)
    assert (second.due, second.paid) == (eur("30.006789"), eur("30.00"))
    assert second.first_index == proposed.end_index


@pytest.mark.parametrize("schema", ["pain.001.001.03", "pain.001.001.09"])
def test_the_banks_file_names_each_transfer_by_its_payout(schema) -> None:
    operator = an_operator()
    payees = [a_payee("Ada"), a_payee("Zoë", iban=OTHER_IBAN, holder="Zoë Grün")]
    for payee in payees:
        earn(payee, "50.00")
    seal()
    a_run(operator)
    for each in Payout.objects.all():
        approve(payout_id=each.id, user_id=operator.pk, now=RUN_AT)

    file = write_bank_file(asked=FileAsked(operator.pk, schema, date(2026, 12, 4)), now=RUN_AT)
    root = etree.fromstring(bytes(file.content))
    space = {"p": f"urn:iso:std:iso:20022:tech:xsd:{schema}"}
    assert {each.text for each in root.iterfind(".//p:EndToEndId", space)} == {
        each.end_to_end_id for each in Payout.objects.all()
    }
    assert [each.text for each in root.iterfind(".//p:InstdAmt", space)] == ["50.00", "50.00"]
    ibans = {each.text for each in root.iterfind(".//p:CdtrAcct//p:IBAN", space)}
    assert ibans == {IBAN, OTHER_IBAN}
    assert root.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=space) == "100.00"


def test_without_an_account_of_the_stores_no_file_is_written(settings) -> None:
    payee, operator = a_payee(), an_operator()
    earn(payee, "50.00")
    seal()
    a_run(operator)
    approve(payout_id=the_payout().id, user_id=operator.pk, now=RUN_AT)
    settings.PAYOUT_IBAN = ""

    with pytest.raises(StoreAccountMissingError):
        write_bank_file(
            asked=FileAsked(operator.pk, "pain.001.001.03", date(2026, 12, 4)), now=RUN_AT
        )
    assert the_payout().state == _STATE.APPROVED


def test_much_money_needs_two_different_people() -> None:
    payee, first, second = a_payee(), an_operator(), an_operator("second@example.org")
    earn(payee, "1000.01")
    seal()
    a_run(first)

    for _ in range(2):
        assert approve(payout_id=the_payout().id, user_id=first.pk, now=RUN_AT).state == "proposed"
    assert sum_of(payee.account) == eur("1000.01")
    assert approve(payout_id=the_payout().id, user_id=second.pk, now=RUN_AT).state == "approved"
    assert {each.user_id for each in the_payout().approvals.all()} == {first.pk, second.pk}


def test_money_that_came_back_is_the_payees_again_and_goes_there_no_more() -> None:
    payee, operator = a_payee(), an_operator()
    earn(payee, "50.00")
    seal()
    a_run(operator)
    payout_id = the_payout().id
    approve(payout_id=payout_id, user_id=operator.pk, now=RUN_AT)
    with pytest.raises(StateWrongError):
        settle(payout_id=payout_id, reference="x", now=RUN_AT)
    with pytest.raises(ReferenceMissingError):
        send_by_hand(payout_id=payout_id, reference=" ", now=RUN_AT)
    for _ in range(2):
        send_by_hand(payout_id=payout_id, reference="wire 7", now=RUN_AT)
    settle(payout_id=payout_id, reference="STMT-7", now=RUN_AT)
    for _ in range(2):
        bring_back(payout_id=payout_id, reason="AC04: account closed", now=RUN_AT)

    assert sum_of(payee.account) == eur("50.00")
    assert balance("clearing", "bank") == eur("0")
    # The bank's own statement has that line as well: it is no payout that nobody announced.
    seal(at=RUN_AT)
    number = Account.objects.get(kind="clearing", code="bank").number
    log = the_signing_log()
    of_bank = open_statement(log=log, account=number, pages=list(sealed_pages()))
    assert of_bank is not None
    checks = payee_checks([of_bank], PayeeLog(number, range(2)))
    assert "payouts-announced" not in {check.code for check in checks}
    standing = standing_of(payee.party.pk, at=RUN_AT)
    assert standing.in_force is None
    assert standing.doubtful is not None
    assert forecast(payee.account, now=RUN_AT).look.why == Why.DOUBTFUL
    assert Letter.objects.filter(about="returned", email="ada@example.org").count() == 1
    # With other details the same money is paid by the next run.
    enter(payee, OTHER_IBAN, at=RUN_AT)
    seal(at=RUN_AT)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    make_run(currency="EUR", cut_at=later, user_id=operator.pk, now=later)
    again = Payout.objects.get(state=_STATE.PROPOSED)
    assert (again.paid, again.details.account) == (eur("50.00"), OTHER_IBAN)


def test_a_withdrawn_or_refused_payout_is_on_the_account_again() -> None:
    operator = an_operator()
    ends = []
    for name, way in [("Ada", withdraw), ("Bob", fail)]:
        payee = a_payee(name)
        earn(payee, "50.00")
        ends.append((payee, way))
    seal()
    a_run(operator)
    for payee, way in ends:
        payout = Payout.objects.get(source=payee.account)
        approve(payout_id=payout.id, user_id=operator.pk, now=RUN_AT)
        if way is fail:
            send_by_hand(payout_id=payout.id, reference="wire", now=RUN_AT)
        way(payout_id=payout.id, reason="not now", now=RUN_AT)
        assert sum_of(payee.account) == eur("50.00")
    assert balance("transit") == eur("0")


def test_approved_details_hold_and_changed_ones_are_proposed_anew() -> None:
    payee, operator = a_payee(), an_operator()
    earn(payee, "50.00")
    seal()
    run = a_run(operator)
    enter(payee, OTHER_IBAN, at=RUN_AT)
    waited = RUN_AT + timedelta(hours=72)

    # The change came into force before anybody approved: what was proposed is dropped.
    dropped = approve(payout_id=the_payout().id, user_id=operator.pk, now=waited)
    assert (dropped.state, dropped.reason) == (_STATE.DROPPED, DETAILS_CHANGED)
    assert sum_of(payee.account) == eur("50.00")
    assert look_again(run_id=run.pk, now=waited) == 1
    payout = Payout.objects.get(state=_STATE.PROPOSED)
    assert payout.details.account == OTHER_IBAN
    # Once it is approved, a further change does not reach it.
    approve(payout_id=payout.id, user_id=operator.pk, now=waited)
    enter(payee, IBAN, at=waited)
    asked = FileAsked(operator.pk, "pain.001.001.03", date(2027, 1, 4))
    file = write_bank_file(asked=asked, now=waited + timedelta(days=4))
    assert OTHER_IBAN.encode() in bytes(file.content)


def test_no_file_goes_to_an_account_from_which_money_came_back() -> None:
    payee, operator = a_payee(), an_operator()
    earn(payee, "50.00")
    seal()
    a_run(operator)
    first = the_payout()
    approve(payout_id=first.id, user_id=operator.pk, now=RUN_AT)
    send_by_hand(payout_id=first.id, reference="wire", now=RUN_AT)
    settle(payout_id=first.id, reference="STMT-1", now=RUN_AT)
    earn(payee, "60.00", at=RUN_AT)
    seal(at=RUN_AT)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    make_run(currency="EUR", cut_at=later, user_id=operator.pk, now=later)
    second = Payout.objects.get(state=_STATE.PROPOSED)
    approve(payout_id=second.id, user_id=operator.pk, now=later)
    bring_back(payout_id=first.id, reason="AC04", now=later)

    with pytest.raises(DetailsChangedError):
        send_by_hand(payout_id=second.id, reference="wire", now=later)
    assert Payout.objects.get(id=second.id).state == _STATE.APPROVED


def test_a_refund_since_the_proposal_drops_it() -> None:
    payee, operator = a_payee(), an_operator()
    earn(payee, "50.00")
    seal()
    run = a_run(operator)
    earn(payee, "-25.00", at=RUN_AT)

    dropped = approve(payout_id=the_payout().id, user_id=operator.pk, now=RUN_AT)
    assert dropped.state == _STATE.DROPPED
    assert look_again(run_id=run.pk, now=RUN_AT) == 1
    assert Payout.objects.get(state=_STATE.PROPOSED).paid == eur("25.00")


def test_why_an_account_is_left_out() -> None:
    operator = an_operator()
    cases = {
        "below": (a_payee("Below"), "19.99"),
        "none": (a_payee("None", iban=""), "50.00"),
        "owes": (a_payee("Owes"), "-5.00"),
        "abroad": (a_payee("Abroad"), "50.00"),
        "yearly": (a_payee("Yearly"), "50.00"),
        "fresh": (a_payee("Fresh", iban=""), "50.00"),
        "zero": (a_payee("Zero"), "0.01"),
    }
    for payee, amount in cases.values():
        earn(payee, amount)
    seal()
    wishes = [("abroad", "20", "USD", "month"), ("yearly", "20", "EUR", "year"),
              ("zero", "0", "EUR", "month")]  # fmt: skip
    for name, amount, currency, cadence in wishes:
        set_account_terms(
            account=cases[name][0].account,
            threshold=Money.parse(amount, currency=currency),
            cadence=cadence,
            user_id=cases[name][0].user.pk,
            now=SOLD_AT,
        )
    enter(cases["fresh"][0], IBAN, at=RUN_AT - timedelta(hours=71))

    run = a_run(operator)
    why = {
        each.account.party.name: each.why for each in run.skipped.select_related("account__party")
    }
    assert why == {
        "Below": Why.THRESHOLD,
        "None": Why.NO_DETAILS,
        "Abroad": Why.NO_RATE,
        "Yearly": Why.CADENCE,
        "Fresh": Why.WAITING,
    }
    assert [(each.source.party.name, each.paid) for each in run.payouts.all()] == [
        ("Zero", eur("0.01"))
    ]
    # At the year's end everything is paid, whatever threshold and cadence say.
    later = datetime(2027, 1, 1, tzinfo=UTC)
    sweep = make_run(currency="EUR", cut_at=later, user_id=operator.pk, now=later)
    paid = {each.source.party.name for each in sweep.payouts.select_related("source__party")}
    assert paid == {"Below", "Yearly", "Fresh"}


def test_a_period_that_is_not_over_or_not_sealed_is_not_paid() -> None:
    payee, operator = a_payee(), an_operator()
    earn(payee, "50.00")
    for cut_at in (CUT_AT, RUN_AT + timedelta(days=1)):
        with pytest.raises(CutInvalidError):
            a_run(operator, cut_at=cut_at)
    seal()
    earn(payee, "1.00", at=SOLD_AT + timedelta(hours=1))
    with pytest.raises(CutInvalidError):
        a_run(operator)
    assert not Payout.objects.exists()


def test_tax_of_a_territory_is_withheld_and_a_form_that_ran_out_waits() -> None:
    payee, operator = a_payee(), an_operator()
    for territory, amount in [("US", "100.00"), ("DE", "50.00")]:
        earn(payee, amount, territory=territory)
    seal()
    for residence, rate in [("", "0.3"), ("DE", "0")]:
        said = WithholdingSaid(
            "US", residence, Decimal(rate), "26 USC 1441", date(2026, 1, 1), None
        )
        record_withholding_rate(said=said, user_id=operator.pk, now=SOLD_AT)

    a_run(operator)
    payout = the_payout()
    assert (payout.withheld, payout.paid) == (eur("30.00"), eur("120.00"))
    approve(payout_id=payout.id, user_id=operator.pk, now=RUN_AT)
    assert balance("tax", "withholding:US") == eur("30.00")
    withdraw(payout_id=payout.id, reason="a form comes", now=RUN_AT)
    assert balance("tax", "withholding:US") == eur("0")
    form = FormSaid(payee.party.pk, "US", "DE", "W-8BEN", date(2026, 1, 1), date(2026, 12, 31))
    record_tax_form(said=form, user_id=operator.pk, now=RUN_AT)
    seal(at=RUN_AT)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    expired = make_run(currency="EUR", cut_at=later, user_id=operator.pk, now=later)
    assert expired.skipped.get().why == Why.FORM_EXPIRED
    valid = FormSaid(payee.party.pk, "US", "DE", "W-8BEN", date(2027, 1, 1), date(2029, 12, 31))
    record_tax_form(said=valid, user_id=operator.pk, now=later)
    assert look_again(run_id=expired.pk, now=later) == 1
    assert Payout.objects.get(state=_STATE.PROPOSED).paid == eur("150.00")


def test_what_was_paid_before_a_rate_was_on_record_is_not_taxed_afterwards() -> None:
    payee, operator = a_payee(), an_operator()
    earn(payee, "100.00", territory="US")
    seal()
    a_run(operator)
    approve(payout_id=the_payout().id, user_id=operator.pk, now=RUN_AT)
    send_by_hand(payout_id=the_payout().id, reference="wire", now=RUN_AT)
    settle(payout_id=the_payout().id, reference="STMT", now=RUN_AT)
    said = WithholdingSaid("US", "", Decimal("0.3"), "26 USC 1441", date(2026, 1, 1), None)
    record_withholding_rate(said=said, user_id=operator.pk, now=RUN_AT)
    earn(payee, "40.00", territory="US", at=RUN_AT)
    seal(at=RUN_AT)

    later = datetime(2027, 1, 1, tzinfo=UTC)
    make_run(currency="EUR", cut_at=later, user_id=operator.pk, now=later)
    second = Payout.objects.get(state=_STATE.PROPOSED)
    assert (second.withheld, second.paid) == (eur("12.00"), eur("28.00"))


def test_another_currency_is_converted_once_by_a_rate_on_record() -> None:
    payee, operator = a_payee(currency="GBP"), an_operator()
    earn(payee, "0.66", territory="GB")
    earn(payee, "100.00", territory="US")
    seal()
    set_account_terms(
        account=payee.account, threshold=eur("0"), cadence="month", user_id=payee.user.pk,
        now=SOLD_AT,
    )  # fmt: skip
    run = a_run(operator, currency="GBP")
    assert run.skipped.get().why == Why.NO_RATE
    said = RateSaid("GBP", "EUR", Decimal("1.1873"), "ECB", RUN_AT.date())
    record_exchange_rate(said=said, user_id=operator.pk, now=RUN_AT)
    assert look_again(run_id=run.pk, now=RUN_AT) == 1

    payout = the_payout()
    assert payout.converted == eur("119.513618")
    approve(payout_id=payout.id, user_id=operator.pk, now=RUN_AT)
    euros = Account.objects.get(kind="payee", currency="EUR", party=payee.party)
    assert sum_of(payee.account) == Money.zero("GBP")
    assert sum_of(euros) == payout.carried == eur("0.003618")
    assert balance("clearing", "exchange", "GBP") == Money.parse("100.66", currency="GBP")
    assert balance("clearing", "exchange") == -eur("119.513618")
    said_of = read_payout(bytes(the_payout().document))
    assert said_of.exchanged is not None
    assert (said_of.exchanged.factor, said_of.exchanged.source) == ("1.1873", "ECB")
    # What did not leave is due again where it was earned, tax and all.
    withdraw(payout_id=payout.id, reason="a test", now=RUN_AT)
    assert (sum_of(payee.account), sum_of(euros)) == (payout.due, eur("0"))
    assert balance("clearing", "exchange") == eur("0")
    assert balance("clearing", "exchange", "GBP") == Money.zero("GBP")
    earn(payee, "1.00", territory="GB", at=RUN_AT)
    seal(at=RUN_AT)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    newer = replace(said, day=later.date())
    record_exchange_rate(said=newer, user_id=operator.pk, now=later)
    make_run(currency="GBP", cut_at=later, user_id=operator.pk, now=later)
    again = Payout.objects.get(state=_STATE.PROPOSED)
    assert (again.source, again.due) == (payee.account, Money.parse("101.66", currency="GBP"))
    parts = again.parts.values_list("territory", "due_micro")
    assert dict(parts) == {"GB": 1_660_000, "US": 100_000_000}


def test_a_payout_is_a_leaf_and_ties_to_statement_and_lines(tmp_path) -> None:
    payee, operator = a_payee(), an_operator()
    first = earn(payee, "20.00")
    second = earn(payee, "30.00", territory="US")
    seal()
    a_run(operator)
    payout = the_payout()
    approve(payout_id=payout.id, user_id=operator.pk, now=RUN_AT)
    assert payout_file(log=the_signing_log(), payout=the_payout()) is None
    seal(at=RUN_AT)
    payout = the_payout()

    data = payout_file(log=the_signing_log(), payout=payout)
    assert data is not None
    log = the_signing_log()
    verdict = verify_payout(data, keys=log.verifiers)
    assert verdict.passed
    assert (verdict.said.paid_micro, verdict.said.carried_micro) == (50_000_000, 0)
    cheat = data.replace(b'\\"paid\\":50000000', b'\\"paid\\":49000000')
    assert cheat != data
    assert not verify_payout(cheat, keys=log.verifiers).passed
    statement = open_statement(log=log, account=payee.account.number, pages=list(sealed_pages()))
    assert statement is not None
    assert on_statements(verdict.said, [statement]).passed
    files = [tmp_path / "payout.json", tmp_path / "statement.json"]
    files[0].write_bytes(data)
    files[1].write_bytes(build_statement(statement))
    key = ["--key", log.verifiers[0].to_text()]
    seen = run(verify, *files, *key)
    assert (seen.exit_code, "stands on page 1" in seen.output) == (0, True), seen.output
    payee_files = [word for file in files for word in ("--payee", file)]
    audited = run(audit, "--log", log.folder.root, *payee_files, *key)
    assert audited.exit_code == 0, audited.output
    told = " ".join(audited.output.replace("│", " ").split())
    assert "All 1 payouts on the statements stand in the log" in told
    assert "is the one that everybody's log holds" in told
    # A payee's statement with a payout that no log announced convicts the store.
    silent = PayeeLog(payee.account.number, range(2))
    checks = {check.code: check for check in payee_checks([parsed(files[1])], silent)}
    assert checks["payouts-announced"].passed is False
    assert payout_in_log(verdict.proof, silent).passed is False
    # Both ways: the payout names its lines, and their stretch names the payout.
    paid = paid_lines(payout)
    assert {line.entry_id for line in paid.lines} == {first.id, second.id}
    assert paid.before + paid.earned == payout.due
    over = payouts_over(payee.account, first_index=0, end_index=payout.end_index)
    assert over == [payout]


def test_a_provider_pays_once_whoever_asks(settings) -> None:
    settings.PAYMENT_PROVIDERS = ["fakepay"]
    payee, operator = a_payee(), an_operator()
    earn(payee, "50.00")
    seal()
    a_run(operator)
    payout_id = the_payout().id
    with pytest.raises(StateWrongError):
        send_by_provider(payout_id=payout_id, code="fakepay", now=RUN_AT)
    approve(payout_id=payout_id, user_id=operator.pk, now=RUN_AT)
    with pytest.raises(ProviderCannotError):
        send_by_provider(payout_id=payout_id, code="bank-of-nowhere", now=RUN_AT)
    settings.PAYMENT_PROVIDERS = ["stripe", "fakepay"]
    # An IBAN is no account that is connected there: nothing is sent, and nobody is told.
    with pytest.raises(ProviderCannotError):
        send_by_provider(payout_id=payout_id, code="stripe", now=RUN_AT)
    assert the_payout().state == _STATE.APPROVED
    for _ in range(2):
        send_by_provider(payout_id=payout_id, code="fakepay", now=RUN_AT)
    assert ask_open(now=RUN_AT) == 0

    assert the_payout().reference.split()[0] == "fakepay"
    assert FakePayout.objects.get().key == str(payout_id)
    assert the_payout().state == _STATE.SETTLED
    # What came into that provider's account here is the earning; the payout left there.
    assert balance("clearing", "fakepay") == eur("0.00")
    assert balance("transit") == balance("clearing", "bank") == eur("0.00")


def test_nobody_but_the_provider_ends_what_is_with_it(settings) -> None:
    settings.PAYMENT_PROVIDERS = ["fakepay"]
    FakeKnobs(payouts="slow").save()
    payee, operator = a_payee(), an_operator()
    earn(payee, "50.00")
    seal()
    a_run(operator)
    payout_id = the_payout().id
    approve(payout_id=payout_id, user_id=operator.pk, now=RUN_AT)
    send_by_provider(payout_id=payout_id, code="fakepay", now=RUN_AT)
    for way, word in [(settle, "reference"), (fail, "reason"), (bring_back, "reason")]:
        with pytest.raises(StateWrongError):
            way(payout_id=payout_id, now=RUN_AT, **{word: "by hand"})
    FakePayout.objects.update(settles_at=RUN_AT - timedelta(days=9999))
    assert ask_open(now=RUN_AT) == 1
    # What came back later is booked at the provider, by its code.
    bring_back(payout_id=payout_id, reason="AC04", now=RUN_AT)
    assert balance("clearing", "fakepay") == -eur("50.00")


def test_what_a_contract_passes_on_is_paid_to_whom_it_owes() -> None:
    label, artist, operator = a_payee("Label"), a_payee("Artist"), an_operator()
    half = TermsSaid(date(2026, 11, 1), (Step(0, Fraction(1, 2)),), is_paid_by_store=True)
    between = Between(label.party.pk, artist.party.pk, "EUR", "Debut")
    terms = propose(
        contract=between, said=half, party_id=label.party.pk, user_id=operator.pk, now=SOLD_AT
    )
    accept_terms(terms_id=terms.pk, party_id=artist.party.pk, user_id=operator.pk, now=SOLD_AT)
    earn(label, "100.00")
    seal()

    run = a_run(operator)
    assert the_payout().paid == eur("50.00")
    passed = pass_on(contract_id=terms.contract_id, end_index=run.end_index, now=RUN_AT)
    assert passed is not None
    # What comes after the cut makes up for nothing: it is the next run's.
    earn(label, "70.00", at=RUN_AT)
    assert look_again(run_id=run.pk, now=RUN_AT) == 1
    paid_to = {each.source.party.name: each.paid for each in Payout.objects.all()}
    assert paid_to == {"Label": eur("50.00"), "Artist": eur("50.00")}
    drop(payout_id=Payout.objects.get(source=label.account).id, reason="a test", now=RUN_AT)
    assert look_again(run_id=run.pk, now=RUN_AT) == 1
    label_again = Payout.objects.get(source=label.account, state=_STATE.PROPOSED)
    assert label_again.paid == eur("50.00")
    # What was passed on after the cut is a line of the payouts after it, and on their statements.
    seal(at=RUN_AT)
    for each in Payout.objects.filter(state=_STATE.PROPOSED):
        approve(payout_id=each.id, user_id=operator.pk, now=RUN_AT)
    seal(at=RUN_AT)
    log = the_signing_log()
    for payee, amounts in [(label, [-50, 100]), (artist, [50])]:
        payout = Payout.objects.get(source=payee.account, state=_STATE.APPROVED)
        paid = paid_lines(payout)
        assert [line.amount.micro // MICRO for line in paid.lines] == amounts
        assert (paid.before, paid.lines[0].page) == (eur("0"), 1)
        data = payout_file(log=log, payout=payout)
        assert data is not None
        said = verify_payout(data, keys=log.verifiers).said
        number = payee.account.number
        statement = open_statement(log=log, account=number, pages=list(sealed_pages()))
        assert statement is not None
        assert on_statements(said, [statement]).passed


def test_tax_is_withheld_of_what_a_payer_keeps() -> None:
    label, artist, operator = a_payee("Label"), a_payee("Artist"), an_operator()
    most = TermsSaid(date(2026, 11, 1), (Step(0, Fraction(4, 5)),), is_paid_by_store=True)
    between = Between(label.party.pk, artist.party.pk, "EUR", "Debut")
    terms = propose(
        contract=between, said=most, party_id=label.party.pk, user_id=operator.pk, now=SOLD_AT
    )
    accept_terms(terms_id=terms.pk, party_id=artist.party.pk, user_id=operator.pk, now=SOLD_AT)
    said = WithholdingSaid("US", "", Decimal("0.3"), "26 USC 1441", date(2026, 1, 1), None)
    record_withholding_rate(said=said, user_id=operator.pk, now=SOLD_AT)
    earn(label, "150.00", territory="US")
    earn(label, "100.00")
    earn(label, "-50.00")
    seal()

    # A fifth of 150.00 is of the US, and a fifth of 50.00 of elsewhere.
    a_run(operator)
    assert (the_payout().due, the_payout().withheld) == (eur("40.00"), eur("9.00"))
    parts = the_payout().parts.values_list("territory", "due_micro")
    assert dict(parts) == {"DE": 10_000_000, "US": 30_000_000}


def test_the_database_refuses_what_skips_a_step() -> None:
    payee, operator = a_payee(), an_operator()
    earn(payee, "50.00")
    seal()
    a_run(operator)
    payout = the_payout()
    wrong = [
        {"state": "approved", "document": b"x"},
        {"state": "sent"},
        {"state": "settled"},
        {"paid_micro": 1},
        {"state": "dropped"},
    ]
    for fields in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Payout.objects.filter(id=payout.id).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        payout.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        payee.party.payout_details.update(account=OTHER_IBAN)
    for _ in range(2):
        drop(payout_id=payout.id, reason="a test", now=RUN_AT)
    with pytest.raises(StateWrongError):
        approve(payout_id=payout.id, user_id=operator.pk, now=RUN_AT)


def test_the_database_knows_the_coins_of_every_currency() -> None:
    from_sql = (
        "SELECT payouts_coin(c) FROM unnest(%s::text[]) WITH ORDINALITY AS u(c, n) ORDER BY n"
    )
    codes = sorted(CURRENCIES)
    with connection.cursor() as cursor:
        cursor.execute(from_sql, [codes])
        coins = [row[0] for row in cursor.fetchall()]
    assert coins == [micro_per_minor_unit(code) for code in codes]
