"""Parties are made once, and a number belongs to one of them."""

from fractions import Fraction

import pytest
from django.db import IntegrityError
from django.forms import model_to_dict

from builders import a_user
from pennywhistle.apps.parties.actions import (
    PartyIdentifierTakenError,
    ensure_party,
    identify_party,
    let_act,
)
from pennywhistle.apps.parties.models import Membership, Party, PartyIdentifier, Store
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.kernel.identifiers import IdentifierInvalidError
from threads import at_once

ISNI = "0000 0001 2103 2683"


@pytest.mark.django_db
def test_a_name_is_one_party() -> None:
    first = ensure_party(name="Ada Tin", about="Whistler.")
    again = ensure_party(name="Ada Tin", kind=Party.Kind.ORGANIZATION, about="Somebody else.")

    assert first == again
    assert (again.kind, again.about, again.slug) == ("person", "Whistler.", "ada-tin")
    assert ensure_party(name="ada tin") != first


@pytest.mark.django_db(transaction=True)
def test_a_name_that_is_made_at_once_in_many_places_is_one_party() -> None:
    made = at_once(20, lambda _: ensure_party(name="Ada Tin").pk)

    assert set(made) == {Party.objects.get().pk}


@pytest.mark.django_db
def test_a_number_is_kept_once_in_its_normal_form() -> None:
    party = ensure_party(name="Ada Tin")

    first = identify_party(party_id=party.pk, scheme="isni", text=ISNI)
    again = identify_party(party_id=party.pk, scheme="isni", text="0000000121032683")

    assert first == again
    assert PartyIdentifier.objects.get().value == "0000000121032683"


@pytest.mark.django_db
def test_another_party_s_number_is_refused() -> None:
    ada, bob = ensure_party(name="Ada Tin"), ensure_party(name="Bob Zinc")
    identify_party(party_id=ada.pk, scheme="isni", text=ISNI)

    with pytest.raises(PartyIdentifierTakenError, match="Ada Tin"):
        identify_party(party_id=bob.pk, scheme="isni", text=ISNI)

    assert PartyIdentifier.objects.get().party == ada


@pytest.mark.django_db
def test_what_is_no_number_is_refused() -> None:
    party = ensure_party(name="Ada Tin")

    with pytest.raises(IdentifierInvalidError):
        identify_party(party_id=party.pk, scheme="isni", text="0000 0001 2103 268")

    assert not PartyIdentifier.objects.exists()


@pytest.mark.django_db
def test_only_members_act_for_a_party() -> None:
    party, member, stranger = ensure_party(name="Ada Tin"), a_user(), a_user("b@example.org")

    let_act(party_id=party.pk, user_id=member.pk)
    let_act(party_id=party.pk, user_id=member.pk)

    assert Membership.objects.count() == 1
    assert list(Party.objects.acted_for_by(user=member)) == [party]
    assert not Party.objects.acted_for_by(user=stranger).exists()


@pytest.mark.django_db
def test_there_is_one_store_and_it_has_defaults() -> None:
    assert (the_store().currency, the_store().share) == ("USD", Store().share)
    Store.objects.create(id=1)

    with pytest.raises(IntegrityError, match="parties_store_is_one"):
        Store.objects.create(id=2)


@pytest.mark.django_db
@pytest.mark.parametrize(("numerator", "denominator"), [(1, 1), (2, 1), (-1, 10), (0, 0), (1, -2)])
def test_the_store_s_share_is_a_part(numerator: int, denominator: int) -> None:
    with pytest.raises(IntegrityError, match="parties_store_share_is_a_part"):
        Store.objects.create(id=1, share_numerator=numerator, share_denominator=denominator)


@pytest.mark.django_db
def test_the_store_is_the_row_with_all_its_columns() -> None:
    assert the_store().name == "Pennywhistle"
    made = Store.objects.create(
        name="Test", currency="EUR", share_numerator=1, share_denominator=8, home_country="DE",
        about="Whistles.",
    )  # fmt: skip

    found = the_store()

    assert found.get_deferred_fields() == set()
    assert model_to_dict(found) == model_to_dict(made)
    assert found.share == Fraction(1, 8)
