"""Formats are offered in the visitor's own words."""

from pennywhistle.engines.audio.recipes import NOTED
from pennywhistle.interfaces.shop.formats import NOTES


def test_every_note_of_a_recipe_is_known_to_the_translators() -> None:
    assert set(NOTES) == set(NOTED.values())
