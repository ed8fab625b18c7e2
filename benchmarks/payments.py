"""Webhooks a second, copies at once, the way from payment to balance, and the drill of a cut-off.

Everything is asked as providers and buyers ask it: webhooks through the store's own middleware and
hook, each for a payment of another buyer, by 8 threads; then one webhook 100 times at once; then
single payments, from the buyer's click on fakepay's page until the money can be spent. fakepay
answers in the same process, so that the figures are the store's.

The drill freezes a provider's account while buyers pay: when the first was refused, when the next
door let one begin, and, with every door closed, when a balance bought a track. Its clock is the
wall's, but for the quarter of an hour after which a door is tried again.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from store import a_bench_store, report

if TYPE_CHECKING:
    from django.test import Client

    from pennywhistle.apps.payments.models import TopUp

sys.path.append(str(Path(__file__).parent.parent / "tests"))

THREADS, COPIES, SINGLE = 8, 100, 40


def main() -> None:
    """Run each part once and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--payments", type=int, default=400)
    chosen = options.parse_args()
    with a_bench_store():
        from django.conf import settings

        from builders import a_store

        # Nobody's password is what is measured.
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        a_store()
        figures = absorbed(chosen.payments) | copied() | spendable() | drill()
    report("payments", figures)


def paid(number: int) -> TopUp:
    """A payment of a buyer of its own, of which the store was not told."""
    from builders import a_user, usd
    from pennywhistle.apps.payments import actions
    from pennywhistle.apps.payments.models import TopUp
    from pennywhistle.providers.fakepay import desk
    from pennywhistle.providers.fakepay.clock import now

    user = a_user(f"buyer-{number}@example.org")
    # From a network each: what is measured is not how the store slows card testers down.
    way = actions.Way(address=f"{11 + number % 200}.{number // 200 % 250}.7.9")
    key = f"bench-key-{number:08}"
    asked = actions.TopUpAsked(user.pk, usd("5.00"), "fakepay", key, "/", way)
    actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    top_up = TopUp.objects.get(user=user)
    desk.choose(ref=top_up.provider_ref, scenario="succeed", now=now())
    return top_up


@cache
def hook() -> Client:
    """The store as a provider reaches it, made once, as in a process that serves."""
    from django.test import Client

    return Client()


