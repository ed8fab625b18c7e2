"""For whom a society's own word is not enough: whom the store knows by others than the society."""

from __future__ import annotations

from django.db.models import Q

from pennywhistle.apps.parties.models import Membership
from pennywhistle.apps.rights.models import Evidence, Mandate, OwnershipShare


def speaks_for_itself(party_id: int, society_id: int, user_id: int) -> bool:
    """Whether a mandate of the party needs its own word or the operator's, not the society's.

    It does where somebody acts for the party, or others recorded a share or a mandate of it: a
    mandate that the society made up would take that money, and could stop sales. It does not where
    the person acts for the party as well.
    """
    people = set(Membership.objects.filter(party_id=party_id).values_list("user_id", flat=True))
    if people:
        return user_id not in people
    own_word = Evidence.objects.filter(recorded_by__membership__party=society_id)
    by_others = Q(evidence=None) | ~Q(evidence__in=own_word)
    shares = OwnershipShare.objects.open().standing().filter(by_others, party_id=party_id)
    given = Mandate.objects.open().filter(by_others, from_party_id=party_id)
    return shares.exists() or given.exists()
