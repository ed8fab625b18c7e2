"""What a society proposes holds once an operator of the store accepts it, and not before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, a_store, a_user
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.rights.actions import MandateTerms, MandateToSelfError
from pennywhistle.apps.rights.models import License, Mandate, TariffLine
from pennywhistle.apps.rights.models import Tariff as TariffRow
from pennywhistle.apps.societies.actions import set_up_society
from pennywhistle.apps.societies.models import Proposal, Society
from pennywhistle.apps.societies.proposals import (
    LicenseProposed,
    ProposalDecidedError,
    ProposalReasonError,
    TariffNameTakenError,
    accept_proposal,
    propose,
    proposed_by,
    refuse_proposal,
)
from pennywhistle.apps.societies.tests.society_shop import SMALL, TENTH
from pennywhistle.apps.users.models import User
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.engines.clearance.tariff_check import TariffInvalidError
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from threads import at_once

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)
TARIFF = LicenseProposed(SMALL, Territories.of("FR", "BE"), Period(NOON, None), "Our list, 2026")


@pytest.fixture
def society() -> Society:
    return founded()


def founded() -> Society:
    a_store()
    party = ensure_party(name="Kestrel Society")
    return set_up_society(party_id=party.pk, terms=TENTH)


def asked(society: Society, proposed: LicenseProposed | MandateTerms = TARIFF) -> Proposal:
    person = ensure_person("kestrel@example.org")
    return propose(society_id=society.pk, proposed=proposed, user_id=person, now=NOON)


def ensure_person(email: str) -> int:

    known = User.objects.filter(email=email).first()
    return (known or a_user(email)).pk


def accept(proposal: Proposal) -> Proposal:
    operator = ensure_person("operator@example.org")
    return accept_proposal(proposal_id=proposal.pk, user_id=operator, now=LATER)


def refuse(proposal: Proposal, reason: str = "Too dear.") -> Proposal:
    operator = ensure_person("operator@example.org")
    return refuse_proposal(proposal_id=proposal.pk, reason=reason, user_id=operator, now=LATER)


def a_membership(society: Society) -> MandateTerms:
    """Of somebody with a studio here, for whom the society's word is not enough."""
    ada = ensure_party(name="Ada")
    let_act(party_id=ada.pk, user_id=ensure_person("ada@example.org"))
    return MandateTerms(
        from_party_id=ada.pk,
        to_party_id=society.pk,
        rights=tuple(map(str, WORK_RIGHTS)),
        territories=Territories.worldwide(),
        valid=Period.always(),
        is_exclusive=True,
        notice_days=90,
    )


def test_nothing_holds_before_it_is_accepted(society: Society) -> None:
    proposal = asked(society)

    assert proposal.state == "open"
    assert proposed_by(proposal) == TARIFF
    assert not License.objects.exists()
    assert not TariffRow.objects.exists()
    assert asked(society) == proposal


def test_accepted_it_is_on_record_and_once(society: Society) -> None:
    proposal = asked(society)

    assert accept(proposal).state == "accepted"
    accept(proposal)

    license_ = License.objects.get()
    assert (license_.licensor_id, license_.territories.text) == (society.pk, "BE, FR")
    line = TariffLine.objects.get()
    assert (line.tariff_id, line.percent, line.source) == (
        license_.tariff_id,
        Fraction(9, 100),
        "Our list, 2026",
    )


def test_a_tariff_on_record_is_changed_by_no_proposal(society: Society) -> None:
    accept(asked(society))
    before = list(TariffLine.objects.order_by("id").values())
    dearer = replace(TARIFF, tariff=replace(SMALL, percent=Fraction(1, 2)))

    with pytest.raises(TariffNameTakenError):
        asked(society, dearer)
    proposal = asked(society, replace(dearer, tariff=replace(dearer.tariff, name="Dearer")))
    accept(proposal)

    first, last = TariffLine.objects.order_by("id")
    assert [row for row in TariffLine.objects.values() if row["id"] == first.pk] == before
    assert (first.closed_at, last.percent) == (None, Fraction(1, 2))
    assert first.tariff_id != last.tariff_id


def test_of_two_proposals_by_one_name_the_second_waits(society: Society) -> None:
    first = asked(society)
    second = asked(society, replace(TARIFF, source="Our list, 2027"))
    accept(first)

    with pytest.raises(TariffNameTakenError):
        accept(second)

    second.refresh_from_db()
    assert second.state == "open"
    assert (License.objects.count(), TariffLine.objects.count()) == (1, 1)


def test_refused_it_says_why_and_nothing_is_on_record(society: Society) -> None:
    proposal = asked(society)
    with pytest.raises(ProposalReasonError):
        refuse(proposal, "  ")

    assert refuse(proposal).reason == "Too dear."

    assert refuse(proposal, "Otherwise.").reason == "Too dear."
    with pytest.raises(ProposalDecidedError):
        accept(proposal)
    assert not License.objects.exists()
    assert asked(society).pk != proposal.pk  # it may be proposed again


def test_what_was_accepted_is_not_refused(society: Society) -> None:
    proposal = accept(asked(society))

    with pytest.raises(ProposalDecidedError):
        refuse(proposal)


def test_whoever_proposes_learns_of_a_mistake_at_once(society: Society) -> None:
    with pytest.raises(TariffInvalidError):
        asked(society, replace(TARIFF, tariff=replace(SMALL, percent=Fraction(2))))
    with pytest.raises(MandateToSelfError):
        asked(society, replace(a_membership(society), from_party_id=society.pk))

    assert not Proposal.objects.exists()


def test_a_member_joins_when_the_operator_says_so(society: Society) -> None:
    terms = a_membership(society)
    proposal = asked(society, terms)
    assert proposed_by(proposal) == terms
    assert not Mandate.objects.exists()

    accept(proposal)

    mandate = Mandate.objects.get()
    assert (mandate.from_party_id, mandate.to_party_id) == (terms.from_party_id, society.pk)
    assert mandate.notice_days == 90


def test_what_was_decided_stays(society: Society) -> None:
    refuse(asked(society))

    with pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
        Proposal.objects.update(state="open", reason="", decided_at=None)
    with pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
        Proposal.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_two_operators_at_once_decide_it_once() -> None:
    proposal = asked(founded())
    ensure_person("operator@example.org")

    at_once(4, lambda number: refuse(proposal) if number % 2 else accept(proposal))

    proposal.refresh_from_db()
    assert License.objects.count() == (1 if proposal.state == "accepted" else 0)
