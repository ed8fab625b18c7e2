"""The recording's side: is the item open, who grants its sale, and does the owner stand behind it?

Steps 1 to 3 and 6 of clearance (docs/algorithms/clearance.md).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from pennywhistle.engines.clearance.asking import priced, saying
from pennywhistle.engines.clearance.authority import who_may_license, why_nobody
from pennywhistle.engines.clearance.facts import US_TERRITORIES, Right
from pennywhistle.engines.clearance.reasons import Reason, Refusal, percent, refuse
from pennywhistle.kernel.split import SHARE_TOLERANCE
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.clearance.authority import Path
    from pennywhistle.engines.clearance.case import Case
    from pennywhistle.engines.clearance.facts import (
        Agreement,
        Grant,
        Item,
        Share,
        Track,
        Transfer,
    )


def require_open(case: Case) -> None:
    """The item is on the shelves, and neither it nor a track still to be bought is stopped."""
    item = case.item
    if not item.is_published:
        raise refuse("not-published", item.supplier, title=item.title)
    wanted = (track for track in item.tracks if track.ref not in case.question.owned)
    stops = dict.fromkeys([*item.stops, *(stop for track in wanted for stop in track.stops)])
    if stops:
        raise Refusal(
            *(
                Reason(f"stopped-{stop.kind}", (("sentence", stop.sentence),), item.supplier)
                for stop in stops
            )
        )


def grant_of(case: Case, subject: Item | Track, grants: Sequence[Grant]) -> tuple[Grant, bool]:
    """The grant that covers use, territory and instant, in amounts of money; the newest of two.

    The second answer says that a catalog's transfer lets two suppliers hold grants at once.
    """
    question = case.question
    now = [grant for grant in grants if question.use in grant.uses and case.is_granted(grant)]
    if not now:
        raise _not_granted(case, subject, grants)
    newest = now[0]
    if len(now) > 1:
        newest = max(now, key=lambda grant: grant.id)
        newest = saying(case, [each for each in now if each.licensor_id == newest.licensor_id])
    is_transfer = any(grant.licensor_id != newest.licensor_id for grant in now)
    if is_transfer:
        _require_transfer(case, subject, now)
    return priced(case, newest), is_transfer


def require_agreement(case: Case, grant: Grant) -> Agreement:
    """The licensor's agreement with the store; in the United States with a license source."""
    question = case.question
    agreements = case.register.agreements.get(grant.licensor_id, ())
    holding = [each for each in agreements if case.is_now(each.valid)]
    if not holding:
        raise refuse("no-agreement", grant.licensor, supplier=grant.licensor)
    agreement = max(holding, key=lambda each: each.id)
    if agreement.us_source is None and question.territory in US_TERRITORIES:
        raise refuse(
            "us-source", grant.licensor, supplier=grant.licensor, territory=question.territory
        )
    case.rely_on("agreed", agreement)
    return agreement


def require_master(case: Case, track: Track, grant: Grant) -> None:
    """The recording's owners are known, do not contradict each other, and let the licensor sell."""
    here = _owners(case, track)
    if len(here) != 1 or here[0].part != 1:
        _require_whole(case, track, grant, here)
    for share in here:
        if not share.part:
            continue
        case.rely_on("owns", share, track.title)
        _rely_on(case, _authority(case, track, grant, share.party_id))


def require_seller(case: Case, track: Track, grant: Grant, whole: Grant) -> bool:
    """The owners of a track that is sold under `grant` also let the release's licensor sell it.

    The answer is whether they need not, because the catalog is going from one of the two
    suppliers to the other: whose the money is, is open then.
    """
    if whole.licensor_id == grant.licensor_id:
        return False
    owners = (share.party_id for share in _owners(case, track) if share.part)
    try:
        authorities = [_authority(case, track, whole, owner_id) for owner_id in owners]
    except Refusal:
        if not _is_transfer(case, (whole, grant)):
            raise
        return True
    for authority in authorities:
        _rely_on(case, authority)
    return any(each.transfer for each in authorities) and _is_transfer(case, (whole, grant))


def require_currency(case: Case, grant: Grant) -> None:
    """Every grant that the sale relies on pays in the sale's currency; nothing is converted."""
    currency = case.question.currency
    named = {grant.wholesale.currency, *((grant.price.currency,) if grant.price else ())}
    foreign = sorted(named - {currency})
    if foreign:
        raise refuse(
            "currency", grant.licensor, title=case.item.title, other=foreign[0], currency=currency
        )


