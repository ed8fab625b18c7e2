"""Territories in words: short, and in the visitor's language."""

import pytest
from django.utils import translation

from pennywhistle.interfaces.common.world import regions_of, territories_text
from pennywhistle.kernel.territories import Territories

WORLD = Territories.worldwide()
SOME = Territories.of("CH", "DE")


@pytest.mark.parametrize(
    ("territories", "language", "text"),
    [
        (WORLD, "en", "all countries"),
        (SOME, "en", "Germany, Switzerland"),
        (WORLD - SOME, "en", "all countries but Germany, Switzerland"),
        (SOME, "de", "Deutschland, Schweiz"),
        (WORLD - SOME, "de", "alle Länder außer Deutschland, Schweiz"),
        (SOME, "ar", "ألمانيا، سويسرا"),
        (WORLD - SOME, "ar", "كل البلدان إلا ألمانيا، سويسرا"),
    ],
)
def test_territories_are_told_short_and_in_the_visitor_s_language(
    territories: Territories, language: str, text: str
) -> None:
    with translation.override(language):
        assert territories_text(territories) == text


def test_every_territory_has_one_tile() -> None:
    regions = regions_of([(SOME, True), (WORLD - SOME, False)])

    tiles = [tile for region in regions for tile in region.tiles]
    assert sorted(tile.code for tile in tiles) == sorted(WORLD)
    assert {tile.code for tile in tiles if tile.is_open} == {"CH", "DE"}
