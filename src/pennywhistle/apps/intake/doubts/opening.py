"""Opens doubts about the files of a delivery: one for each serious finding, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.copies.work import compare_delivered
from pennywhistle.apps.intake.models import Delivery, DeliveryFile, Doubt, Notice
from pennywhistle.apps.media.evidence import found_in, heard_all
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pennywhistle.engines.audio.judgement import Finding


def weigh(*, delivery_id: int, now: datetime) -> None:
    """Compare a delivery's files with all that the store knows, and open doubts about them.

    Not to be called within a transaction; interrupted, or again, it comes to the same.

    Raises:
        IndexUnavailableError: the index of recordings is being made again: come back.
    """
    delivery = Delivery.objects.get(id=delivery_id)
    heard = found_in(_judged(delivery))
    compare_delivered(supplier_id=delivery.supplier_id, sha256s=sorted(heard), now=now)
    open_doubts(delivery_id=delivery_id, now=now)


def open_doubts(*, delivery_id: int, now: datetime) -> int:
    """Open a doubt for each serious finding in a delivery's files; answers how many are new.

    One that stands already, open or decided, stays as it is: the same content by the same supplier
    is doubted once. Interrupted, or called again or in parallel, it comes to the same.
    """
    delivery = Delivery.objects.get(id=delivery_id)
    return open_about(
        supplier_id=delivery.supplier_id,
        paths=_judged(delivery),
        now=now,
        source_name=delivery.source_name,
    )


def open_about(
    *, supplier_id: int, paths: Mapping[str, str], now: datetime, source_name: str = ""
) -> int:
    """As `open_doubts`, about a supplier's contents with the path of each.

    Without a `source_name` they are of what is on sale already, and stays so meanwhile.
    """
    wanted = _serious(paths)
    if not wanted:
        return 0
    with transaction.atomic():
        # Two runs after each other, so that the supplier is told once.
        Party.objects.select_for_update(no_key=True).get(id=supplier_id)
        own = Doubt.objects.filter(supplier_id=supplier_id)
        known = set(own.filter(sha256__in=paths).values_list("sha256", "code"))
        new = [key for key in wanted if key not in known]
        Doubt.objects.bulk_create(_rows(new, paths, supplier_id, now))
        if new:
            _tell(supplier_id, source_name, len({sha256 for sha256, _ in new}), now)
    return len(new)


def _judged(delivery: Delivery) -> dict[str, str]:
    """The contents of a delivery's good audio files, each with the first of its paths."""
    good = delivery.files.filter(kind=DeliveryFile.Kind.AUDIO, state=DeliveryFile.State.GOOD)
    rows = good.order_by("-path").values_list("sha256", "path")
    return dict(rows)


def _serious(paths: Mapping[str, str]) -> list[tuple[str, str]]:
    found = found_in(paths)
    keys = [
        (sha256, each.code) for sha256 in sorted(found) for each in found[sha256] if each.is_serious
    ]
    return list(dict.fromkeys(keys))


def _rows(
    keys: list[tuple[str, str]], paths: Mapping[str, str], supplier_id: int, now: datetime
) -> list[Doubt]:
    heard = heard_all({sha256 for sha256, _ in keys})
    return [
        Doubt(
            supplier_id=supplier_id,
            sha256=sha256,
            code=finding.code,
            finding=finding.to_json(),
            path=paths[sha256],
            opened_at=now,
        )
        for sha256 in sorted(heard)
        for finding in _one_each(heard[sha256].serious)
        if (sha256, str(finding.code)) in keys
    ]


def _one_each(findings: Iterable[Finding]) -> Iterable[Finding]:
    """The first of each code."""
    return {each.code: each for each in reversed([*findings])}.values()


def _tell(supplier_id: int, source_name: str, file_count: int, now: datetime) -> None:
    files = "a file" if file_count == 1 else f"{file_count} files"
    where = f"of “{source_name[:300]}”" if source_name else "that you delivered earlier"
    meanwhile = (
        "What they belong to is not published before the store has decided."
        if source_name
        else "What they belong to stays on sale until the store has decided."
    )
    Notice.objects.create(
        supplier_id=supplier_id,
        level=Notice.Level.ALERT,
        code="files-doubted",
        sentence=f"Something serious was found in {files} {where}. {meanwhile}",
        cure="Look at the finding in the studio; answer it, or deliver a better file.",
        created_at=now,
    )
