"""Making parties, and saying who acts for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from pennywhistle.apps.parties.models import Membership, Party, PartyIdentifier
from pennywhistle.apps.users.models import User
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
    found = _named(name)
    if found is not None:
        return found
    with connection.cursor() as cursor:
        # Until the commit: who makes the same name meanwhile waits, and finds this one.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('party'), hashtext(%s))", [name])
    found = _named(name)
    if found is not None:
        return found
    return Party.objects.create(name=name, kind=kind, slug=slugify(name), about=about)


@transaction.atomic
def party_meant(*, said: str, by_party_id: int, kind: str = Party.Kind.PERSON) -> Party:
    """Whom a party means by a name, or by another party's public id, which names exactly one.

    A name never reaches a party that strangers act for: whoever opens a studio under the name of
    somebody who is about to be paid would be paid in their place. Such a party is named by its
    public id. A name that nobody has, or only strangers, makes a new party.
    """
    return parties_named(said=[said], by_party_id=by_party_id, kind=kind)[said]


@transaction.atomic
def parties_named(
    *, said: Iterable[str], by_party_id: int, kind: str = Party.Kind.PERSON
) -> dict[str, Party]:
    """As `party_meant`, for many names at once: each name with whom it means."""
    names = list(dict.fromkeys(said))
    found = {party.public_id: party for party in Party.objects.filter(public_id__in=names)}
    colleagues = User.objects.filter(membership__party_id=by_party_id)
    known = Party.objects.filter(name__in=names).filter(
        Q(id=by_party_id) | Q(membership__user__in=colleagues) | Q(membership__isnull=True)
    )
    # The party itself first, then the oldest.
    for party in sorted(known.distinct(), key=lambda one: (one.pk != by_party_id, one.pk)):
        found.setdefault(party.name, party)
    new = [Party(name=name, kind=kind, slug=slugify(name)) for name in names if name not in found]
    found |= {party.name: party for party in Party.objects.bulk_create(new)}
    return {name: found[name] for name in names}


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody as a file speaks of them; `numbers` are (scheme, value) in their normal form."""

    name: str
    kind: str
    numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Meant:
    """The ids of the parties that were meant, in the order asked, and how many were made."""

    party_ids: tuple[int, ...]
    made: int


@transaction.atomic
def parties_meant(*, said: Sequence[Said], by_party_id: int) -> Meant:
    """Whom a party means by names and numbers, many at once; who is nobody yet is made.

    A number decides: the first one that is on record names its party, whatever the name. Where
    none is, a new party gets them: a number told by others is never put on a party that is there,
    or whoever called a studio like somebody famous would be paid in their place. A name without
    numbers is understood as `party_meant` does, but never as somebody of that name who has one.
    """
    with connection.cursor() as cursor:
        # Until the commit: two files that name the same new people come one after the other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('parties'), 0)")
    wanted = list(dict.fromkeys(said))
    by_number = _by_number(wanted)
    by_name = _by_name([each.name for each in wanted if not each.numbers], by_party_id)
    made: list[Party] = []
    meant: dict[Said, Party] = {}
    for each in wanted:
        known = [by_number[number] for number in each.numbers if number in by_number]
        if not each.numbers and each.name in by_name:
            known = [by_name[each.name]]
        if not known:
            made.append(Party(name=each.name, kind=each.kind, slug=slugify(each.name)))
            known = made[-1:]
            by_number |= dict.fromkeys(each.numbers, made[-1])
            if not each.numbers:
                by_name[each.name] = made[-1]
        meant[each] = known[0]
    Party.objects.bulk_create(made)
    new = {party.pk for party in made}
    PartyIdentifier.objects.bulk_create(
        PartyIdentifier(party=party, scheme=scheme, value=value)
        for (scheme, value), party in by_number.items()
        if party.pk in new
    )
    return Meant(tuple(meant[each].pk for each in said), len(made))


def _by_number(said: Sequence[Said]) -> dict[tuple[str, str], Party]:
    values = {value for each in said for _, value in each.numbers}
    known = PartyIdentifier.objects.filter(value__in=values).select_related("party")
    return {(one.scheme, one.value): one.party for one in known}


def _by_name(names: Sequence[str], by_party_id: int) -> dict[str, Party]:
    """Parties without numbers that no stranger acts for, by their names; one's own first."""
    colleagues = User.objects.filter(membership__party_id=by_party_id)
    known = Party.objects.filter(name__in=names).filter(
        Q(id=by_party_id)
        | Q(partyidentifier__isnull=True)
        & (Q(membership__user__in=colleagues) | Q(membership__isnull=True))
    )
    own_last = sorted(
        known.distinct(), key=lambda party: (party.pk != by_party_id, party.pk), reverse=True
    )
    return {party.name: party for party in own_last}


@transaction.atomic
def open_studio(*, user_id: int, name: str, kind: str = Party.Kind.PERSON) -> Party:
    """A party of one's own that one acts for; the same person and name again: the same party.

    Always a new party, even where one of that name is known: nobody takes over somebody else's
    music or money by calling themselves like them.
    """
    User.objects.select_for_update().get(id=user_id)
    mine = Party.objects.filter(membership__user_id=user_id, name=name).first()
    if mine is not None:
        return mine
    party = Party.objects.create(name=name, kind=kind, slug=slugify(name))
    Membership.objects.create(party=party, user_id=user_id)
    return party


def _named(name: str) -> Party | None:
    return Party.objects.filter(name=name).order_by("id").first()


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


def lock_parties(*, party_ids: Iterable[int | None]) -> None:
    """What touches the sales of these parties comes one after the other until the commit.

    Whoever publishes for a supplier and whoever decides against one takes this before it reads
    what holds, so that neither goes by what the other is about to change.
    """
    wanted = {party_id for party_id in party_ids if party_id is not None}
    locked = Party.objects.select_for_update(no_key=True).filter(id__in=wanted)
    # In order, so that no two wait for each other.
    list(locked.order_by("id").values_list("id", flat=True))


@transaction.atomic
def let_act(*, party_id: int, user_id: int) -> Membership:
    """Let a user act for a party."""
    membership, _ = Membership.objects.get_or_create(party_id=party_id, user_id=user_id)
    return membership
