"""What a deal permits and what it does not (rules E1 to E9, and R5 to R12 of rights.md)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ern_messages import OTHER_SENDER, SENDER, VERSIONS, Built, Terms
from pennywhistle.engines.ddex import NewRelease, Offers, Policy, Severity, check, offers_of
from pennywhistle.engines.ddex.read import read_message
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.territories import TERRITORY_CODES, Territories


def read(built: Built) -> NewRelease:
    message = read_message(built.bytes())
    assert isinstance(message, NewRelease)
    return message


def offered(*deals: Terms, version: str = "432", policy: Policy | None = None) -> Offers:
    return offers_of(read(Built(version=version, deals=deals)), policy)


def channel(dpid: str, *, name: str = "DistributionChannel") -> str:
    return f"<{name}><PartyId><DPID>{dpid}</DPID></PartyId></{name}>"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_deal_for_paid_permanent_downloads_authorizes_a_sale(version: str) -> None:
    terms = Terms(territories=("DE", "FR"), end="2026-12-31", code="T03")

    (grant,) = offered(terms, version=version).grants["R0"]

    assert grant.territories == Territories.of("DE", "FR")
    (span,) = grant.spans
    assert span.starts is not None
    assert span.ends is not None
    assert (span.starts.raw, span.ends.raw) == ("2026-01-02", "2026-12-31")
    (price,) = grant.prices
    assert (price.kind, price.code, price.namespace) == ("code", "T03", SENDER)


@pytest.mark.parametrize(
    ("model", "use"),
    [
        ("SubscriptionModel", "ConditionalDownload"),
        ("SubscriptionModel", "PermanentDownload"),
        ("PayAsYouGoModel", "ConditionalDownload"),
        ("PayAsYouGoModel", "Download"),
        ("AdvertisementSupportedModel", "OnDemandStream"),
        ("FreeOfChargeModel", "PermanentDownload"),
        ("AsPerContract", "PermanentDownload"),
        ("", "PermanentDownload"),
    ],
)
def test_no_other_model_or_use_authorizes_a_sale(model: str, use: str) -> None:
    offers = offered(Terms(model=model, uses=(use,)))

    assert offers.grants == {}
    assert offers.refusals == ()
    assert offers.other_deals_count == 1


REFUSED = {
    "price-zero": Terms(wholesale="0.00"),
    "price-unreadable": Terms(wholesale="1,20"),
    "price-twice": Terms(wholesale="1.20", code="T03"),
    "territories-mixed": Terms(territories=("DE",), excluded=("FR",)),
    "territory-unknown": Terms(territories=("DE", "QQ")),
    "territory-missing": Terms(territories=()),
    "start-missing": Terms(start=None),
    "period-backwards": Terms(start="2026-02-01", end="2026-01-31"),
    "date-unreadable": Terms(start="2026-02"),
    "condition-unmet": Terms(extra="<NumberOfUsages>3</NumberOfUsages>"),
    "condition-unknown": Terms(extra="<OnlyOnSundays>true please</OnlyOnSundays>"),
    "channel-other": Terms(extra=channel(OTHER_SENDER)),
}


@pytest.mark.parametrize(("code", "terms"), REFUSED.items(), ids=REFUSED.keys())
@pytest.mark.parametrize("version", ["382", "411", "432"])
def test_a_deal_that_cannot_be_relied_on_is_refused_with_a_reason(
    code: str, terms: Terms, version: str
) -> None:
    message = read(Built(version=version, deals=(terms, Terms(releases=("R1",)))))
    offers = offers_of(message)

    assert set(offers.grants) == {"R1"}
    (refusal,) = offers.refusals
    assert (refusal.code, refusal.releases) == (code, ("R0",))
    assert refusal.deal == "/NewReleaseMessage/DealList/ReleaseDeal[1]/Deal"
    (finding,) = [one for one in check(message, offers) if one.severity is Severity.STOP]
    assert (finding.code, finding.rule) == (code, refusal.rule)
    assert finding.sentence
    assert finding.cure


@pytest.mark.parametrize("amount", ["1000000000000", "100000000.000001"])
def test_an_amount_that_no_release_costs_is_refused(amount: str) -> None:
    (refusal,) = offered(Terms(wholesale=amount)).refusals

    assert refusal.code == "price-unreadable"
    assert "R0" in offered(Terms(wholesale="100000000")).grants


@pytest.mark.parametrize("amount", ["1e309", "NaN", "-1", "", "1" * 19, "0.1234567", "٣"])
def test_an_amount_that_is_no_amount_is_refused(amount: str) -> None:
    (refusal,) = offered(Terms(wholesale=amount)).refusals

    assert refusal.code == "price-unreadable"


def test_an_amount_in_an_unknown_currency_is_refused() -> None:
    (refusal,) = offered(Terms(wholesale="1.00", currency="EURO")).refusals

    assert refusal.code == "price-unreadable"


def test_a_wholesale_price_is_exact() -> None:
    (grant,) = offered(Terms(wholesale="0.099999", currency="USD")).grants["R0"]

    assert grant.prices[0].money == Money(99_999, "USD")


def test_exclusions_without_inclusions_mean_everywhere_else() -> None:
    (grant,) = offered(Terms(territories=(), excluded=("US",))).grants["R0"]

    assert grant.territories == Territories.worldwide() - Territories.of("US")


def test_an_excluded_number_of_tis_is_expanded_never_ignored() -> None:
    (grant,) = offered(Terms(territories=(), excluded=("2129",))).grants["R0"]

    assert "US" not in grant.territories
    assert "CA" not in grant.territories
    assert "DE" in grant.territories


def test_a_start_may_be_missing_only_where_version_and_contract_allow_it() -> None:
    lenient = Policy(accepts_missing_start=True)

    assert offered(Terms(start=None), version="382").grants == {}
    assert "R0" in offered(Terms(start=None), version="382", policy=lenient).grants
    assert offered(Terms(start=None), version="42", policy=lenient).grants == {}


def test_an_album_deal_sells_the_album_only() -> None:
    """R6 and E9."""
    message = read(Built(deals=(Terms(),)))
    offers = offers_of(message)

    assert set(offers.grants) == {"R0"}
    only = [one.value for one in check(message, offers) if one.code == "album-only"]
    assert only == ["R1", "R2"]


def test_deals_that_differ_by_territory_only_are_one_grant() -> None:
    """R12: hundreds of deals stay few."""
    deals = tuple(Terms(territories=(code,), code="T1") for code in TERRITORY_CODES)

    (grant,) = offered(*deals, replace(deals[0], model="SubscriptionModel")).grants["R0"]

    assert grant.territories == Territories.worldwide()
    assert len(grant.deals) == len(TERRITORY_CODES)


def test_two_prices_for_one_place_and_time_sell_nothing_there() -> None:
    message = read(
        Built(
            deals=(
                Terms(code="T1", territories=("DE", "FR")),
                Terms(code="T2", territories=("DE", "GB")),
                Terms(code="T3", start="2025-01-01", end="2026-01-01"),
            )
        )
    )
    offers = offers_of(message)

    found = {grant.prices[0].code: grant.territories for grant in offers.grants["R0"]}
    assert found == {
        "T1": Territories.of("FR"),
        "T2": Territories.of("GB"),
        "T3": Territories.worldwide(),
    }
    said = [(refusal.code, refusal.value) for refusal in offers.refusals]
    assert said == [("deals-overlap", "DE"), ("deals-overlap", "DE")]


def test_three_prices_for_one_place_sell_nothing_there_either() -> None:
    deals = tuple(Terms(code=code, territories=("DE",)) for code in ("T1", "T2", "T3"))

    assert offered(*deals).grants == {}


def test_a_local_end_and_an_instant_as_start_of_the_same_midnight_do_not_overlap() -> None:
    offers = offered(
        Terms(code="T1", territories=("DE",), end="2026-01-31"),
        Terms(code="T2", territories=("DE",), start="2026-01-31T23:00:00Z"),
    )

    assert offers.refusals == ()
    assert len(offers.grants["R0"]) == 2


def test_endless_different_terms_sell_nothing_and_say_so() -> None:
    deals = tuple(Terms(code=f"T{number}", territories=("DE",)) for number in range(700))

    offers = offered(*deals, Terms(releases=("R1",)))

    assert offers.grants.keys() == {"R1"}
    assert {refusal.code for refusal in offers.refusals} == {"too-many-terms"}


def test_endless_pairs_of_deals_and_releases_sell_nothing_and_say_so() -> None:
    many = Terms(releases=("R0",) * 2_000).xml("432")
    deal = many[many.index("<Deal>") : many.index("</ReleaseDeal>")]
    data = Built(deals=()).bytes().decode()
    data = data.replace("<DealList>", f"<DealList>{many.replace(deal, deal * 101)}")
    message = read_message(data.encode())
    assert isinstance(message, NewRelease)

    offers = offers_of(message)

    assert offers.grants == {}
    assert [refusal.code for refusal in offers.refusals] == ["too-many-terms"]


def test_a_pre_order_is_marked_and_brings_its_incentives() -> None:
    extra = (
        "<IsPreOrderDeal>true</IsPreOrderDeal><InstantGratificationResourceList>"
        "<DealResourceReference>A1</DealResourceReference></InstantGratificationResourceList>"
    )

    (grant,) = offered(Terms(extra=extra)).grants["R0"]

    assert grant.is_pre_order
    assert [one.resources for one in grant.incentives] == [("A1",)]


def test_dates_of_showing_are_not_dates_of_selling() -> None:
    """E10: flat before 4.2, apart from it since."""
    old = Terms(extra="<CoverArtPreviewStartDate>2025-12-01</CoverArtPreviewStartDate>")
    visibility = (
        "<ReleaseVisibility><VisibilityReference>V1</VisibilityReference>"
        "<TerritoryCode>DE</TerritoryCode>"
        "<CoverArtPreviewStartDateTime>2025-12-01T00:00:00</CoverArtPreviewStartDateTime>"
        "</ReleaseVisibility>"
    )

    (deal,) = read(Built(version="382", deals=(old,))).contents.deals
    (shown,) = read(Built(extra={"deals": visibility})).contents.visibilities

    assert [one.kind for one in deal.displays] == ["cover-art-preview-start"]
    assert [one.kind for one in shown.dates] == ["cover-art-preview-start"]
    assert shown.where.territories == Territories.of("DE")


def test_an_effective_date_holds_the_deal_back() -> None:
    data = Built(version="382", deals=(Terms(),)).bytes()
    data = data.replace(b"</Deal></R", b"</Deal><EffectiveDate>2026-03-01</EffectiveDate></R")
    message = read_message(data)
    assert isinstance(message, NewRelease)

    (grant,) = offers_of(message).grants["R0"]

    assert grant.spans[0].starts is not None
    assert grant.spans[0].starts.raw == "2026-03-01"


@pytest.mark.parametrize(
    ("effective", "starts"),
    [
        # In Berlin the day begins before the instant, in New York after it.
        ("2026-03-01", ("local-time", "2026-03-01T16:00:00")),
        ("2026-03-02", ("local-date", "2026-03-02T00:00:00")),
        ("2026-02-28", ("instant", "2026-03-01T02:00:00")),
    ],
)
def test_an_effective_date_holds_the_deal_back_in_every_time_zone(
    effective: str, starts: tuple[str, str]
) -> None:
    data = Built(version="382", deals=(Terms(start="2026-03-01T02:00:00Z"),)).bytes()
    told = f"</Deal><EffectiveDate>{effective}</EffectiveDate></R".encode()
    message = read_message(data.replace(b"</Deal></R", told))
    assert isinstance(message, NewRelease)

    (grant,) = offers_of(message).grants["R0"]

    (span,) = grant.spans
    assert span.starts is not None
    assert span.starts.clock is not None
    assert (span.starts.meaning, span.starts.clock.isoformat()) == starts


@pytest.mark.parametrize("end", ["9999-12-31", "9999-12-31T23:59:59", "9999-12-31T00:00:00Z"])
def test_an_end_in_the_year_9999_is_none(end: str) -> None:
    (grant,) = offered(Terms(end=end)).grants["R0"]

    (span,) = grant.spans
    period = span.in_zone(UTC)
    assert period is not None
    assert period.ends_at is None
    assert not span.has_ended_everywhere(datetime(2026, 1, 1, tzinfo=UTC))


def test_training_is_never_inferred_and_always_shown() -> None:
    """E12."""
    terms = Terms(model="AsPerContract", uses=("UseForTrainingGenerativeAI",))
    message = read(Built(deals=(Terms(), terms)))

    shown = [one for one in check(message, offers_of(message)) if one.code == "training-use"]

    assert [one.rule for one in shown] == ["E12"]


def test_suggested_prices_and_ranges_only_inform() -> None:
    extra = (
        "<PriceInformation><PriceRangeType>Mid</PriceRangeType>"
        '<SuggestedRetailPrice CurrencyCode="EUR">9.99</SuggestedRetailPrice></PriceInformation>'
    )
    message = read(Built(version="382", deals=(Terms(extra=extra),)))
    offers = offers_of(message)

    assert "R0" in offers.grants
    informed = [one for one in check(message, offers) if one.code == "price-informative"]
    assert [one.rule for one in informed] == ["E8", "E8"]
