"""What names of files and folders say, when tags say nothing."""

import pytest

from pennywhistle.apps.intake.naming import Named, plain, read_path


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("01 Title.flac", Named("", None, 1, "Title")),
        ("01. Title.flac", Named("", None, 1, "Title")),
        ("01 - The Title.flac", Named("", None, 1, "The Title")),
        ("1-02 Title.flac", Named("", 1, 2, "Title")),
        ("2.03_Some_Title.flac", Named("", 2, 3, "Some Title")),
        ("Album/CD2/03 Title.flac", Named("Album", 2, 3, "Title")),
        ("CD 1/03 Title.flac", Named("", 1, 3, "Title")),
        ("Album/Disc_3/Title.flac", Named("Album", 3, None, "Title")),
        ("Album/Extras/Title.flac", Named("Album/Extras", None, None, "Title")),
        ("main_menu.ogg", Named("", None, None, "main menu")),
        ("battle-epic.ogg", Named("", None, None, "battle-epic")),
        ("99 Balloons.flac", Named("", None, 99, "Balloons")),
        ("1999.flac", Named("", None, None, "1999")),
        ("00 Hidden.flac", Named("", None, None, "Hidden")),
        ("no extension", Named("", None, None, "no extension")),
    ],
)
def test_a_path_says(path: str, named: Named) -> None:
    assert read_path(path) == named


def test_characters_that_turn_text_round_are_dropped() -> None:
    assert plain("North\u202e gnp.exe\u2066") == "North gnp.exe"