def _not_granted(case: Case, subject: Item | Track, grants: Sequence[Grant]) -> Refusal:
    """Nobody granted it; or elsewhere only; or not yet; or not any more."""
    question = case.question
    fitting = [grant for grant in grants if question.use in grant.uses]
    if not fitting:
        return refuse("no-grant", case.item.supplier, title=subject.title)
    who = " and ".join(_names(fitting))
    here = [grant for grant in fitting if grant.territories.mask & case.bit]
    if not here:
        everywhere = Territories.none()
        for grant in fitting:
            everywhere |= grant.territories
        return refuse(
            "territory",
            who,
            title=subject.title,
            territories=everywhere,
            territory=question.territory,
        )
    periods = [valid for grant in here if (valid := case.instants_of(grant)) is not None]
    starts = (valid.starts_at for valid in periods)
    coming = min((start for start in starts if start and start > case.at), default=None)
    if coming is not None:
        return refuse("not-yet", who, title=subject.title, date=f"{coming:%Y-%m-%d %H:%M}")
    # A local period that holds at no time here has its end in no zone either.
    ends = [valid.ends_at for valid in periods] or [grant.valid.ends_at for grant in here]
    ended = max(end for end in ends if end)
    return refuse("expired", who, title=subject.title, date=f"{ended:%Y-%m-%d %H:%M}")


def _require_whole(case: Case, track: Track, grant: Grant, shares: Sequence[Share]) -> None:
    """The owners' shares of the recording sum to one."""
    total = sum((share.part for share in shares), Fraction(0))
    territory, supplier = case.question.territory, grant.licensor
    if not shares:
        raise refuse("master-unknown", supplier, title=track.title, territory=territory)
    if total > 1 + SHARE_TOLERANCE or any(share.part.numerator < 0 for share in shares):
        owners = ", ".join(f"{case.name_of(each.party_id)} {percent(each.part)}" for each in shares)
        who = ", ".join(dict.fromkeys(case.name_of(each.party_id) for each in shares))
        raise refuse(
            "master-conflict", who, title=track.title, percent=percent(total), owners=owners
        )
    if total < 1 - SHARE_TOLERANCE:
        raise refuse(
            "master-incomplete",
            supplier,
            title=track.title,
            percent=percent(total),
            territory=territory,
        )


def _owners(case: Case, track: Track) -> list[Share]:
    """The shares of the recording itself that hold here and now."""
    return [
        share
        for share in track.recording.shares
        if share.right is Right.MASTER and case.is_here_and_now(share)
    ]


class _Authority(NamedTuple):
    """How an owner's right comes to a licensor: by mandates, and then by a catalog's transfer."""

    path: Path
    transfer: Transfer | None = None


def _authority(case: Case, track: Track, grant: Grant, owner_id: int) -> _Authority:
    """How the right of an owner of the recording comes to the grant's licensor.

    While a catalog goes from one supplier to another, the register of owners may still name the
    other side: then the transfer itself says that the licensor may sell.
    """
    holders = who_may_license(case, owner_id, Right.MASTER, track.recording.ref)
    for party_id, path in holders:
        if party_id == grant.licensor_id:
            return _Authority(path)
    for party_id, path in holders:
        transfer = _transfer_between(case, {party_id, grant.licensor_id})
        if transfer is not None:
            return _Authority(path, transfer)
    raise _chain_broken(case, track, grant, owner_id)


def _rely_on(case: Case, authority: _Authority) -> None:
    for mandate in authority.path:
        case.rely_on("mandates", mandate)
    if authority.transfer is not None:
        case.rely_on("transfers", authority.transfer)


def _chain_broken(case: Case, track: Track, grant: Grant, owner_id: int) -> Refusal:
    """No mandates lead from the owner to the supplier; or they do, and the right is elsewhere."""
    owner = case.name_of(owner_id)
    given_away = tuple(why_nobody(case, owner_id, Right.MASTER, track.recording.ref))
    if owner_id == grant.licensor_id and given_away:
        return Refusal(*given_away)
    broken = {
        "owner": owner,
        "title": track.title,
        "supplier": grant.licensor,
        "territory": case.question.territory,
    }
    return Refusal(Reason("chain-broken", tuple(broken.items()), owner), *given_away)


def _require_transfer(case: Case, subject: Item | Track, grants: Sequence[Grant]) -> None:
    """All who grant at once are the two sides of a transfer that is going on."""
    if not _is_transfer(case, grants):
        who = " and ".join(_names(grants))
        raise refuse("conflict", who, title=subject.title, suppliers=who)


def _is_transfer(case: Case, grants: Sequence[Grant]) -> bool:
    """Whether a catalog is going from one of the grants' two licensors to the other."""
    transfer = _transfer_between(case, {grant.licensor_id for grant in grants})
    if transfer is None:
        return False
    case.rely_on("transfers", transfer)
    case.hold(Reason("held-transfer", (), " and ".join(_names(grants))))
    return True


def _transfer_between(case: Case, suppliers: set[int]) -> Transfer | None:
    """The transfer of a catalog between two suppliers that is going on, in whichever direction."""
    for transfer in case.register.transfers:
        if {transfer.from_id, transfer.to_id} == suppliers and case.is_now(transfer.valid):
            return transfer
    return None


def _names(grants: Sequence[Grant]) -> list[str]:
    return sorted({grant.licensor for grant in grants})
