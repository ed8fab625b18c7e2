"""Mollie's own client against a Mollie of ours: each verb once, whatever is told twice or lost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from builders import NOON, a_store, a_user
from json_server import serving
from mollie_face import KEY, TOKEN, MollieFace
from pennywhistle.apps.payments.abilities import Level, TellsMovements
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.apps.payments.provider import (
    KeyReusedError,
    NoticeRefusedError,
    PaymentState,
    ProviderClosedError,
    ProviderError,
    RefundRefusedError,
    RefundState,
)
from pennywhistle.kernel.money import Money
from pennywhistle.providers.mollie.adapter import Mollie
from pennywhistle.providers.mollie.client import client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import SettingsWrapper

    from pennywhistle.apps.payments.provider import Started

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
REFERENCE = "5f0e4b3a-0000-4000-8000-000000000001"
EARLY = NOON - timedelta(days=1)


def euro(text: str) -> Money:
    return Money.parse(text, currency="EUR")


@pytest.fixture
def face(settings: SettingsWrapper) -> MollieFace:
    settings.MOLLIE_KEY, settings.MOLLIE_ACCESS_TOKEN = KEY, TOKEN
    return MollieFace()


@pytest.fixture
def mollie(face: MollieFace) -> Iterator[Mollie]:
    client_of.cache_clear()
    with serving(face.answer, kind="application/hal+json") as url:
        yield Mollie(url=url)


def start(mollie: Mollie, amount: str = "10.00") -> Started:
    return mollie.start(
        reference=REFERENCE,
        amount=euro(amount),
        return_url="https://shop.example/balance/top-ups/1/",
        notify_url="https://shop.example/hooks/mollie/",
    )


def test_a_payment_begins_once_and_is_told_by_asking(mollie: Mollie, face: MollieFace) -> None:
    started = [start(mollie) for _ in range(2)]
    ref = started[0].provider_ref

    assert started[0] == started[1]
    assert started[0].redirect_url == f"https://www.mollie.com/checkout/{ref}"
    assert face.payments[ref]["webhookUrl"] == "https://shop.example/hooks/mollie/"
    assert mollie.fetch(provider_ref=ref).state is PaymentState.PENDING
    face.pay(
        ref, cardLabel="Visa", cardCountryCode="NL", cardFingerprint="f1", cardSecurity="3dsecure"
    )
    paid = mollie.fetch(provider_ref=ref)
    assert (paid.state, paid.amount, paid.reference) == (PaymentState.PAID, euro("10"), REFERENCE)
    assert (paid.country, paid.fingerprint, paid.network) == ("NL", "f1", "visa")
    assert paid.is_challenged


def test_who_cancels_or_goes_away_was_not_declined(mollie: Mollie, face: MollieFace) -> None:
    ref = start(mollie).provider_ref
    for status, declined in (("canceled", 0), ("expired", 0), ("failed", 1)):
        face.payments[ref]["status"] = status
        payment = mollie.fetch(provider_ref=ref)
        assert (payment.state, payment.decline_count) == (PaymentState.FAILED, declined)


def test_the_same_top_up_goes_on_when_mollie_has_forgotten_its_key(
    mollie: Mollie, face: MollieFace
) -> None:
    a_store(currency="EUR")
    first = start(mollie)
    TopUp.objects.create(
        id=REFERENCE,
        user=a_user(),
        key="a-key",
        provider="mollie",
        provider_ref=first.provider_ref,
        amount_micro=euro("10").micro,
        currency="EUR",
        created_at=NOON,
        due_at=NOON,
    )
    face.answered.clear()

    assert start(mollie) == first
    with pytest.raises(KeyReusedError):
        start(mollie, "11.00")
    face.pay(first.provider_ref, consumerAccount="NL91ABNA0417164300")
    assert start(mollie).redirect_url == "https://shop.example/balance/top-ups/1/"
    assert mollie.fetch(provider_ref=first.provider_ref).country == "NL"
    assert len(face.payments) == 1


def test_a_refund_is_made_once_and_never_beyond_what_was_paid(
    mollie: Mollie, face: MollieFace
) -> None:
    ref = start(mollie).provider_ref
    face.pay(ref)
    first = mollie.refund(provider_ref=ref, amount=euro("4.00"), key="key-1")
    face.answered.clear()
    again = mollie.refund(provider_ref=ref, amount=euro("4.00"), key="key-1")

    assert (first.state, again.state) == (RefundState.PENDING, RefundState.PENDING)
    [name] = face.refunds
    with pytest.raises(RefundRefusedError):
        mollie.refund(provider_ref=ref, amount=euro("7.00"), key="key-2")
    with pytest.raises(KeyReusedError):
        mollie.refund(provider_ref=ref, amount=euro("3.00"), key="key-1")
    for status, state in (("refunded", RefundState.DONE), ("failed", RefundState.FAILED)):
        face.refunds[name]["status"] = status
        assert mollie.refund(provider_ref=ref, amount=euro("4.00"), key="key-1").state is state


def test_the_balance_is_read_as_movements(mollie: Mollie, face: MollieFace) -> None:
    ref = start(mollie).provider_ref
    face.pay(ref)
    mollie.refund(provider_ref=ref, amount=euro("4.00"), key="key-1")
    face.book("outgoing-transfer", "-5.00", at="2026-11-22T01:00:00+00:00", transferId="trf_1")
    face.lines.append({**face.lines[-1], "id": "baltr_0", "createdAt": "2026-11-01T12:00:00+00:00"})

    assert isinstance(mollie, TellsMovements)
    found = mollie.movements(since=EARLY)

    assert [(each.kind, str(each.amount), str(each.fee)) for each in found] == [
        ("payment", "10.00 EUR", "0.29 EUR"),
        ("refund", "-4.00 EUR", "0.00 EUR"),
        ("payout", "-5.00 EUR", "0.00 EUR"),
    ]
    assert [each.source_ref for each in found] == [ref, "re_000001", "trf_1"]
    assert found[1].reference == "key-1"
    assert mollie.holding(currency="EUR") == sum((each.net for each in found), euro("9.71"))


def test_a_webhook_names_a_payment_and_is_believed_nothing_else(mollie: Mollie) -> None:
    notice = mollie.read_notice(body=urlencode({"id": "tr_000001"}).encode(), headers={})
    assert notice.provider_ref == "tr_000001"

    for body in (b"", b"id=", b"id=../../x", b"id=ord_1", b"id=tr_" + b"a" * 2_000, b"\xff\xfe"):
        with pytest.raises(NoticeRefusedError):
            mollie.read_notice(body=body, headers={})


def test_a_door_that_is_down_or_closed_says_which(
    mollie: Mollie, face: MollieFace, settings: SettingsWrapper
) -> None:
    face.is_down = True
    with pytest.raises(ProviderError):
        start(mollie)
    face.is_down, face.is_frozen = False, True
    with pytest.raises(ProviderClosedError):
        start(mollie)
    with pytest.raises(ProviderError):
        mollie.movements(since=EARLY)
    settings.MOLLIE_ACCESS_TOKEN = ""
    assert mollie.holding(currency="EUR") is None
    assert not face.payments


def test_the_doctor_is_told_what_is_set_up(mollie: Mollie, face: MollieFace) -> None:
    for is_frozen, level in ((False, Level.RIGHT), (True, Level.WRONG)):
        face.is_frozen = is_frozen
        found = mollie.check(notify_url="http://localhost/hooks/mollie/", currency="EUR", now=NOON)

        assert [each.name for each in found] == ["key", "webhook", "balance"]
        assert (found[0].level, found[1].level) == (level, Level.DOUBTFUL)
