"""Masters are weighed once, in the background, and again when another file takes their place."""

import pytest

from pennywhistle.apps.media.models import Master
from pennywhistle.apps.media.weights import FAILED, weigh_masters
from sounding_shop import a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_master_is_weighed_once() -> None:
    a_sounding_shop()
    unweighed = Master.objects.filter(weights={}).count()

    done = weigh_masters(count_max=1)

    assert done == 1
    weighed = Master.objects.exclude(weights={})
    assert all(master.weights["flac-16"] > 0 for master in weighed)
    assert Master.objects.filter(weights={}).count() < unweighed


def test_one_whose_file_is_lost_is_not_tried_for_ever() -> None:
    a_sounding_shop()
    Master.objects.update(weights={"flac-16": 1})
    lost = Master.objects.order_by("pk")[:1]
    Master.objects.filter(pk__in=[each.pk for each in lost]).update(weights={}, sha256="0" * 64)

    assert weigh_masters() == 1
    assert Master.objects.get(sha256="0" * 64).weights == FAILED
    assert weigh_masters() == 0
