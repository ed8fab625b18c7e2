"""A message with hundreds of deals is read in work that grows with it (R12 of rights.md)."""

import time
import tracemalloc
from pathlib import Path

import pytest

from bounded import bounded_work
from ern_messages import Built, Terms
from pennywhistle.engines.ddex import NewRelease, check, offers_of, read_message
from pennywhistle.kernel.territories import TERRITORY_CODES

SHARED = Path(__file__).parents[6] / "shared" / "ddex" / "ern"
MODELS = {
    "AdvertisementSupportedModel": ("OnDemandStream", "NonInteractiveStream"),
    "SubscriptionModel": ("ConditionalDownload", "OnDemandStream"),
    "PayAsYouGoModel": ("PermanentDownload",),
}


def read_and_judge(data: bytes) -> NewRelease:
    with bounded_work():
        message = read_message(data)
        assert isinstance(message, NewRelease)
        check(message, offers_of(message))
    return message


def test_three_deals_for_each_territory_become_one_grant_in_time() -> None:
    deals = tuple(
        Terms(territories=(code,), model=model, uses=uses)
        for code in TERRITORY_CODES[:249]
        for model, uses in MODELS.items()
    )

    message = read_and_judge(Built(deals=deals).bytes())

    assert len(message.contents.deals) == 747
    assert len(offers_of(message).grants["R0"]) == 1


@pytest.mark.parametrize(
    ("where", "part"),
    [
        ("releases", "<TrackRelease><ReleaseReference>Q</ReleaseReference></TrackRelease>"),
        ("resources", "<SoundRecording><Type>Q</Type></SoundRecording>"),
        ("recording", "<Contributor><Role>Q</Role></Contributor>"),
        (
            "album",
            "<ResourceGroup><ReleaseResourceReference>Q</ReleaseResourceReference></ResourceGroup>",
        ),
        (
            "deals",
            "<ReleaseDeal><DealReleaseReference>Q</DealReleaseReference><Deal/></ReleaseDeal>",
        ),
        ("message", "<Odd>Q</Odd>"),
    ],
)
def test_ten_times_as_much_takes_about_ten_times_as_long(where: str, part: str) -> None:
    def timed(data: bytes) -> float:
        started = time.process_time()
        read_and_judge(data)
        return time.process_time() - started

    def seconds(count: int) -> float:
        data = Built(extra={where: part * count}).bytes()
        return min(timed(data) for _ in range(2))

    # Quadratic work would be a hundred times as long; a busy machine is allowed for.
    assert seconds(3_000) < 25 * seconds(300) + 0.1


def test_a_deal_holds_the_territories_that_others_hold_too() -> None:
    deals = tuple(Terms(territories=("DE", "FR"), code=f"T{number}") for number in range(50))

    message = read_and_judge(Built(deals=deals).bytes())

    assert len({id(deal.where) for deal in message.contents.deals}) == 1


def test_the_shared_messages_with_747_deals_are_read_in_time() -> None:
    if not SHARED.is_dir():
        pytest.skip("The collection of real messages is not here (../shared/ddex/ern)")
    paths = sorted(SHARED.glob("4*SimpleAudioSingle.xml"))
    assert len(paths) == 3

    for path in paths:
        message = read_and_judge(path.read_bytes())
        assert len(message.contents.deals) == 747
        assert sum(len(grants) for grants in offers_of(message).grants.values()) == 1


def beside(deals: str, between: str) -> bytes:
    data = Built(version="382", deals=(Terms(),)).bytes().decode()
    start, end = data.index("<Deal>"), data.index("</Deal>") + len("</Deal>")
    return f"{data[:start]}{deals}{between}{data[end:]}".encode()


def test_many_deals_with_many_strangers_beside_them_are_read_in_time_and_memory() -> None:
    data = beside("<Deal><Odd>x</Odd></Deal>" * 4_000, "<Q/>" * 8_000)
    tracemalloc.start()

    message = read_and_judge(data)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(message.contents.deals) == 4_000
    assert peak_bytes < 100_000_000


def test_texts_between_many_parts_are_read_in_time() -> None:
    between = f"<Q/>{'some text in between ' * 100}" * 7_000

    message = read_and_judge(beside("<Deal/>", between))

    assert message.envelope.not_kept_count == 1


def test_many_deals_for_many_releases_are_checked_in_time() -> None:
    references = "<DealReleaseReference>R0</DealReleaseReference>" * 25_000
    data = beside(f"{references}{'<Deal/>' * 40_000}", "")

    message = read_and_judge(data)

    assert len(message.contents.deals) == 40_000
