"""Masters are weighed once, in the background, and again when another file takes their place."""

import pytest

from builders import NOON
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.media.weights import FAILED, weigh_masters
from sounding_shop import a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_master_is_weighed_once() -> None:
    a_sounding_shop()
    unweighed = Master.objects.filter(weights={}).count()

    done = weigh_masters(now=NOON, count_max=1)

    assert done == 1
    weighed = Master.objects.exclude(weights={})
    assert all(master.weights["flac-16"] > 0 for master in weighed)
    assert Master.objects.filter(weights={}).count() < unweighed


def test_one_whose_file_is_lost_is_not_tried_for_ever() -> None:
    a_sounding_shop()
    Master.objects.update(weights={"flac-16": 1})
    lost = Master.objects.order_by("pk")[:1]
    Master.objects.filter(pk__in=[each.pk for each in lost]).update(weights={}, sha256="0" * 64)

    assert weigh_masters(now=NOON) == 1
    assert Master.objects.get(sha256="0" * 64).weights == FAILED
    assert weigh_masters(now=NOON) == 0


def test_a_damaged_one_is_weighed_when_it_is_back() -> None:
    shop = a_sounding_shop()
    damaged = shop.shelf.tracks[0].recording.master
    Master.objects.update(weights={"flac-16": 1})
    Master.objects.filter(pk=damaged.pk).update(weights={})
    path = MASTERS.path(damaged.sha256)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    try:
        weigh_masters(now=NOON)
        assert Master.objects.get(pk=damaged.pk).weights == {}
        assert weigh_masters(now=NOON) == 0
    finally:
        path.write_bytes(whole)