def tell(ref: str) -> float:
    """Send the webhook of a payment; answers how long the store took, in seconds."""
    from pennywhistle.providers.fakepay.clock import now
    from pennywhistle.providers.fakepay.models import FakeWebhook
    from pennywhistle.providers.fakepay.webhooks import signed

    webhook = FakeWebhook.objects.select_related("payment").get(payment=ref)
    body, headers = signed(webhook, at=now())
    began = time.perf_counter()
    answer = hook().post(
        "/hooks/fakepay/", data=body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 204, answer.status_code
    return time.perf_counter() - began


def absorbed(count: int) -> dict[str, float]:
    """Webhooks of as many payments, by some threads."""
    from pennywhistle.apps.payments.models import TopUp

    refs = [paid(number).provider_ref for number in range(count)]
    tell(refs[0])
    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        took_s = list(pool.map(tell, refs[1:]))
    wall_s = time.perf_counter() - began
    assert TopUp.objects.filter(state="paid").count() == count
    return {
        "webhooks_per_s": (count - 1) / wall_s,
        "webhook_p50_ms": statistics.median(took_s) * 1_000,
        "webhook_p99_ms": _p99(took_s) * 1_000,
    }


def copied() -> dict[str, float]:
    """One webhook many times at once: one effect."""
    from pennywhistle.apps.ledger.models import Entry

    top_up = paid(10_000)
    together = threading.Barrier(COPIES)

    def send(_number: int) -> float:
        together.wait()
        return tell(top_up.provider_ref)

    began = time.perf_counter()
    with ThreadPoolExecutor(COPIES) as pool:
        took_s = list(pool.map(send, range(COPIES)))
    wall_s = time.perf_counter() - began
    effects = Entry.objects.filter(key=f"top-up:{top_up.id}").count()
    assert effects == 1, effects
    return {"copies_effects": effects, "copies_s": wall_s, "copies_p99_ms": _p99(took_s) * 1_000}


def spendable() -> dict[str, float]:
    """From the click that pays to the balance that has it, by a webhook that comes at once."""
    from pennywhistle.apps.ledger.queries import balance_of
    from pennywhistle.apps.payments.models import TopUp

    took_s = []
    for number in range(20_000, 20_000 + SINGLE):
        began = time.perf_counter()
        top_up = paid(number)
        tell(top_up.provider_ref)
        user = TopUp.objects.get(id=top_up.id).user
        assert balance_of(user=user, currency="USD").micro == top_up.amount_micro
        took_s.append(time.perf_counter() - began)
    return {
        "begun_to_spendable_p50_ms": statistics.median(took_s) * 1_000,
        "begun_to_spendable_p99_ms": _p99(took_s) * 1_000,
    }


def drill() -> dict[str, float]:
    """A provider freezes the account; then every door is closed; then it thaws."""
    import pytest
    from django.conf import settings

    from builders import a_shelf, a_user, usd
    from pennywhistle.apps.orders.actions import check_out
    from pennywhistle.apps.payments import actions
    from pennywhistle.apps.payments.doors import open_doors
    from pennywhistle.apps.payments.errors import TopUpError
    from pennywhistle.apps.payments.models import TopUp
    from pennywhistle.apps.payments.provider import ProviderError
    from pennywhistle.apps.payments.switching import SwitchAsked, review_doors, switch_door
    from pennywhistle.providers.fakepay import operating
    from pennywhistle.providers.fakepay.clock import now
    from second_door import SECOND, open_second_door

    shelf, user = a_shelf("Drill", track_price="1.00"), a_user("drill@example.org")
    rich = TopUp.objects.filter(state="paid").first()
    assert rich is not None

    def begin(code: str) -> bool:
        key = f"drill-key-{code}-{TopUp.objects.count():04}"
        way = actions.Way(address="10.255.255.255")
        asked = actions.TopUpAsked(user.pk, usd("5.00"), code, key, "/", way)
        try:
            actions.start_top_up(asked=asked, origin="http://testserver", now=now())
        except (TopUpError, ProviderError):
            return False
        return True

    def offered(at=None) -> list[str]:
        doors = open_doors(currency="USD", country="US", now=at or now())
        return [door.code for door in doors]

    marks: dict[str, float] = {}
    with pytest.MonkeyPatch.context() as patch:
        open_second_door(patch, settings)
        operating.freeze(now=now())
        began = time.perf_counter()

        def mark(name: str) -> None:
            marks[f"drill_{name}_ms"] = (time.perf_counter() - began) * 1_000

        assert not begin("fakepay")
        mark("refused")
        assert offered() == [SECOND], offered()
        mark("closed")
        assert begin(SECOND)
        mark("next_door")
        asked = SwitchAsked(provider=SECOND, is_open=False, reason="Drill.", user_id=user.pk)
        switch_door(asked=asked, now=now())
        assert offered() == []
        mark("all_closed")
        check_out(
            buyer_id=rich.user_id,
            wanted=[shelf.track(1)],
            territory="US",
            shown=usd("1.00"),
            key="drill-buy",
            now=now(),
        )
        mark("bought")
        operating.freeze(now=now(), is_frozen=False)
        later = now() + _quarter()
        review_doors(now=later)
        assert offered(later) == ["fakepay"], offered(later)
        mark("thawed")
    return marks


def _quarter():
    from datetime import timedelta

    return timedelta(minutes=15, seconds=1)


def _p99(took_s: list[float]) -> float:
    return sorted(took_s)[int(len(took_s) * 0.99)]


if __name__ == "__main__":
    main()
