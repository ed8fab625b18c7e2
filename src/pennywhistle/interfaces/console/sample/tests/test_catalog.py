"""The sample catalog's data: counts, numbers, shares, and that every name leads somewhere."""

from fractions import Fraction

import pytest

from pennywhistle.interfaces.console.sample import CATALOG, SampleRelease, SampleTrack
from pennywhistle.interfaces.console.sample.covers import SLEEVES
from pennywhistle.interfaces.console.sample.labels.making import SECONDS_MAX, iswc, upc
from pennywhistle.interfaces.console.sample.music import STYLES
from pennywhistle.interfaces.console.sample.writing import file_name, folder_name

RELEASES: list[SampleRelease] = [release for label in CATALOG for release in label.releases]
TRACKS: list[SampleTrack] = [track for release in RELEASES for track in release.tracks]


def test_there_are_three_labels_eight_releases_and_forty_tracks() -> None:
    assert len(CATALOG) == 3
    assert len(RELEASES) == 8
    assert len(TRACKS) == 40
    assert [track.number for track in RELEASES[0].tracks] == [1, 2, 3, 4, 5, 6]


def test_every_piece_and_every_sleeve_is_used_once() -> None:
    assert len({track.piece for track in TRACKS}) == 40
    assert {track.piece[0] for track in TRACKS} == set(STYLES)
    assert {release.cover for release in RELEASES} == set(SLEEVES)


def test_tracks_last_longer_than_a_preview_and_less_than_a_minute() -> None:
    for track in TRACKS:
        style, number = track.piece
        assert 40 <= track.seconds <= SECONDS_MAX < 60, track.title
        assert track.seconds - STYLES[style].length_s(number) < 1


def test_shares_of_every_track_sum_to_one() -> None:
    for track in TRACKS:
        assert sum(share.share for share in track.split) == 1, track.title
        assert all(share.share > 0 for share in track.split)
        assert len({share.party for share in track.split}) == len(track.split)


def test_splits_come_in_awkward_shapes() -> None:
    found = {share.share for track in TRACKS for share in track.split}
    assert {Fraction(1), Fraction(1, 2), Fraction(1, 3), Fraction(1, 7)} <= found
    assert {Fraction(3333, 10_000), Fraction(1667, 10_000), Fraction(1, 100)} <= found


def test_numbers_are_unique_and_carry_valid_check_digits() -> None:
    assert len({track.isrc for track in TRACKS}) == 40
    assert len({track.iswc for track in TRACKS}) == 40
    for release in RELEASES:
        digits = [int(digit) for digit in release.upc]
        assert len(digits) == 12
        assert (3 * sum(digits[::2]) + sum(digits[1::2])) % 10 == 0
    for track in TRACKS:
        digits = [int(sign) for sign in track.iswc if sign.isdigit()]
        weighted = 1 + sum(place * digit for place, digit in enumerate(digits[:9], start=1))
        assert (weighted + digits[9]) % 10 == 0


def test_check_digits_agree_with_published_examples() -> None:
    # 036000291452 is the example of GS1's own check digit page; the ISWC is of ISO 15707's form.
    body = "03600029145"
    assert -(3 * sum(map(int, body[::2])) + sum(map(int, body[1::2]))) % 10 == 2
    assert upc(14)[:5] == "49900"
    assert iswc(34_524_680 - 990_000_000) == "T-034.524.680-1"


def test_prices_are_in_micro_units_and_one_track_is_sold_with_its_album_only() -> None:
    prices = [track.price_micro for track in TRACKS]
    assert set(prices) == {140_000, 190_000, None}
    assert prices.count(None) == 1
    for release in RELEASES:
        alone = sum(track.price_micro or 140_000 for track in release.tracks)
        assert alone * 8 // 10 <= release.price_micro < alone
        assert release.currency == "USD"


def test_territories_differ() -> None:
    found = {(release.territories.included, release.territories.excluded) for release in RELEASES}
    assert (("Worldwide",), ()) in found
    assert (("Worldwide",), ("US",)) in found
    assert (("DE", "AT", "CH"), ()) in found
    assert len(found) == 5


def test_explicit_is_said_of_the_track_and_of_its_release() -> None:
    for release in RELEASES:
        assert release.explicit == any(track.explicit for track in release.tracks)
    assert sum(track.explicit for track in TRACKS) == 1


def test_every_composer_is_credited() -> None:
    for track in TRACKS:
        written = {credit.party for credit in track.credits if credit.role == "Composer"}
        assert written == set(track.composers) != set()


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.cover)
def test_names_of_files_are_safe(release: SampleRelease) -> None:
    names = [folder_name(release), *(file_name(track) for track in release.tracks)]
    for name in names:
        assert not set(name) & set('\\/:*?"<>|')
        assert not name.endswith((".", " "))
    assert len(set(names)) == len(names)
