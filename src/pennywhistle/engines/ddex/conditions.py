"""Conditions of deals that narrow the right to sell: which of them this store meets.

It sells lossless masters and any format made from them, without DRM, for good, by the web, to any
device. A condition that asks for something else is not met; one that is not known is not met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pennywhistle.engines.ddex.terms import Deal
    from pennywhistle.engines.ddex.things import Party

_ANY_CONTRACT = "AsPerContract"

_MET_BY: dict[str, Callable[[set[str]], bool]] = {
    # The shop is on every screen: a deal for some of them only would be overstepped.
    "user-interface-type": lambda values: (
        _ANY_CONTRACT in values or {"PersonalComputer", "PortableDevice"} <= values
    ),
    "distribution-channel-type": lambda values: bool(
        values & {"Internet", "InternetAndMobile", _ANY_CONTRACT}
    ),
    "drm-enforcement-type": lambda values: values == {"NotDrmEnforced"},
    # About cartons of discs; says nothing of downloads.
    "number-of-products-per-carton": lambda _values: True,
}


def unmet_condition(
    deal: Deal, parties: Mapping[str, Party], own_keys: frozenset[str]
) -> tuple[str, str, str, str, str] | None:
    """The first condition that the store does not meet: code, rule, value, sentence and cure."""
    if deal.unread:
        return (
            "condition-unknown",
            "E1",
            deal.unread[0],
            "The deal says something that this store does not understand.",
            "Leave it out if it does not restrict the sale of downloads.",
        )
    if deal.is_marked("is-communicated-out-of-band"):
        return (
            "condition-unknown",
            "E1",
            "IsCommunicatedOutOfBand",
            "The deal says that its terms are agreed elsewhere.",
            "Send the terms with the deal.",
        )
    values: dict[str, set[str]] = {}
    for condition in deal.conditions:
        values.setdefault(condition.name, set()).add(condition.own or condition.value)
    for name, given in values.items():
        met_by = _MET_BY.get(name)
        if met_by is None or not met_by(given):
            return (
                "condition-unmet",
                "E1",
                f"{name}: {' '.join(sorted(given))}",
                f"The deal asks for {name}, which this store does not offer.",
                "Send a deal for downloads without DRM, in any format, on any device.",
            )
    return _other_channel(deal, parties, own_keys)


def _other_channel(
    deal: Deal, parties: Mapping[str, Party], own_keys: frozenset[str]
) -> tuple[str, str, str, str, str] | None:
    included = [channel for channel in deal.channels if not channel.is_excluded]
    ours = [channel for channel in deal.channels if _keys(parties, channel.party) & own_keys]
    # A channel for some territories only is a right that is narrower than the deal's.
    excluded = any(channel.is_excluded or channel.where for channel in ours) or any(
        channel.is_excluded and not (own_keys and _has_dpid(parties, channel.party))
        for channel in deal.channels
    )
    if not excluded and (not included or any(channel in ours for channel in included)):
        return None
    names = ", ".join(_name(parties, channel.party) for channel in deal.channels)
    return (
        "channel-other",
        "E1",
        names,
        "The deal is for other services than this one.",
        "Name this store by its DPID among the channels, or name none.",
    )


def _keys(parties: Mapping[str, Party], reference: str) -> set[str]:
    party = parties.get(reference)
    return {identity.key for identity in party.identities} if party else set()


def _has_dpid(parties: Mapping[str, Party], reference: str) -> bool:
    """Whether a party can be told from this store; by its name alone it cannot."""
    return any(key.startswith("dpid:") for key in _keys(parties, reference))


def _name(parties: Mapping[str, Party], reference: str) -> str:
    party = parties.get(reference)
    if party is None:
        return "?"
    return party.name or next(iter(party.trading_names), "") or party.dpid or "?"
