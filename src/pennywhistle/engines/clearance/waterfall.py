"""Where a price goes, and the smallest price that leaves enough (docs/algorithms/floor.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from pennywhistle.engines.clearance.tariff import Base

if TYPE_CHECKING:
    from pennywhistle.engines.clearance.tariff import Fee


class _Lines(NamedTuple):
    """Everything that comes off a price, as whole numbers over one denominator.

    At price p (whole micro-units): the net is `net` · p, the store's part `store` · p, fee k is
    max(slopeₖ · p, leastₖ), the pool `pool` · p less the fees and `service`.
    """

    denominator: int
    net: int
    store: int
    pool: int
    service: int
    wholesale: int
    # Of each fee: slope and least.
    fees: tuple[tuple[int, int], ...]


def _lines_of(charges: Charges) -> _Lines:
    """Bring everything that comes off a price over one denominator."""
    tax_above, tax_below = charges.tax_rate.numerator, charges.tax_rate.denominator
    store_above, store_below = charges.store_share.numerator, charges.store_share.denominator
    gross = tax_above + tax_below
    common = math.lcm(store_below, *[fee.denominator for fee in charges.fees])
    denominator = common * gross
    net = common * tax_below
    store = store_above * (common // store_below) * tax_below
    fees = []
    for fee in charges.fees:
        scale = common // fee.denominator
        percent = fee.percent_numerator * scale
        least = fee.least_numerator * scale * gross
        if fee.base is Base.NET:
            fees.append((percent * tax_below, least))
        elif fee.base is Base.GROSS:
            fees.append((percent * gross, least))
        else:
            # A percentage of the wholesale price does not depend on what the buyer pays.
            fees.append((0, max(least, percent * gross * charges.wholesale_micro)))
    return _Lines(
        denominator=denominator,
        net=net,
        store=store,
        pool=net - store,
        service=charges.service_fee_micro * denominator,
        wholesale=charges.wholesale_micro * denominator,
        fees=tuple(fees),
    )


@dataclass(frozen=True, slots=True)
class Charges:
    """Everything that comes off the price of one sale, and what must be left.

    `tax_rate` is on top of the net price and within the price; `store_share` is of the net price.
    `wholesale_micro` is what must reach the supplier's payees, `service_fee_micro` a fixed cost
    of the sale. All amounts are of one currency: whoever gathers the fees sees to it.
    """

    tax_rate: Fraction
    fees: tuple[Fee, ...]
    store_share: Fraction
    wholesale_micro: int
    service_fee_micro: int = 0
    lines: _Lines = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        assert self.tax_rate.numerator >= 0
        assert 0 <= self.store_share.numerator <= self.store_share.denominator
        assert self.wholesale_micro >= 0
        assert self.service_fee_micro >= 0
        object.__setattr__(self, "lines", _lines_of(self))


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Where a price goes, exactly: tax, fees, store, service and pool sum to the price.

    Each is a whole numerator over `denominator`, in micro-units; the properties are the same as
    fractions. The pool is below zero where the price does not even pay what comes off it.
    """

    price_micro: int
    denominator: int
    tax_numerator: int
    fee_numerators: tuple[int, ...]
    store_numerator: int
    service_numerator: int
    pool_numerator: int

    @property
    def net(self) -> Fraction:
        """The price without tax, in micro-units."""
        return self.price_micro - self.tax

    @property
    def tax(self) -> Fraction:
        """The tax within the price, in micro-units."""
        return Fraction(self.tax_numerator, self.denominator)

    @property
    def fees(self) -> tuple[Fraction, ...]:
        """What each tariff asks, in micro-units, in the order of the charges."""
        return tuple(Fraction(fee, self.denominator) for fee in self.fee_numerators)

    @property
    def store(self) -> Fraction:
        """The store's part, in micro-units."""
        return Fraction(self.store_numerator, self.denominator)

    @property
    def service(self) -> Fraction:
        """The fixed cost of the sale, in micro-units."""
        return Fraction(self.service_numerator, self.denominator)

    @property
    def pool(self) -> Fraction:
        """What is left for the supplier's payees, in micro-units."""
        return Fraction(self.pool_numerator, self.denominator)


def waterfall(price_micro: int, charges: Charges) -> Waterfall:
    """Divide a price into tax, fees, the store's part, the fixed cost and the pool."""
    assert price_micro >= 0
    lines = charges.lines
    fees = tuple([max(slope * price_micro, least) for slope, least in lines.fees])
    return Waterfall(
        price_micro=price_micro,
        denominator=lines.denominator,
        tax_numerator=(lines.denominator - lines.net) * price_micro,
        fee_numerators=fees,
        store_numerator=lines.store * price_micro,
        service_numerator=lines.service,
        pool_numerator=lines.pool * price_micro - sum(fees) - lines.service,
    )


def floor_micro(charges: Charges) -> int | None:
    """Return the smallest whole price whose pool is at least the wholesale, in micro-units.

    Every price from there on leaves enough and none below does. None where there is no such
    price: the percentages take all of it, or ask for more than all.

    What is left is concave in the price, so a tangent lies above it and cuts zero no later than
    it does (Newton's method from the left). The next whole price at or after that cut is still
    at or before the floor; if it leaves enough, it is the floor. Each step passes the price at
    which some percentage overtakes its minimum, so that there are at most as many as fees, and
    one more.
    """
    lines = charges.lines
    if lines.pool < sum([slope for slope, _ in lines.fees]):
        return None
    price_micro = 0
    missing, slope = _missing_at(price_micro, lines)
    while missing > 0:
        if slope <= 0:
            return None
        price_micro -= -missing // slope
        missing, slope = _missing_at(price_micro, lines)
    return price_micro


def shortfall_micro(price_micro: int, charges: Charges) -> int:
    """Return what must be added so that the wholesale is met at that price, 0 if it is met.

    Rounded up to whole micro-units. It also pays what fees are owed beyond the price; it is
    not part of the price and bears no tax, fee or share of the store.
    """
    lines = charges.lines
    missing, _ = _missing_at(price_micro, lines)
    return max(0, -(-missing // lines.denominator))


def _missing_at(price_micro: int, lines: _Lines) -> tuple[int, int]:
    """How far the pool is below the wholesale, and by how much it grows with the next price."""
    pool, pool_slope = lines.pool * price_micro, lines.pool
    for slope, least in lines.fees:
        fee = slope * price_micro
        if fee >= least:
            pool -= fee
            pool_slope -= slope
        else:
            pool -= least
    return lines.wholesale + lines.service - pool, pool_slope
