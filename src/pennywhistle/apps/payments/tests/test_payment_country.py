"""Where the account or card is that paid, if the provider says so, is kept as evidence."""

from dataclasses import replace

import pytest

from builders import NOON, a_store, a_user, usd
from pennywhistle.apps.payments.models import TopUp
from pennywhistle.apps.payments.provider import Payment, PaymentState
from pennywhistle.apps.payments.work import _apply
from pennywhistle.apps.taxes.models import PlaceClue

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid() -> Payment:
    a_store()
    top_up = TopUp.objects.create(
        user=a_user(),
        key="key",
        provider="fakepay",
        provider_ref="ref-1",
        amount_micro=usd("5.00").micro,
        currency="USD",
        state=TopUp.State.PENDING,
        created_at=NOON,
        due_at=NOON,
    )
    return Payment("ref-1", str(top_up.pk), PaymentState.PAID, usd("5.00"), "FR")


def test_a_country_that_a_provider_says_is_a_clue_once(paid: Payment) -> None:
    for _ in range(2):
        _apply(TopUp.objects.get().pk, paid, NOON)

    clue = PlaceClue.objects.get()
    assert (clue.kind, clue.country, clue.source) == ("payment", "FR", "fakepay ref-1")


@pytest.mark.parametrize("country", ["", "EU", "France"])
def test_what_is_no_country_is_no_clue(paid: Payment, country: str) -> None:
    _apply(TopUp.objects.get().pk, replace(paid, country=country), NOON)

    assert TopUp.objects.get().state == TopUp.State.PAID
    assert not PlaceClue.objects.exists()


def test_a_payment_that_failed_says_nothing(paid: Payment) -> None:
    _apply(TopUp.objects.get().pk, replace(paid, state=PaymentState.FAILED), NOON)

    assert not PlaceClue.objects.exists()
