"""Conditions that narrow a deal: met, not met, or not understood; never passed over."""

import pytest

from ern_messages import OTHER_SENDER, STORE, Built, Terms
from pennywhistle.engines.ddex import NewRelease, Offers, Policy, offers_of, read_message
from pennywhistle.kernel.territories import Territories

TECHNICAL = (
    "<DealTechnicalResourceDetailsReferenceList><DealTechnicalResourceDetailsReference>T1"
    "</DealTechnicalResourceDetailsReference></DealTechnicalResourceDetailsReferenceList>"
)
# Each of these narrows a right in a way that is easily passed over.
NARROWED = {
    "a start for one territory": (
        "<StartDate>2026-01-02",
        '<StartDate ApplicableTerritoryCode="JP">2026-01-02',
    ),
    "a vague start": ("<StartDate>", '<StartDate IsApproximate="true">'),
    "technical details": ("</DealTerms>", f"</DealTerms>{TECHNICAL}"),
    "something beside the deal": ("</Deal>", "</Deal><OnlyFor>members</OnlyFor>"),
    "a text in between": ("</UseType>", "</UseType>for members only"),
    "a pre-order in other words": (
        "</DealTerms>",
        "<IsPreOrderDeal>TRUE</IsPreOrderDeal></DealTerms>",
    ),
    "a pre-order in no words": ("</DealTerms>", "<IsPreOrderDeal/></DealTerms>"),
    "an end in other words": ("</DealTerms>", "<TakeDown>yes</TakeDown></DealTerms>"),
    "an unknown yes": ("</DealTerms>", "<NoUsageAllowed>true</NoUsageAllowed></DealTerms>"),
    "an unknown no": ("</DealTerms>", "<IsForPreviewOnly>false</IsForPreviewOnly></DealTerms>"),
    "an unknown part without a word": ("</DealTerms>", "<ForMembersOnly/></DealTerms>"),
    "an unknown yes of the deal": ("</Deal>", "<IsForPreviewOnly>true</IsForPreviewOnly></Deal>"),
    "an unknown attribute": ("<DealTerms>", '<DealTerms IsForPreviewOnly="true">'),
    "terms that are agreed elsewhere": (
        "</DealTerms>",
        "</DealTerms><IsCommunicatedOutOfBand>true</IsCommunicatedOutOfBand>",
    ),
}


def offered(*deals: Terms, version: str = "432", policy: Policy | None = None) -> Offers:
    message = read_message(Built(version=version, deals=deals).bytes())
    assert isinstance(message, NewRelease)
    return offers_of(message, policy)


def channel(dpid: str, *, name: str = "DistributionChannel") -> str:
    return f"<{name}><PartyId><DPID>{dpid}</DPID></PartyId></{name}>"


@pytest.mark.parametrize(("old", "new"), NARROWED.values(), ids=NARROWED.keys())
def test_whatever_else_the_terms_say_refuses_the_deal(old: str, new: str) -> None:
    data = Built(deals=(Terms(),)).bytes().decode()
    assert old in data
    message = read_message(data.replace(old, new).encode())
    assert isinstance(message, NewRelease)

    offers = offers_of(message)

    assert offers.grants == {}
    assert [refusal.code for refusal in offers.refusals] == ["condition-unknown"]


def test_a_date_that_says_that_it_holds_everywhere_narrows_nothing() -> None:
    data = Built(deals=(Terms(),)).bytes().decode()
    idle = '<StartDate ApplicableTerritoryCode="Worldwide" IsApproximate="false">'
    message = read_message(data.replace("<StartDate>", idle).encode())
    assert isinstance(message, NewRelease)

    assert "R0" in offers_of(message).grants


def test_what_is_known_to_narrow_nothing_grants() -> None:
    extra = "<IsPromotional>true</IsPromotional><IsExclusive>1</IsExclusive><TakeDown>0</TakeDown>"

    assert "R0" in offered(Terms(extra=extra), version="382").grants


