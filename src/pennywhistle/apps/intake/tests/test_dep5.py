"""Composers out of Debian's machine-readable copyright files."""

from pathlib import Path

import pytest

from pennywhistle.apps.intake.dep5 import CreditsFileError, read_credits
from pennywhistle.apps.intake.supplement import Supplement

FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
MUSIC = Path("/usr/share/games/example/data/core/music")


def composers(tmp_path: Path, text: str, path: str) -> list[str]:
    file = tmp_path / "copyright"
    file.write_text(FORMAT + text, encoding="utf-8")
    supplement = Supplement(notes=read_credits(file, folder=MUSIC))
    return [credit.name for credit in supplement.note_on(path).credits]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("2003-2009, Ada Example <ada@example.org>", "Ada Example"),
        ("Copyright (C) 2003 - 2009, 2012 by Ada Example", "Ada Example"),
        ("© 2010 Ada Example", "Ada Example"),
        ("(c) 2010-present Ada Example (ada@example.org)", "Ada Example"),
        ("Ada Example", "Ada Example"),
        ("2007 Þóra Ölm, et al.", "Þóra Ölm, et al"),
    ],
)
def test_a_holder_is_a_name_without_years_and_addresses(
    tmp_path: Path, line: str, name: str
) -> None:
    assert composers(tmp_path, f"\nFiles: *.ogg\nCopyright: {line}\n", "a.ogg") == [name]


def test_the_last_paragraph_that_fits_a_file_holds(tmp_path: Path) -> None:
    text = (
        "\nFiles: *\nCopyright: 2001 Everybody\n"
        "\nFiles: data/core/music/battle*.ogg\n data/core/music/sad.ogg\n"
        "Copyright: 2002 Ada\n 2003 Ben\n# a comment\nLicense: GPL-2\n text\n .\n text\n"
        "\nFiles: debian/*\nCopyright: 2004 The Packager\n"
    )

    assert composers(tmp_path, text, "battle-epic.ogg") == ["Ada", "Ben"]
    assert composers(tmp_path, text, "sad.ogg") == ["Ada", "Ben"]
    assert composers(tmp_path, text, "other.ogg") == ["Everybody"]


@pytest.mark.parametrize(
    "text",
    ["", "It was downloaded from somewhere.\n\nCopyright (C) 2003 by Ada\n", "\x00\xff" * 100],
)
def test_another_kind_of_file_is_refused_and_not_guessed_at(tmp_path: Path, text: str) -> None:
    file = tmp_path / "copyright"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(CreditsFileError):
        read_credits(file, folder=MUSIC)


def test_a_file_of_endless_paragraphs_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "copyright"
    file.write_text(FORMAT + "\n\nFiles: a" * 6_000, encoding="utf-8")

    with pytest.raises(CreditsFileError):
        read_credits(file, folder=MUSIC)
