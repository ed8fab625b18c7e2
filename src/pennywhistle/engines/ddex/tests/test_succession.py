"""What a message does to the one before it (rules E6, E7, E11; R2, R3, R4 of rights.md)."""

import itertools
from datetime import UTC, datetime

import pytest

from ern_messages import GTIN, OTHER_SENDER, SENDER, Built, Terms, purge
from pennywhistle.engines.ddex import (
    Change,
    NewRelease,
    Purge,
    Standing,
    follow,
    follow_purge,
    in_order,
    offers_of,
    read_message,
)
from pennywhistle.kernel.territories import Territories

ALBUM = f"gtin:{GTIN.zfill(14)}"
NEXT_DAY = "2026-01-02T10:00:00Z"


def read(built: Built) -> NewRelease:
    message = read_message(built.bytes())
    assert isinstance(message, NewRelease)
    return message


def read_purge(sender: str = SENDER, created: str = "2026-01-03T10:00:00Z") -> Purge:
    message = read_message(purge(sender=sender, created=created))
    assert isinstance(message, Purge)
    return message


def after(standing: Standing | None, built: Built) -> Change:
    message = read(built)
    return follow(standing, message, offers_of(message))


def first(*territories: str) -> Standing:
    change = after(None, Built(deals=(Terms(territories=territories),)))
    assert change.takes_effect
    assert change.standing is not None
    return change.standing


def second(*deals: Terms, created: str = NEXT_DAY, message_id: str = "M2") -> Built:
    return Built(deals=deals, created=created, message_id=message_id)


def test_the_first_message_opens_what_it_grants() -> None:
    change = after(None, Built(deals=(Terms(territories=("DE", "FR")),)))

    assert change.opened == {ALBUM: Territories.of("DE", "FR")}
    assert change.closed == {}
    assert change.alerts == ()


def test_a_territory_left_out_closes_at_once_and_the_supplier_is_told() -> None:
    """R2: message 1 says DE, FR, GB, message 2 says DE, FR."""
    change = after(first("DE", "FR", "GB"), second(Terms(territories=("DE", "FR"))))

    assert change.takes_effect
    assert change.closed == {ALBUM: Territories.of("GB")}
    (alert,) = change.alerts
    assert (alert.code, alert.territories) == ("omitted-territory", Territories.of("GB"))
    assert alert.cure


def test_a_territory_whose_deal_ends_closes_without_an_alert() -> None:
    ended = Terms(territories=("GB",), start="2025-01-01", end="2025-12-31")

    change = after(first("DE", "GB"), second(Terms(territories=("DE",)), ended))

    assert change.closed == {ALBUM: Territories.of("GB")}
    assert change.alerts == ()


def test_a_take_down_of_a_territory_closes_it_without_an_alert() -> None:
    down = Terms(territories=("GB",), model="", uses=(), extra="<TakeDown>true</TakeDown>")
    built = Built(
        version="382",
        deals=(Terms(territories=("DE",)), down),
        created=NEXT_DAY,
        message_id="M2",
    )

    change = after(first("DE", "GB"), built)

    assert change.closed == {ALBUM: Territories.of("GB")}
    assert change.alerts == ()


def test_a_message_without_deals_closes_everything() -> None:
    """E7, with an alert because nothing was said."""
    change = after(first("DE", "FR"), second())

    assert change.closed == {ALBUM: Territories.of("DE", "FR")}
    assert [alert.code for alert in change.alerts] == ["omitted-territory"]
    assert change.standing is not None
    assert change.standing.sold == ()


def test_a_refused_deal_closes_what_it_covered_before() -> None:
    change = after(first("DE"), second(Terms(territories=("DE",), wholesale="0")))

    assert change.closed == {ALBUM: Territories.of("DE")}
    assert change.alerts == ()


def test_a_track_that_is_left_out_is_closed_too() -> None:
    before = after(None, Built()).standing

    change = after(before, second(Terms(), Terms(releases=("R1",))))

    assert change.closed == {f"proprietary:{SENDER}:T2": Territories.worldwide()}


