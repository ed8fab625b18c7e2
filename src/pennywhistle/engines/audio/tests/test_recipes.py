"""Names, keys and sizes of what can be had."""

import io
import re
from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.audio import (
    FAVORITES,
    RECIPES,
    Codec,
    Recipe,
    Sound,
    UnknownRecipeError,
    estimate_size,
    recipes,
)
from pennywhistle.engines.audio.recipes import MP3_KBPS
from pennywhistle.engines.audio.tests.tones import encoded, song
from pennywhistle.engines.audio.weighing import weigh

FOUR_MINUTES = Sound(240_000, 44_100, 2, 16)


def test_every_recipe_is_found_by_its_name_and_has_a_key_of_its_own() -> None:
    assert [Recipe.parse(recipe.name) for recipe in RECIPES] == [*RECIPES]
    assert len({recipe.key for recipe in RECIPES}) == len(RECIPES)
    assert len({recipe.words() for recipe in RECIPES}) == len(RECIPES)
    assert set(FAVORITES) <= set(RECIPES)


def test_the_key_names_the_encoder_and_its_version() -> None:
    assert Recipe.parse("mp3-v0").key.startswith("mp3-v0;lameenc-")
    assert ";av-" in Recipe.parse("flac").key


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_another_writer_of_tags_gives_another_key(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = recipe.key
    monkeypatch.setattr(
        recipes, "version", lambda name: "0" if name == "mutagen" else version(name)
    )

    assert (recipe.key == before) == (recipe.codec is Codec.ORIGINAL)


def test_an_original_file_depends_on_no_version() -> None:
    assert Recipe.parse("original").key == "original"


@pytest.mark.parametrize(
    ("name", "label", "settings"),
    [
        ("flac", "FLAC", (None, None, None, None)),
        ("flac-16", "FLAC 16 bit", (None, None, None, 16)),
        ("flac-l0", "FLAC level 0", (None, None, 0, None)),
        ("flac-l12-24", "FLAC level 12 24 bit", (None, None, 12, 24)),
        ("alac-16", "ALAC 16 bit", (None, None, None, 16)),
        ("wav-24", "WAV 24 bit", (None, None, None, 24)),
        ("aiff-16", "AIFF 16 bit", (None, None, None, 16)),
        ("wavpack-l3-16", "WavPack level 3 16 bit", (None, None, 3, 16)),
        ("mp3-v9", "MP3 V9", (None, 9, None, None)),
        ("mp3-320", "MP3 320 kbit/s", (320, None, None, None)),
        ("mp3-abr-190", "MP3 ABR 190 kbit/s", (190, None, None, None)),
        ("mp3-abr-320", None, None),
        ("aac-32", "AAC 32 kbit/s", (32, None, None, None)),
        ("aac-512", "AAC 512 kbit/s", (512, None, None, None)),
        ("opus-6", "Opus 6 kbit/s", (6, None, None, None)),
        ("opus-510", "Opus 510 kbit/s", (510, None, None, None)),
        ("original", "Original file", (None, None, None, None)),
    ],
)
def test_a_name_says_codec_and_settings(
    name: str, label: str | None, settings: tuple[int | None, ...] | None
) -> None:
    if label is None:
        with pytest.raises(UnknownRecipeError):
            Recipe.parse(name)
        return
    recipe = Recipe.parse(name)

    assert recipe.words() == label
    assert (recipe.bitrate_kbps, recipe.quality, recipe.level, recipe.bits) == settings
    assert recipe.is_average == ("abr" in name)


def test_vorbis_is_named_by_its_quality() -> None:
    recipe = Recipe.parse("vorbis-q6")

    assert (recipe.words(), recipe.quality, recipe.extension) == ("Ogg Vorbis q6", 6, "ogg")
    assert recipe.key.startswith("vorbis-q6;soundfile-")


@pytest.mark.parametrize(
    "name",
    [
        *("", "mp3", "../flac", "FLAC", "ogg", "flac ", "flac\n", "flac-", "flac-20", "flac-l13"),
        *("flac-16-l8", "flac-l08", "flac-l8-16-16", "flac-l", "wav-l5", "wav-32", "alac-l1"),
        *("mp3-321", "mp3-8", "mp3-v10", "mp3-v-1", "mp3-v00", "mp3-abr-31", "mp3-abr-311"),
        *("mp3-abr", "aac-31", "aac-513", "opus-5", "opus-511", "opus-096", "opus-٩٦", "aac-v5"),
        *("vorbis-q11", "vorbis-q", "vorbis-128", "wavpack-l4", "original-16", "mp3-" + "3" * 99),
    ],
)
def test_there_are_no_other_recipes(name: str) -> None:
    with pytest.raises(UnknownRecipeError):
        Recipe.parse(name)


@given(st.from_regex(r"(flac|mp3|opus|aac|wavpack)(-(l|v|q|abr-)?[0-9]{1,3}){0,2}", fullmatch=True))
def test_what_is_parsed_has_the_name_that_was_asked_for(name: str) -> None:
    try:
        recipe = Recipe.parse(name)
    except UnknownRecipeError:
        return

    numbers = {recipe.bitrate_kbps, recipe.quality, recipe.level, recipe.bits} - {None}
    assert recipe.name == name
    assert numbers == {int(text) for text in re.findall(r"[0-9]+", name.removeprefix("mp3"))}


def test_files_are_called_and_typed_by_their_container() -> None:
    named = {recipe.name: (recipe.extension, recipe.mime_type) for recipe in RECIPES}

    assert named["mp3-v0"] == ("mp3", "audio/mpeg")
    assert named["alac"] == named["aac-256"] == ("m4a", "audio/mp4")
    assert named["opus-128"] == ("opus", "audio/ogg")
    assert named["wavpack"] == ("wv", "audio/x-wavpack")


@pytest.mark.parametrize(
    ("container", "extension", "mime_type"),
    [("flac", "flac", "audio/flac"), ("mp4", "m4a", "audio/mp4"), ("ogg", "ogg", "audio/ogg")],
)
def test_an_original_is_called_and_typed_as_its_master(
    container: str, extension: str, mime_type: str
) -> None:
    recipe = Recipe.parse("original").of_master(container)

    assert (recipe.extension, recipe.mime_type) == (extension, mime_type)
    assert Recipe.parse("flac").of_master(container).extension == "flac"


@pytest.mark.parametrize("name", ["wav", "aiff", "wav-16", "mp3-320", "mp3-128", "mp3-32"])
@pytest.mark.parametrize("bits", [16, 24])
def test_an_exact_estimate_is_within_one_frame(name: str, bits: int) -> None:
    recipe = Recipe.parse(name)
    estimate = estimate_size(recipe, Sound(3_000, 44_100, 2, bits))

    made = encoded(song(sample_count=132_300, bits=bits), name)

    assert estimate.exact
    # One frame of MP3, and the heads of an empty tag.
    frame_bytes = 144_000 * (recipe.bitrate_kbps or 0) // 44_100 + 1
    assert abs(len(made) - estimate.size_bytes) <= frame_bytes + 30


@pytest.mark.parametrize("name", ["flac", "mp3-v0", "aac-256", "opus-128", "mp3-abr-190"])
def test_other_estimates_say_that_they_are_estimates(name: str) -> None:
    estimate = estimate_size(Recipe.parse(name), FOUR_MINUTES)

    assert not estimate.exact
    assert 3_000_000 < estimate.size_bytes < 40_000_000


def test_better_qualities_are_larger() -> None:
    sizes = [
        estimate_size(Recipe.parse(f"mp3-v{quality}"), FOUR_MINUTES).size_bytes
        for quality in range(10)
    ]

    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 10


def test_the_original_and_a_copied_flac_are_known_to_the_byte() -> None:
    master = encoded(song(sample_count=132_300), "flac", tags={"title": "of the supplier"})
    weights = weigh(io.BytesIO(master), io.BytesIO())
    sound = Sound(3_000, 44_100, 2, 16, len(master), weights)

    original = estimate_size(Recipe.parse("original"), sound)
    flac = estimate_size(Recipe.parse("flac"), sound)

    assert original == (len(master), True)
    assert flac.exact
    # Our own header: STREAMINFO and a comment block without comments.
    assert len(encoded(master, "flac")) - flac.size_bytes == pytest.approx(66, abs=10)


@pytest.fixture(scope="module")
def weighed() -> tuple[bytes, dict[str, int]]:
    """Half a minute, and what it weighs."""
    master = song(sample_count=30 * 44_100, bits=24)
    return master, weigh(io.BytesIO(master), io.BytesIO())


@pytest.mark.parametrize(
    "name",
    [
        "flac-16",
        "flac-l5",
        "flac-l8-24",
        "alac",
        "alac-16",
        "wavpack",
        "mp3-v0",
        "mp3-v2",
        "mp3-v6",
    ],
)
def test_what_was_weighed_is_estimated_closely(
    name: str, weighed: tuple[bytes, dict[str, int]]
) -> None:
    master, weights = weighed

    estimate = estimate_size(Recipe.parse(name), Sound(30_000, 44_100, 2, 24, 0, weights))

    assert estimate.size_bytes == pytest.approx(len(encoded(master, name)), rel=0.05)


def test_what_is_shorter_than_the_passages_can_be_weighed() -> None:
    weights = weigh(io.BytesIO(song(sample_count=500)), io.BytesIO())

    assert all(value >= 0 for value in weights.values())
    assert weights["flac-16"] > 0


def test_constant_rates_are_those_of_the_standard() -> None:
    named = {recipe.bitrate_kbps for recipe in RECIPES if recipe.codec is Codec.MP3}

    assert set(MP3_KBPS) <= named
