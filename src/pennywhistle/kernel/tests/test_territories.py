"""Territories: exact sets, and no code that is passed over in silence."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.kernel.territories import TERRITORY_CODES, Territories, TerritoryUnknownError
from pennywhistle.kernel.tis import TIS_VERSION, members_at_least, members_at_most

WORLD = Territories.worldwide()
TIS_GROUPS = [*range(2100, 2135)]

code_sets = st.frozensets(st.sampled_from(TERRITORY_CODES), max_size=250)


def test_the_world_is_iso_3166_and_kosovo() -> None:
    assert len(WORLD) == len(TERRITORY_CODES) == 250
    assert len(set(TERRITORY_CODES)) == 250
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in TERRITORY_CODES)


def test_the_bits_never_move() -> None:
    """Rows in the database hold them. Add a code at the end; then mend the first figure here."""
    first = ",".join(TERRITORY_CODES[:250]).encode()
    assert hashlib.sha256(first).hexdigest() == (
        "85b3c4b76c81c9510629124c5a4f352e775b8a80998d91f44467fd7fea1d300d"
    )
    assert Territories.of("AD").mask == 1
    assert Territories.of("ZW").mask == 1 << 248
    assert Territories.of("XK").mask == 1 << 249


@pytest.mark.parametrize(
    ("included", "excluded", "described"),
    [
        (["DE", "FR"], [], "DE, FR"),
        (["FR", "DE", "DE"], [], "DE, FR"),
        ([" de "], [], "DE"),
        (["Worldwide"], [], "Worldwide"),
        (["worldwide"], ["US"], "Worldwide except US"),
        ([], ["US", "CA"], "Worldwide except CA, US"),
        ([], [], "Nowhere"),
        (["DE"], ["DE"], "Nowhere"),
        ([], ["Worldwide"], "Nowhere"),
        (["DE", "FR", "GB"], ["GB"], "DE, FR"),
        (["2136"], [], "Worldwide"),
        (["2136"], ["DE"], "Worldwide except DE"),
        (["840"], [], "US"),
        (["0840", "4"], [], "AF, US"),
        (["2129"], [], "CA, MX, US"),
        (["2110"], [], "BE, LU, NL"),
        (["2124", "2109"], [], "AT, CH, DE, EE, LT, LV"),
        (["2127"], ["208"], "FI, IS, NO, SE"),
    ],
)
def test_codes_are_read_as_contracts_write_them(
    included: list[str], excluded: list[str], described: str
) -> None:
    territories = Territories.parse(included, excluded=excluded)
    assert territories.describe() == str(territories) == described


def test_what_is_excluded_may_be_a_generator() -> None:
    only_excluded = Territories.parse(iter(()), excluded=(code for code in ["US"]))
    assert only_excluded == WORLD - Territories.of("US")


@pytest.mark.parametrize(
    "code",
    [
        "", " ", "UK", "XX", "EU", "USA", "US-CA", "AN", "CS", "D", "WW", "-1", "0", "1", "999",
        "200", "230", "736", "890", "2135", "2137", "9999", "12345", "٤", "2136 2129", "DE,FR",
    ],
)  # fmt: skip
def test_an_unknown_code_is_never_passed_over(code: str) -> None:
    with pytest.raises(TerritoryUnknownError) as refused:
        Territories.parse([code])
    assert refused.value.code == "territory-unknown"
    with pytest.raises(TerritoryUnknownError):
        Territories.parse(["Worldwide"], excluded=[code])
    with pytest.raises(TerritoryUnknownError):
        Territories.parse([], excluded=["DE", code])


def test_codes_given_by_the_program_are_in_capitals() -> None:
    assert Territories.of("FR", "DE").codes == ("DE", "FR")
    for code in ("de", "Worldwide", "2136", ""):
        with pytest.raises(TerritoryUnknownError):
            Territories.of(code)


def test_a_code_that_does_not_exist_lies_nowhere() -> None:
    assert "US" in WORLD
    assert "XX" not in WORLD
    assert "us" not in WORLD


def test_excluding_north_america_excludes_what_somebody_may_mean_by_it() -> None:
    """The samples of the standard exclude 2129; taking it too narrowly would sell."""
    rest = Territories.parse([], excluded=["2129"])

    assert not rest & Territories.of("US", "CA", "MX", "PM", "BM", "GL", "GU", "VI")
    assert Territories.of("PR", "BZ", "GB", "DK", "FR") <= rest


def test_a_country_that_left_a_group_gains_and_loses_nothing_by_it() -> None:
    assert "GB" not in Territories.parse(["2123"])
    assert "GB" not in Territories.parse([], excluded=["2123"])
    assert "IE" in Territories.parse(["2123"])


def test_a_country_grants_itself_and_excludes_its_dependencies_too() -> None:
    assert Territories.parse(["250"]).codes == ("FR",)
    without_france = Territories.parse([], excluded=["250"])
    assert "RE" not in without_france
    assert "NC" in without_france
    # ISO's own code means itself alone, both ways.
    assert "RE" in Territories.parse([], excluded=["FR"])


@pytest.mark.parametrize("number", TIS_GROUPS)
def test_a_group_grants_at_most_what_it_excludes(number: int) -> None:
    granted = Territories.of(*members_at_least(number))
    excluded = Territories.of(*members_at_most(number))
    assert granted
    assert granted <= excluded
    assert granted == Territories.parse([str(number)])
    assert excluded == WORLD - Territories.parse([], excluded=[str(number)])


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        (2101, [2102, 2134]),
        (2102, [2113, 2129, 2132]),
        (2100, [2128]),
        (2106, [2125, 2133]),
        (2114, [2115, 2116, 2117]),
        (2120, [2111, 2122]),
        (2122, [2119, 2131]),
        (2130, [2107]),
        (2134, [2103]),
        (2121, [2123]),
    ],
)
def test_a_group_holds_the_groups_that_lie_in_it(number: int, parts: list[int]) -> None:
    for part in parts:
        assert members_at_least(part) <= members_at_least(number)
        assert members_at_most(part) <= members_at_most(number)


def test_the_continents_share_the_world_among_them() -> None:
    continents = [2100, 2101, 2106, 2120, 2130]

    granted = [Territories.of(*members_at_least(number)) for number in continents]
    excluded = [Territories.of(*members_at_most(number)) for number in continents]

    assert sum(map(len, granted)) == len(
        granted[0] | granted[1] | granted[2] | granted[3] | granted[4]
    )
    outside = WORLD - (excluded[0] | excluded[1] | excluded[2] | excluded[3] | excluded[4])
    assert outside.codes == ("AQ",)


def test_the_sizes_of_the_groups_are_those_of_tis() -> None:
    sizes = {number: len(members_at_least(number)) for number in TIS_GROUPS}
    assert sizes == {
        2100: 55,
        2101: 36,
        2102: 22,
        2103: 13,
        2104: 23,
        2105: 10,
        2106: 50,
        2107: 6,
        2108: 10,
        2109: 3,
        2110: 3,
        2111: 2,
        2112: 10,
        2113: 7,
        2114: 53,
        2115: 18,
        2116: 9,
        2117: 5,
        2118: 8,
        2119: 14,
        2120: 44,
        2121: 30,
        2122: 40,
        2123: 27,
        2124: 3,
        2125: 19,
        2126: 4,
        2127: 5,
        2128: 5,
        2129: 3,
        2130: 16,
        2131: 3,
        2132: 12,
        2133: 11,
        2134: 14,
    }


def test_the_world_is_no_list_of_members() -> None:
    for members in (members_at_least, members_at_most):
        with pytest.raises(KeyError):
            members(2136)
    assert TIS_VERSION


def test_the_digest_names_the_set_for_strangers() -> None:
    assert Territories.of("FR", "DE").digest == hashlib.sha256(b"DE,FR").hexdigest()
    assert Territories.none().digest == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), b"\xff" * 32])
def test_bytes_that_are_no_territories_are_refused(data: bytes) -> None:
    with pytest.raises(TerritoryUnknownError):
        Territories.from_bytes(data)


@pytest.mark.parametrize("mask", [-1, 1 << 250])
def test_a_mask_with_strange_bits_is_refused(mask: int) -> None:
    with pytest.raises(TerritoryUnknownError):
        Territories(mask)


@given(code_sets, code_sets)
def test_territories_are_sets_of_codes(first: frozenset[str], second: frozenset[str]) -> None:
    a, b = Territories.of(*first), Territories.of(*second)

    assert set(a) == first
    assert len(a) == len(first)
    assert list(a) == sorted(first) == list(a.codes)
    assert set(a | b) == first | second
    assert set(a & b) == first & second
    assert set(a - b) == first - second
    assert (a <= b) == (first <= second)
    assert (a == b) == (first == second) == (a.digest == b.digest)
    assert bool(a) == bool(first)
    assert all(code in a for code in first)


@given(code_sets)
def test_territories_survive_bytes_and_words(codes: frozenset[str]) -> None:
    territories = Territories.of(*codes)
    assert len(territories.to_bytes()) == 32
    assert Territories.from_bytes(territories.to_bytes()) == territories

    words = territories.describe().removeprefix("Worldwide").removeprefix(" except ")
    listed = Territories.of(*filter(None, words.replace("Nowhere", "").split(", ")))
    assert territories in (listed, WORLD - listed)
