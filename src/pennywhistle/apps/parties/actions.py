"""Making parties, and saying who acts for them."""

from django.db import transaction

from pennywhistle.apps.parties.models import Membership, Party, PartyIdentifier
from pennywhistle.kernel.identifiers import parse_identifier
from pennywhistle.kernel.slug import slugify


class PartyIdentifierTakenError(Exception):
    """The number already belongs to another party."""

    code = "identifier-taken"


@transaction.atomic
def ensure_party(*, name: str, kind: str = Party.Kind.PERSON, about: str = "") -> Party:
    """The party of exactly this name, made if there is none.

    Names are how a supplier's folder speaks of people; identifiers settle who is meant when two
    people share a name, and join them apart later.
    """
    found = Party.objects.select_for_update().filter(name=name).order_by("id").first()
    if found is not None:
        return found
    return Party.objects.create(name=name, kind=kind, slug=slugify(name), about=about)


@transaction.atomic
def identify_party(*, party_id: int, scheme: str, text: str) -> PartyIdentifier:
    """Note a party's number; the same number twice is harmless, another party's is refused."""
    value = parse_identifier(scheme, text).value
    identifier, _ = PartyIdentifier.objects.get_or_create(
        scheme=scheme, value=value, defaults={"party_id": party_id}
    )
    if identifier.party_id != party_id:
        raise PartyIdentifierTakenError(f"{scheme} {value} belongs to {identifier.party}.")
    return identifier


@transaction.atomic
def let_act(*, party_id: int, user_id: int) -> Membership:
    """Let a user act for a party."""
    membership, _ = Membership.objects.get_or_create(party_id=party_id, user_id=user_id)
    return membership
