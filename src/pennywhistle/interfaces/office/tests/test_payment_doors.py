"""The office switches doors, moves money to the bank, and answers banks."""

import pytest
from django.test import Client
from django.utils.timezone import now

from builders import a_shelf, a_user, usd
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.chargeback_evidence import shared_losses
from pennywhistle.apps.payments import sweeping
from pennywhistle.apps.payments.actions import TopUpAsked, start_top_up
from pennywhistle.apps.payments.chargeback_following import follow_chargebacks
from pennywhistle.apps.payments.doors import open_doors
from pennywhistle.apps.payments.models import Chargeback, DoorLimit, Sweep, TopUp
from pennywhistle.apps.payments.work import refresh_top_up
from pennywhistle.apps.users.models import User
from pennywhistle.providers.fakepay import cases, desk
from pennywhistle.providers.fakepay.models import FakeDispute, FakePayout


def paid_in(user: User, amount: str) -> TopUp:
    asked = TopUpAsked(user.pk, usd(amount), "fakepay", f"key-{amount}", "/")
    start_top_up(asked=asked, origin="http://testserver", now=now())
    top_up = TopUp.objects.get(key=asked.key)
    desk.choose(ref=top_up.provider_ref, scenario="succeed", now=now(), card="us-visa")
    return refresh_top_up(top_up_id=top_up.id, now=now())


def offered() -> list[str]:
    return [door.code for door in open_doors(currency="USD", country="US", now=now())]


def test_a_door_is_switched_and_limited_with_a_reason(office: Client) -> None:
    said = {"state": "closed", "currency": "", "country": "", "reason": "They ask questions."}
    assert office.post("/office/doors/fakepay/switch", said | {"reason": ""}).status_code == 400
    assert office.post("/office/doors/fakepay/switch", said | {"country": "XX"}).status_code == 400
    assert offered() == ["fakepay"]

    page = office.post("/office/doors/fakepay/switch", said, follow=True).content.decode()
    limit = office.post("/office/doors/fakepay/limit", {"most": "100", "reason": "New."})

    assert "They ask questions." in page
    assert offered() == []
    assert (limit.status_code, DoorLimit.objects.get().most) == (302, usd("100"))
    assert office.get("/office/doors/gone/switch").status_code == 404


def test_what_is_due_is_sent_by_the_provider_or_stays(office: Client) -> None:
    paid_in(a_user(), "30.00")
    sweeping.propose_sweeps(now=now())
    address = f"/office/sweeps/{Sweep.objects.get().id}"
    assert "Money to be moved to the bank" in office.get("/office/").content.decode()

    office.post(address, {"do": "moved", "words": " "})
    assert Sweep.objects.get().state == "due"
    for _ in range(2):
        page = office.post(address, {"do": "send"}, follow=True).content.decode()

    payout = FakePayout.objects.get()
    assert (payout.account, payout.amount_micro) == ("", 30_000_000)
    assert f"fakepay {payout.ref}" in page
    assert office.post(address, {"do": "no"}).status_code == 404


def test_evidence_is_read_saved_and_sent(office: Client) -> None:
    buyer = a_user()
    cases.open_dispute(ref=paid_in(buyer, "10.00").provider_ref, now=now())
    follow_chargebacks(now=now())
    row = Chargeback.objects.get()
    address = f"/office/chargebacks/{row.id}"

    listed = office.get("/office/chargebacks").content.decode()
    page = office.get(address).content.decode()
    file = office.get(f"{address}.txt")
    office.post(f"{address}/decide", {"do": "answer"})

    assert buyer.email in listed
    assert "Send the evidence" in page
    assert file.headers["Content-Disposition"] == f'attachment; filename="evidence-{row.id}.txt"'
    assert buyer.email in file.content.decode()
    assert buyer.email in FakeDispute.objects.get().evidence["buyer_email"]
    assert "the bank decides" in office.get(address).content.decode()


@pytest.mark.parametrize(("do", "state"), [("refund", "refunded"), ("leave", "left")])
def test_a_warning_is_refunded_or_left(office: Client, do: str, state: str) -> None:
    buyer = a_user()
    cases.warn(ref=paid_in(buyer, "30.00").provider_ref, now=now())
    follow_chargebacks(now=now())
    address = f"/office/chargebacks/{Chargeback.objects.get().id}/decide"

    office.post(address, {"do": "leave", "reason": ""})
    assert Chargeback.objects.get().state == "open"
    for _ in range(2):
        office.post(address, {"do": do, "reason": "A friend."})

    assert Chargeback.objects.get().state == state
    left = "30.00" if state == "left" else "0"
    assert balance_of(user=buyer, currency="USD") == usd(left)


def test_a_contract_to_share_losses_is_told_of_and_takes_nothing(office: Client) -> None:
    buyer, shelf = a_user(), a_shelf(track_price="4.00")
    payee = shelf.payees[0]
    asked = {"party": payee.public_id, "part": "1/2", "contract": "Of 2026, section 7."}
    assert office.post("/office/chargebacks/shares", asked | {"part": "200"}).status_code == 400
    for _ in range(2):
        office.post("/office/chargebacks/shares", asked)
    top_up = paid_in(buyer, "10.00")
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.track(1)],
        territory="US",
        shown=usd("4.00"),
        key="key",
        now=now(),
    )
    cases.open_dispute(ref=top_up.provider_ref, now=now())
    follow_chargebacks(now=now())

    row = Chargeback.objects.get()
    told = shared_losses(row)

    assert [(each.payee, 2 * each.asked.micro) for each in told] == [
        (payee.name, told[0].earned.micro)
    ]
    assert "Of 2026, section 7." in office.get(f"/office/chargebacks/{row.id}").content.decode()
    assert row.short == usd("4.00")
    office.post("/office/chargebacks/shares", asked | {"part": "0"})
    assert (
        "Nobody: the store bears all of it." in office.get("/office/chargebacks").content.decode()
    )
    # What was agreed when it was paid in stays on record, and holds for it.
    assert shared_losses(row) == told
