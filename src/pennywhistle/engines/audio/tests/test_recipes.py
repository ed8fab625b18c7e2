"""Names, keys and sizes of what can be had."""

import pytest

from pennywhistle.engines.audio import (
    FAVORITES,
    RECIPES,
    Recipe,
    UnknownRecipeError,
    estimate_size,
)
from pennywhistle.engines.audio.tests.tones import encoded, song


def test_every_recipe_is_found_by_its_name_and_has_a_key_of_its_own() -> None:
    assert [Recipe.parse(recipe.name) for recipe in RECIPES] == [*RECIPES]
    assert len({recipe.key for recipe in RECIPES}) == len(RECIPES)
    assert set(FAVORITES) <= set(RECIPES)


def test_the_key_names_the_encoder_and_its_version() -> None:
    assert Recipe.parse("mp3-v0").key.startswith("mp3-v0;lameenc-")
    assert ";av-" in Recipe.parse("flac").key


@pytest.mark.parametrize("name", ["", "mp3", "mp3-321", "../flac", "FLAC", "ogg"])
def test_there_are_no_other_recipes(name: str) -> None:
    with pytest.raises(UnknownRecipeError):
        Recipe.parse(name)


def test_files_are_called_and_typed_by_their_container() -> None:
    named = {recipe.name: (recipe.extension, recipe.mime_type) for recipe in FAVORITES}

    assert named["mp3-v0"] == ("mp3", "audio/mpeg")
    assert named["alac"] == named["aac-256"] == ("m4a", "audio/mp4")
    assert named["opus-128"] == ("opus", "audio/ogg")


@pytest.mark.parametrize("name", ["wav", "aiff", "mp3-320", "mp3-128", "mp3-32"])
@pytest.mark.parametrize("bits", [16, 24])
def test_an_exact_estimate_is_within_one_frame(name: str, bits: int) -> None:
    recipe = Recipe.parse(name)
    estimate = estimate_size(
        recipe, duration_ms=3_000, sample_rate_hz=44_100, channels=2, bits_per_sample=bits
    )

    made = encoded(song(sample_count=132_300, bits=bits), name)

    assert estimate.exact
    # One frame of MP3, and the heads of an empty tag.
    frame_bytes = 144_000 * (recipe.bitrate_kbps or 0) // 44_100 + 1
    assert abs(len(made) - estimate.size_bytes) <= frame_bytes + 30


@pytest.mark.parametrize("name", ["flac", "mp3-v0", "aac-256", "opus-128"])
def test_other_estimates_say_that_they_are_estimates(name: str) -> None:
    estimate = estimate_size(
        Recipe.parse(name),
        duration_ms=240_000,
        sample_rate_hz=44_100,
        channels=2,
        bits_per_sample=16,
    )

    assert not estimate.exact
    assert 3_000_000 < estimate.size_bytes < 40_000_000
