"""Laws of what messages permit: never more than the deals say, never two prices at once."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ern_messages import Built, Terms
from pennywhistle.engines.ddex import NewRelease, Offers, offers_of, read_message
from pennywhistle.engines.ddex.grants import SaleGrant
from pennywhistle.kernel.territories import Territories

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
CODES = st.lists(st.sampled_from(["DE", "FR", "US", "JP", "Worldwide", "2129", "QQ"]), max_size=3)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).date().isoformat()


TERMS = st.builds(
    lambda codes, excluded, model, price, start, length, extra: Terms(
        territories=tuple(codes),
        excluded=tuple(excluded),
        model=model,
        code=price,
        start=day(start),
        end=day(start + length),
        extra=extra,
    ),
    CODES,
    st.one_of(st.just([]), CODES),
    st.sampled_from(["PayAsYouGoModel", "PayAsYouGoModel", "SubscriptionModel"]),
    st.sampled_from(["T1", "T2", None]),
    st.integers(0, 30),
    st.integers(-1, 30),
    st.sampled_from(["", "", "", "<TakeDown>true</TakeDown>"]),
)


def offered(deals: list[Terms]) -> Offers:
    message = read_message(Built(version="382", deals=tuple(deals)).bytes())
    assert isinstance(message, NewRelease)
    return offers_of(message)


def covers(grant: SaleGrant, territory: str, number: int) -> bool:
    noon = FIRST + timedelta(days=number, hours=12)
    periods = [span.in_zone(UTC) for span in grant.spans]
    return territory in grant.territories and any(
        period is not None and noon in period for period in periods
    )


def permits(terms: Terms, territory: str, number: int) -> bool:
    """What one deal says, worked out without the engine."""
    if (
        terms.model != "PayAsYouGoModel"
        or terms.extra
        or "QQ" in terms.territories + terms.excluded
    ):
        return False
    if terms.territories and terms.excluded:
        return False
    where = Territories.parse(terms.territories, excluded=terms.excluded)
    assert terms.start is not None
    assert terms.end is not None
    return territory in where and terms.start <= day(number) <= terms.end


@given(st.lists(TERMS, max_size=5), st.sampled_from(["DE", "US", "JP", "BR"]), st.integers(0, 61))
def test_nothing_is_granted_that_no_deal_permits(
    deals: list[Terms], territory: str, number: int
) -> None:
    grants = offered(deals).grants.get("R0", ())

    found = [grant for grant in grants if covers(grant, territory, number)]
    permitting = [terms for terms in deals if permits(terms, territory, number)]

    assert len({grant.prices for grant in found}) <= 1
    assert {grant.prices[0].code if grant.prices else None for grant in found} <= {
        terms.code for terms in permitting
    }


@given(st.lists(TERMS, max_size=5))
def test_where_a_take_down_reaches_nothing_is_granted(deals: list[Terms]) -> None:
    offers = offered(deals)

    for release, grants in offers.grants.items():
        down = offers.taken_down.get(release, Territories.none())
        assert all(not grant.territories & down for grant in grants)
        assert all(grant.territories for grant in grants)
        for one, other in combinations(grants, 2):
            assert (one.spans, one.prices) != (other.spans, other.prices)


@given(st.lists(TERMS, max_size=4), st.randoms())
def test_the_order_of_deals_does_not_matter(deals: list[Terms], random: Random) -> None:
    shuffled = list(deals)
    random.shuffle(shuffled)

    def sold(offers: Offers) -> dict[str, set[tuple[object, ...]]]:
        return {
            release: {(grant.territories, grant.spans, grant.prices) for grant in grants}
            for release, grants in offers.grants.items()
        }

    assert sold(offered(deals)) == sold(offered(shuffled))
