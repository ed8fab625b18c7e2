"""Formats are offered in the visitor's own words."""

from django.utils.translation import override

from pennywhistle.engines.audio import RECIPES, Recipe
from pennywhistle.engines.audio.recipes import LABEL_WORDS, NOTED
from pennywhistle.interfaces.shop.formats import LABELS, NOTES, label_of


def test_every_note_of_a_recipe_is_known_to_the_translators() -> None:
    assert set(NOTES) == set(NOTED.values())


def test_every_word_of_a_label_is_known_to_the_translators() -> None:
    assert set(LABELS) == set(LABEL_WORDS)


def test_labels_are_in_the_visitors_language_and_all_different() -> None:
    with override("de"):
        assert label_of(Recipe.parse("flac-l8-16")) == "FLAC Stufe 8 16 Bit"
        assert label_of(Recipe.parse("original")) == "Originaldatei"
    with override("ar"):
        assert "كيلوبت/ث" in label_of(Recipe.parse("mp3-abr-190"))
        assert len({label_of(recipe) for recipe in RECIPES}) == len(RECIPES)
