"""What would come of a message, as `pennywhistle ern check` says it; and what a sale is due."""

import json

import pytest

from ern_messages import ARTIST, GTIN, SENDER, TITLE, VERSIONS, Built, Terms, manifest, purge
from pennywhistle.engines.ddex import NewRelease, due_price, offers_of, outlook_of, read_message
from pennywhistle.engines.ddex.outlook import Published, Sale, Stopped
from pennywhistle.kernel.money import Money


@pytest.mark.parametrize("version", [one for one in VERSIONS if not one.startswith("3")])
def test_a_message_says_what_is_published_sold_and_stopped(version: str) -> None:
    deals = (
        Terms(territories=("DE",), end="2026-12-31", code="T1"),
        Terms(releases=("R1",), wholesale="0"),
    )

    outlook = outlook_of(read_message(Built(version=version, deals=deals).bytes()))

    assert (outlook.kind, outlook.message_id, outlook.sender) == ("new-release", "M1", SENDER)
    assert outlook.is_usable
    assert outlook.published == (Published("R0", TITLE, ARTIST, (f"gtin:{GTIN.zfill(14)}",), 2),)
    period = ("2026-01-02/2026-12-31",)
    assert outlook.sold == (Sale("R0", TITLE, "DE", period, ("code T1",), is_pre_order=False),)
    assert outlook.stopped == (
        Stopped("R1", "", "0", "price-zero"),
        Stopped("R1", "", "", "no-deal"),
        Stopped("R2", "", "", "no-deal"),
    )


def test_of_an_unusable_message_nothing_comes() -> None:
    built = Built(deals=(Terms(releases=("R0", "R9")),))

    outlook = outlook_of(read_message(built.bytes()))

    assert not outlook.is_usable
    assert (outlook.published, outlook.sold, outlook.stopped) == ((), (), ())
    assert [finding.code for finding in outlook.findings][:1] == ["reference-unresolved"]


def test_a_purge_stops_its_release() -> None:
    outlook = outlook_of(read_message(purge()))

    assert outlook.kind == "purge"
    assert outlook.stopped == (Stopped(f"gtin:{GTIN.zfill(14)}", TITLE, "Worldwide", "purge"),)


@pytest.mark.parametrize("data", [Built(control="TestMessage").bytes(), purge(), manifest()])
def test_it_is_the_same_as_json(data: bytes) -> None:
    outlook = outlook_of(read_message(data))

    plain = json.loads(json.dumps(outlook.as_json()))

    assert plain["kind"] == outlook.kind
    assert [one["code"] for one in plain["findings"]] == [one.code for one in outlook.findings]
    assert all(one["severity"] in {"notice", "warning"} for one in plain["findings"])
    assert [one["where"] for one in plain["sold"]] == [one.where for one in outlook.sold]


PRE_ORDER = "<IsPreOrderDeal>true</IsPreOrderDeal>"
PRE_ORDER_PRICE = (
    f'<PriceInformation PriceType="PreOrderPrice"><PriceCode Namespace="{SENDER}">T2</PriceCode>'
    "</PriceInformation>"
)


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        (Terms(code="T1"), "T1"),
        (Terms(wholesale="0.35", currency="USD"), Money(350_000, "USD")),
        (Terms(code="T9"), "T9"),
        (Terms(), None),
        (Terms(code="T1", extra=PRE_ORDER), "T1"),
        (Terms(code="T1", extra=PRE_ORDER + PRE_ORDER_PRICE), "T2"),
        (Terms(code="T1", extra=PRE_ORDER_PRICE), "T1"),
        (Terms(extra=PRE_ORDER_PRICE), None),
        (
            Terms(code="T1", extra=PRE_ORDER_PRICE.replace("PreOrderPrice", "StandardRetailPrice")),
            None,
        ),
    ],
)
def test_the_price_of_a_sale_is_an_amount_or_a_code_or_nothing(
    terms: Terms, due: Money | str | None
) -> None:
    """R5: whether the card has the code is asked when something is sold."""
    message = read_message(Built(deals=(terms,)).bytes())
    assert isinstance(message, NewRelease)
    (grant,) = offers_of(message).grants["R0"]

    price = due_price(grant)

    assert (price and (price.money or price.code)) == due
