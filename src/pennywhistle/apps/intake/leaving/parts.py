"""A catalog in parts that a browser can fetch: zip archives that nobody wrote down.

Each part is a batch of its own. Its size is known before it leaves and any stretch of it can be
asked for again, because its messages bear the time at which the page was drawn.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Sum

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.delivery.kept import Kept, in_memory
from pennywhistle.apps.delivery.zip_layout import Member, ZipLayout
from pennywhistle.apps.intake.leaving.catalog import releases_of
from pennywhistle.apps.intake.leaving.kept import kept_files
from pennywhistle.apps.intake.leaving.limits import PART_BYTES_MAX, RELEASES_PER_PART
from pennywhistle.apps.intake.leaving.senders import letterhead
from pennywhistle.apps.intake.leaving.tables import (
    RATE_CARD_COLUMNS,
    SPLIT_COLUMNS,
    csv_text,
    own_codes,
    rate_card_rows,
    split_rows,
)
from pennywhistle.apps.intake.leaving.words import (
    facts_of,
    files_of,
    folder_name,
    release_numbers,
)
from pennywhistle.engines.ddex.write_facts import Listed
from pennywhistle.engines.ddex.write_manifest import write_manifest
from pennywhistle.engines.ddex.write_release import write_release
from pennywhistle.machine.storage.folder import chunks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pennywhistle.apps.intake.leaving.kept import KeptFile
    from pennywhistle.apps.intake.leaving.senders import Letterhead
    from pennywhistle.apps.parties.models import Party


@dataclass(frozen=True, slots=True)
class Part:
    """Some releases, one after the other by their numbers, and what their masters weigh."""

    number: int
    after: int
    last: int
    releases: int
    master_bytes: int


def parts_of(supplier_id: int) -> list[Part]:
    """The whole catalog in parts, in one query; what is new comes into the last."""
    sizes = (
        Release.objects.filter(supplier_id=supplier_id)
        .annotate(weight=Sum("tracks__recording__master__file_size_bytes"))
        .order_by("id")
        .values_list("id", "weight")
    )
    return list(_grouped((number, weight or 0) for number, weight in sizes.iterator()))


def _grouped(sizes: Iterable[tuple[int, int]]) -> Iterator[Part]:
    number, after, last, count, weight = 1, 0, 0, 0, 0
    for release_id, more in sizes:
        if count and (count == RELEASES_PER_PART or weight + more > PART_BYTES_MAX):
            yield Part(number, after, last, count, weight)
            number, after, count, weight = number + 1, last, 0, 0
        last, count, weight = release_id, count + 1, weight + more
    if count:
        yield Part(number, after, last, count, weight)


def part_archive(*, supplier: Party, part: Part, at: datetime) -> tuple[str, ZipLayout]:
    """The name of a part's archive and the archive; the same for the same catalog and time."""
    head = letterhead(supplier, now=at)
    batch = head.batch_name(part.number)
    members: list[Member] = []
    listed: list[Listed] = []
    codes: dict[str, tuple[str, str, str]] = {}
    splits: list[list[str]] = []
    for release in releases_of(supplier.pk, id_max=part.last, after=part.after):
        found, message = _release(release, batch, head)
        members += found
        listed.append(message)
        codes.update(own_codes(release))
        splits += split_rows(release)
    batch_id = batch.removeprefix("N_")
    manifest = write_manifest(head.heading(batch_id), folder=batch, messages=listed)
    rates = csv_text(RATE_CARD_COLUMNS, rate_card_rows(supplier.pk, codes))
    members += [
        Member("rate-card.csv", in_memory(rates.encode())),
        Member("splits.csv", in_memory(csv_text(SPLIT_COLUMNS, splits).encode())),
        Member(f"{batch}/BatchComplete_{batch_id}.xml", in_memory(manifest)),
    ]
    return f"{batch_id}.zip", ZipLayout(members, at=at)


def _release(release: Release, batch: str, head: Letterhead) -> tuple[list[Member], Listed]:
    name = folder_name(release)
    kept = kept_files(release).found
    heading = head.heading(release.public_id)
    facts = facts_of(release, files=kept, now=head.created_at)
    document = write_release(facts, heading)
    members = [
        Member(f"{batch}/{name}/{file.path}", _content(kept[file.sha256]))
        for file in files_of(facts)
    ]
    members.append(Member(f"{batch}/{name}/{name}.xml", in_memory(document)))
    message = Listed(
        heading.message_id,
        f"{name}/{name}.xml",
        hashlib.sha256(document).hexdigest(),
        release_numbers(release),
        is_take_down=not facts.sales,
    )
    return members, message


def _content(file: KeptFile) -> Kept:
    return Kept(file.folder, file.sha256, file.size_bytes, _crc32(file), file.sha256)


def _crc32(file: KeptFile) -> int:
    """The check sum that a zip has before its content; a stored file never changes, so once."""
    key = f"crc32:{file.sha256}"
    known = cache.get(key)
    if isinstance(known, int):
        return known
    value = 0
    with file.folder.open(file.sha256) as content:
        for chunk in chunks_of(content):
            value = zlib.crc32(chunk, value)
    cache.set(key, value, timeout=None)
    return value