def test_a_channel_for_some_territories_only_is_narrower_than_the_deal() -> None:
    ours = channel(STORE).replace("</Dist", "<TerritoryCode>DE</TerritoryCode></Dist")

    (refusal,) = offered(Terms(extra=ours), version="382").refusals

    assert refusal.code == "channel-other"


@pytest.mark.parametrize(
    ("territories", "rest"),
    [(("JP",), Territories.worldwide() - Territories.of("JP")), ((), None), (("QQ",), None)],
)
def test_a_take_down_wins_over_a_deal_of_the_same_message(
    territories: tuple[str, ...], rest: Territories | None
) -> None:
    down = Terms(territories=territories, model="", uses=(), extra="<TakeDown>true</TakeDown>")

    grants = offered(Terms(), down, version="382").grants

    assert [grant.territories for grant in grants.get("R0", ())] == ([rest] if rest else [])


@pytest.mark.parametrize(
    ("included", "excluded", "open_ones"),
    [
        # Greenland and Bermuda are of North America by one reading.
        (("2129",), (), {"US": False, "GL": False, "BM": False, "PM": False, "UM": False}),
        (("250",), (), {"FR": False, "GF": False, "GP": False, "RE": False, "DE": True}),
        ((), ("2129",), {"US": True, "GL": False, "DE": False}),
        (("DE", "FR"), ("FR",), {"DE": False, "FR": False, "US": False}),
    ],
)
def test_a_take_down_ends_the_sale_everywhere_it_could_mean(
    included: tuple[str, ...], excluded: tuple[str, ...], open_ones: dict[str, bool]
) -> None:
    down = Terms(
        territories=included,
        excluded=excluded,
        model="",
        uses=(),
        extra="<TakeDown>true</TakeDown>",
    )

    grants = offered(Terms(), down, version="382").grants.get("R0", ())

    left = grants[0].territories if grants else Territories.none()
    assert {code: code in left for code in open_ones} == open_ones


NAMED = "<ExcludedDistributionChannel><PartyName><FullName>A Shop</FullName></PartyName>"
NUMBERED = "<ExcludedDistributionChannel><PartyId><ISNI>0000000121032683</ISNI></PartyId>"


@pytest.mark.parametrize("start", [NAMED, NUMBERED])
@pytest.mark.parametrize("version", ["382", "432"])
def test_an_excluded_channel_that_may_be_this_store_refuses_the_deal(
    start: str, version: str
) -> None:
    excluded = Terms(extra=f"{start}</ExcludedDistributionChannel>")

    (refusal,) = offered(excluded, version=version).refusals

    assert refusal.code == "channel-other"


def test_a_store_without_a_number_cannot_tell_that_another_one_is_excluded() -> None:
    excluded = Terms(extra=channel(OTHER_SENDER, name="ExcludedDistributionChannel"))
    message = read_message(Built(deals=(excluded,), recipient="").bytes())
    assert isinstance(message, NewRelease)

    assert [refusal.code for refusal in offers_of(message).refusals] == ["channel-other"]


def test_a_deal_for_this_store_by_name_is_for_this_store() -> None:
    assert "R0" in offered(Terms(extra=channel(STORE))).grants
    own = Policy(own_keys=frozenset({f"dpid:{OTHER_SENDER}"}))
    assert "R0" in offered(Terms(extra=channel(OTHER_SENDER)), policy=own).grants


def test_a_deal_that_excludes_this_store_is_not_for_it() -> None:
    excluded = channel(STORE, name="ExcludedDistributionChannel")
    other = channel(OTHER_SENDER, name="ExcludedDistributionChannel")

    assert offered(Terms(extra=excluded)).refusals[0].code == "channel-other"
    assert "R0" in offered(Terms(extra=other)).grants


def test_a_deal_with_drm_is_not_met_and_one_without_is() -> None:
    def terms(drm: str) -> Terms:
        kind = f"<DrmEnforcementType>{drm}</DrmEnforcementType>"
        return Terms(extra=f"<TechnicalInstantiation>{kind}</TechnicalInstantiation>")

    assert offered(terms("DrmEnforced"), version="382").refusals[0].code == "condition-unmet"
    assert "R0" in offered(terms("NotDrmEnforced"), version="382").grants