def test_an_older_message_that_arrives_later_changes_nothing() -> None:
    """R3."""
    change = after(first("DE"), second(Terms(), created="2025-12-31T23:59:59Z"))

    assert not change.takes_effect
    assert (change.closed, change.opened, change.standing) == ({}, {}, None)
    assert [alert.code for alert in change.alerts] == ["older-message"]


def test_order_is_by_instant_not_by_the_written_hour() -> None:
    later = "2026-01-01T09:30:00-08:00"

    assert after(first("DE"), second(Terms(), created=later)).takes_effect


def test_the_same_message_again_does_nothing() -> None:
    """Fault 16."""
    change = after(first("DE"), Built(deals=(Terms(territories=("DE",)),)))

    assert not change.takes_effect
    assert [alert.code for alert in change.alerts] == ["same-message"]


def test_messages_without_an_id_are_not_the_same_message() -> None:
    before = after(None, Built(message_id="")).standing

    change = after(before, second(message_id=""))

    assert change.takes_effect
    assert change.closed


def test_another_supplier_stands_beside_and_closes_nothing() -> None:
    """E11: the overlap of a catalog transfer is legitimate; clearance decides."""
    built = Built(sender=OTHER_SENDER, created=NEXT_DAY, message_id="M2", deals=(Terms(),))

    change = after(first("DE"), built)

    assert change.takes_effect
    assert change.closed == {}
    assert [alert.code for alert in change.alerts] == ["second-supplier"]


def test_a_purge_by_its_sender_closes_everything() -> None:
    change = follow_purge(first("DE"), read_purge())

    assert change.takes_effect
    assert change.closed == {ALBUM: Territories.of("DE")}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (read_purge(sender=OTHER_SENDER), "purge-by-other-sender"),
        (read_purge(sender=""), "purge-by-other-sender"),
        (read_purge(created="2025-12-31T10:00:00Z"), "older-message"),
    ],
)
def test_any_other_purge_is_ignored_with_an_alert(message: Purge, code: str) -> None:
    """R4."""
    change = follow_purge(first("DE"), message)

    assert not change.takes_effect
    assert change.closed == {}
    assert [alert.code for alert in change.alerts] == [code]


def test_nobody_learns_from_a_purge_who_delivers_a_release() -> None:
    (alert,) = follow_purge(first("DE"), read_purge(sender=OTHER_SENDER)).alerts

    assert SENDER not in alert.sentence + alert.cure


def test_a_purge_of_what_nobody_delivered_is_ignored() -> None:
    assert [alert.code for alert in follow_purge(None, read_purge()).alerts] == ["purge-of-nothing"]


def test_after_an_end_of_sales_an_update_of_the_same_time_does_not_win() -> None:
    purged = follow_purge(first("DE"), read_purge(created=NEXT_DAY)).standing

    assert not after(purged, second(Terms())).takes_effect


def test_in_a_batch_an_end_of_sales_wins_in_every_order() -> None:
    """Fault 17."""
    original, update = read(Built()), read(second(Terms(), created="2026-01-09T00:00:00Z"))
    other = read(Built(gtin="4006381333924", message_id="M7"))
    messages = [original, update, read_purge(), other]

    for order in itertools.permutations(messages):
        ordered, set_aside = in_order(order)
        assert ordered == [other, messages[2]]
        assert set_aside == [original, update]


def test_a_batch_is_put_in_the_order_of_its_times() -> None:
    late, early = read(second(Terms(), created="2026-01-09T00:00:00Z")), read(Built())

    assert in_order([late, early]) == ([early, late], [])


def test_following_any_sequence_ends_with_the_newest() -> None:
    times = [f"2026-01-0{day}T00:00:00Z" for day in (1, 2, 3)]
    messages = [
        second(Terms(territories=(code,)), created=time, message_id=code)
        for time, code in zip(times, ("DE", "FR", "GB"), strict=True)
    ]

    for order in itertools.permutations(messages):
        standing: Standing | None = None
        for built in order:
            change = after(standing, built)
            standing = change.standing if change.takes_effect else standing
        assert standing is not None
        assert standing.message_id == "GB"
        assert standing.created_at == datetime(2026, 1, 3, tzinfo=UTC)
        assert [sold.territories for sold in standing.sold] == [Territories.of("GB")]
