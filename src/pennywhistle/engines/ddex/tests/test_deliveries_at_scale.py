"""The generated deliveries are what they promise: right, different, and the same each time."""

from ern_deliveries import Distributor
from pennywhistle.engines.ddex import NewRelease, check, offers_of, read_message


def test_the_same_seed_makes_the_same_deliveries() -> None:
    first, again, other = Distributor(3).album(7), Distributor(3).album(7), Distributor(4).album(7)

    assert first.document == again.document
    assert first.files == again.files
    assert first.facts.numbers != other.facts.numbers


def test_generated_messages_have_nothing_wrong_with_them() -> None:
    distributor = Distributor()
    for place in range(12):
        message = read_message(distributor.album(place).document)
        assert isinstance(message, NewRelease)
        offers = offers_of(message)
        assert offers.grants["R0"]
        assert {found.code for found in check(message, offers)} <= {"album-only"}


def test_three_deals_for_each_territory_become_a_few_grants() -> None:
    distributor = Distributor()
    message = read_message(distributor.in_747_deals(distributor.album(1, track_count=3)).document)

    assert isinstance(message, NewRelease)
    assert len(message.contents.deals) == 747
    offers = offers_of(message)
    assert {release: len(grants) for release, grants in offers.grants.items()} == {
        "R0": 2,
        "R1": 1,
        "R2": 1,
        "R3": 1,
    }


def test_an_update_changes_prices_and_a_take_down_sells_nothing() -> None:
    distributor = Distributor()
    album = distributor.album(2)
    update, end = distributor.updated(album, 2), distributor.taken_down(album, 2)

    assert [sale.code for sale in update.facts.sales] != [sale.code for sale in album.facts.sales]
    assert end.facts.sales == ()
    times = [one.heading.created_at for one in (album, update, end)]
    assert times == sorted(set(times))
