"""Contracts in the studio: proposed by one side, accepted by the other, seen by nobody else."""

import pytest
from django.urls import reverse

from builders import usd
from pennywhistle.apps.contracts.models import Contract, Terms
from pennywhistle.apps.contracts.queries import standings
from pennywhistle.interfaces.studio.tests.studio_shop import a_supplier, sell_all

TERMS = {"share": "50 %", "starts_on": "2026-11-01"}


@pytest.fixture
def asked(ada, bob) -> dict[str, str]:
    """Ada's payee owes Bob's a half."""
    mine, other = ada.shelf.payees[0], bob.shelf.payees[0]
    return TERMS | {"mine": mine.pk, "side": "payer", "other": other.name, "name": "Debut"}


def propose(ada, asked) -> Contract:
    answer = ada.client.post(reverse("studio-contract-new"), asked)
    contract = Contract.objects.get()
    assert answer.url == reverse("studio-contract", args=[contract.public_id])
    return contract


def test_a_contract_is_proposed_accepted_and_on_both_statements(ada, bob, asked) -> None:
    more = {
        "steps": "10000: 60 %", "reserve": "20", "reserve_steps": "2: 50\n4: 50",
        "releases": ada.shelf.release.public_id, "guarantee": "5", "guarantee_on": "2999-01-01",
        "advance": "0.01", "advance_on": "2026-10-01", "group": "all", "is_paid_by_store": "on",
    }  # fmt: skip
    contract = propose(ada, asked | more)
    accept = reverse("studio-terms-accept", args=[contract.public_id, 1])
    assert ada.client.post(accept).status_code == 404

    assert contract.name in bob.client.get(reverse("studio-contracts")).content.decode()
    bob.client.post(accept)
    sell_all(ada)

    assert Terms.objects.accepted().count() == 1
    page = bob.client.get(reverse("studio-contract", args=[contract.public_id])).content.decode()
    for words in ("50 %", "60 % above", "Tin Weather", "Recouped together", "Accepted by"):
        assert words in page
    for supplier in (ada, bob):
        number = supplier.account.number
        found = supplier.client.get(reverse("studio-statements"), {"account": number})
        (row,) = found.context["contracts"]
        assert (row.name, row.is_owed) == ("Debut", supplier is bob)
        assert reverse("studio-contract", args=[contract.public_id]) in found.content.decode()
    assert contract.name in ada.client.get(reverse("studio-contracts")).content.decode()
    (standing,) = standings([contract], now=contract.opened_at)
    assert (standing.earned, standing.due) == (usd("0.189"), usd("0.0945"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"share": "101"}, "at most 100 percent"),
        ({"steps": "10000 60"}, "Write each line as"),
        ({"steps": "x: 60"}, "is not an amount"),
        ({"reserve": "10", "reserve_steps": "soon: 60"}, "no number of months"),
        ({"advance": "5", "advance_on": "2999-01-01"}, "before its advance"),
        ({"releases": "nothing"}, "No release has the code"),
        ({"other": "Nobody at all"}, "Nobody is called"),
    ],
)
def test_what_makes_no_sense_is_told_at_once(ada, asked, changed, said) -> None:
    answer = ada.client.post(reverse("studio-contract-new"), asked | changed)

    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Contract.objects.exists()


def test_new_terms_are_proposed_withdrawn_and_refused_with_reasons(ada, bob, asked) -> None:
    contract = propose(ada, asked)
    bob.client.post(reverse("studio-terms-accept", args=[contract.public_id, 1]))
    terms = reverse("studio-terms-new", args=[contract.public_id])
    early = bob.client.post(terms, TERMS)
    assert (early.status_code, "today or later" in early.content.decode()) == (400, True)

    bob.client.post(terms, TERMS | {"starts_on": "2999-01-01"})
    bob.client.post(reverse("studio-terms-close", args=[contract.public_id, 2]))

    assert [terms.closed_at is None for terms in Terms.objects.order_by("number")] == [
        True, False,
    ]  # fmt: skip


def test_a_contract_is_not_there_for_others(ada, asked) -> None:
    contract = propose(ada, asked)
    stranger = a_supplier("Third Tin", "stranger@example.org").client
    one = [contract.public_id]

    assert stranger.get(reverse("studio-contract", args=one)).status_code == 404
    for name, arguments in [
        ("studio-terms-new", one),
        ("studio-terms-accept", [*one, 1]),
        ("studio-terms-close", [*one, 1]),
    ]:
        assert stranger.post(reverse(name, args=arguments), TERMS).status_code == 404
    assert not Terms.objects.exclude(closed_at__isnull=True).exists()
