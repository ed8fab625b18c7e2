"""A name is paid only where it cannot be a stranger who took it."""

import pytest

from builders import a_user
from pennywhistle.apps.parties.actions import ensure_party, let_act, open_studio, party_meant
from pennywhistle.apps.parties.models import Party

pytestmark = pytest.mark.django_db


@pytest.fixture
def label() -> Party:
    party = ensure_party(name="A Label", kind=Party.Kind.ORGANIZATION)
    let_act(party_id=party.pk, user_id=a_user("label@example.org").pk)
    return party


def test_a_name_that_nobody_has_is_a_new_party_and_then_that_one(label) -> None:
    first = party_meant(said="Ada", by_party_id=label.pk)

    assert party_meant(said="Ada", by_party_id=label.pk) == first
    assert (first.name, first.kind) == ("Ada", Party.Kind.PERSON)


def test_a_label_means_itself_by_its_own_name(label) -> None:
    other = Party.objects.create(name="A Label", slug="a-label")

    assert party_meant(said="A Label", by_party_id=label.pk) == label
    assert party_meant(said="A Label", by_party_id=other.pk) == other


def test_a_label_means_its_own_peoples_studios(label) -> None:
    member = label.membership_set.get().user
    studio = open_studio(user_id=member.pk, name="Ada")

    assert party_meant(said="Ada", by_party_id=label.pk) == studio


def test_a_stranger_who_took_the_name_first_or_later_is_not_meant(label) -> None:
    stranger = a_user("mallory@example.org")
    first = open_studio(user_id=stranger.pk, name="Famous")
    meant = party_meant(said="Famous", by_party_id=label.pk)
    later = open_studio(user_id=a_user("mallet@example.org").pk, name="Famous")

    assert meant not in {first, later}
    assert party_meant(said="Famous", by_party_id=label.pk) == meant


def test_a_public_id_means_exactly_that_party(label) -> None:
    friend = open_studio(user_id=a_user("friend@example.org").pk, name="Friend")

    assert party_meant(said=friend.public_id, by_party_id=label.pk) == friend


def test_a_studio_is_opened_once_and_takes_over_nothing() -> None:
    known, user = ensure_party(name="Ada"), a_user()

    studio = open_studio(user_id=user.pk, name="Ada")

    assert studio != known
    assert open_studio(user_id=user.pk, name="Ada") == studio
    assert list(Party.objects.acted_for_by(user=user)) == [studio]
