"""What one NewReleaseMessage does, as part of its caller's transaction and under its locks.

What it ends, ends at once. What it opens, opens only if everything that it needs is there: all
sound files or known recordings, and nobody else who delivers the release.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.catalog.actions import publish_release, withdraw_release
from pennywhistle.apps.catalog.models import Recording, Release, Track
from pennywhistle.apps.discovery.actions import index_release
from pennywhistle.apps.intake.ern import standings
from pennywhistle.apps.intake.ern.granting import close_all, is_anything_open, standing_terms
from pennywhistle.apps.intake.ern.notes import stop
from pennywhistle.apps.intake.ern.showing import shown_from
from pennywhistle.apps.intake.ern.terms import Seller, narrowed, terms_of
from pennywhistle.apps.intake.publishing import write_release
from pennywhistle.apps.media.models import Cover
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.rights.actions import record_all_grants
from pennywhistle.apps.rights.actions.warranty import warrant_delivered
from pennywhistle.apps.rights.models import SupplierAgreement, Transfer
from pennywhistle.engines.ddex import follow, keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.ern.files import Heard
    from pennywhistle.apps.intake.ern.planning import Part, Plan
    from pennywhistle.apps.media.work import CoverFiles
    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.rights.actions import GrantTerms
    from pennywhistle.engines.ddex import Change, Finding, NewRelease, Offers
    from pennywhistle.engines.ddex.message import Release as MainRelease


@dataclass(frozen=True, slots=True)
class Order:
    """All that is known of a message before the transaction: read, planned, its files heard.

    `drawn` is the cover that the store draws where none came and the release has none.
    """

    supplier: Party
    message: NewRelease
    main: MainRelease
    offers: Offers
    plan: Plan
    heard: Heard
    drawn: CoverFiles


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: whether it applies, what it changed, what to tell.

    `is_whole` False: nothing was opened by it, because something of it is missing. `held_by` is
    the other supplier who delivers the release. `has_new_sound`: previews are to be made.
    """

    change: Change
    release: Release | None = None
    findings: tuple[Finding, ...] = ()
    is_whole: bool = True
    held_by: Party | None = None
    grants: int = 0


def apply_release(order: Order, *, now: datetime) -> Outcome:
    """Do what the message says, as far as it may; see `Outcome`."""
    supplier, keys = order.supplier, keys_of(order.main)
    known = standings.find(supplier.pk, keys)
    # A supplier may send by several DPIDs; they are one sender.
    sender = order.message.envelope.sender_dpid
    before = replace(known.before, sender_dpid=sender) if known.before else None
    change = follow(before, order.message, order.offers)
    if not change.takes_effect or change.standing is None:
        return Outcome(change, release=known.row.release if known.row else None)
    release = known.row.release if known.row and known.row.release else _own(order)
    if release is None and order.offers.grants:
        other = standings.of_others(supplier.pk, keys, order.plan.release.upc)
        if other is not None and not _is_transfer(other.supplier_id, supplier.pk, now):
            return Outcome(change, held_by=other.supplier, is_whole=False)
        release = other
    outcome = _carry_out(order, change, release, now)
    standings.save(
        known,
        supplier_id=supplier.pk,
        standing=change.standing,
        keys=keys,
        release=outcome.release,
    )
    return outcome


def _own(order: Order) -> Release | None:
    """A release that this supplier delivered otherwise, as in a folder, with this barcode."""
    upc = order.plan.release.upc
    own = Release.objects.filter(supplier=order.supplier).exclude(upc="")
    return own.filter(upc=upc).first() if upc else None


def _is_transfer(one_id: int, other_id: int, now: datetime) -> bool:
    """Whether the register says that a catalog goes from one of them to the other now."""
    holding = Transfer.objects.open().filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=now),
        Q(valid_until__isnull=True) | Q(valid_until__gt=now),
    )
    return holding.filter(
        Q(from_supplier=one_id, to_supplier=other_id)
        | Q(from_supplier=other_id, to_supplier=one_id)
    ).exists()


def _carry_out(order: Order, change: Change, release: Release | None, now: datetime) -> Outcome:
    if not order.offers.grants:
        return _end(order, change, release, now)
    is_ours = release is None or release.supplier_id == order.supplier.pk
    recordings = _recordings(order, release)
    findings = [
        found
        for part in order.heard.parts
        if (found := order.heard.lacking.get(part.reference)) and part.reference not in recordings
    ]
    findings += [each for each in order.plan.findings if each.severity >= _STOP]
    if not is_ours:
        findings = list(_unmatched(order, recordings))
    if findings:
        return _close_only(order, change, release, recordings, tuple(findings), now)
    if is_ours:
        release, tracks = _write(order, release, recordings, now)
    else:
        assert release is not None, "what is not ours is there"
        tracks = _tracks_alike(order, release, recordings)
    return _open(order, change, release, tracks, now)


def _open(
    order: Order, change: Change, release: Release, tracks: Sequence[Track], now: datetime
) -> Outcome:
    """Grant what the deals say, and let the release be seen from its day on."""
    supplier = order.supplier
    terms = _terms(
        order, {part.reference: t.pk for part, t in zip(order.heard.parts, tracks, strict=True)}
    )
    _record(supplier.pk, release.pk, terms, now)
    warrant_delivered(
        supplier_id=supplier.pk, recording_ids=[track.recording_id for track in tracks], now=now
    )
    begins = shown_from(order.message, order.main, terms)
    publish_release(release_id=release.pk, now=now, shown_from=begins)
    index_release(release_id=release.pk, now=max(now, begins) if begins else now)
    findings = []
    if not SupplierAgreement.objects.open().filter(supplier=supplier).exists():
        findings.append(
            stop(
                "no-agreement",
                "The store has no agreement with you, so nothing is sold yet.",
                "Sign the store's agreement; what you sent is kept, and sold from then on.",
            )
        )
    return Outcome(
        change,
        release=release,
        findings=tuple(findings),
        grants=sum(len(given) for given in terms.values()),
    )


def _end(order: Order, change: Change, release: Release | None, now: datetime) -> Outcome:
    """A message that lets nothing be sold: all of the supplier's grants are closed."""
    if release is not None:
        close_all(order.supplier.pk, release.pk, now=now)
        leave_shelves(release, now=now)
    return Outcome(change, release=release)


def leave_shelves(release: Release, *, now: datetime) -> None:
    """Withdraw a release of which nothing is granted any more; hand it over where others grant."""
    if not is_anything_open(release.pk):
        withdraw_release(release_id=release.pk, now=now)
        index_release(release_id=release.pk, now=now)
        return
    hand_over(release)


def hand_over(release: Release) -> None:
    """Once the former supplier grants nothing any more, the release is that of who does."""
    granting = list(
        release.grants.filter(closed_at__isnull=True)
        .values_list("licensor_id", flat=True)
        .distinct()
    )
    if len(granting) != 1 or granting[0] == release.supplier_id:
        return
    to_id, from_id = granting[0], release.supplier_id
    Release.objects.filter(id=release.pk).update(supplier_id=to_id)
    own = Recording.objects.filter(supplier_id=to_id).exclude(isrc="").values("isrc")
    handed = Recording.objects.filter(supplier_id=from_id, tracks__release=release)
    handed.exclude(isrc__in=own).update(supplier_id=to_id)


def _close_only(
    order: Order,
    change: Change,
    release: Release | None,
    recordings: Mapping[str, Recording],
    findings: tuple[Finding, ...],
    now: datetime,
) -> Outcome:
    """Something is missing: what stands goes on as far as the new deals say the same."""
    if release is not None:
        by_recording = {track.recording_id: track.pk for track in release.tracks.all()}
        tracks = {
            reference: by_recording[recording.pk]
            for reference, recording in recordings.items()
            if recording.pk in by_recording
        }
        standing = standing_terms(order.supplier.pk, release.pk)
        left = narrowed(standing, _terms(order, tracks))
        _record(order.supplier.pk, release.pk, left, now)
        leave_shelves(release, now=now)
    return Outcome(change, release=release, findings=findings, is_whole=False)


def _record(
    supplier_id: int,
    release_id: int,
    terms: Mapping[int | None, Sequence[GrantTerms]],
    now: datetime,
) -> None:
    """Make these terms stand and no others; tracks that are not named lose theirs."""
    unnamed: dict[int | None, Sequence[GrantTerms]] = dict.fromkeys(
        standing_terms(supplier_id, release_id), ()
    )
    record_all_grants(
        licensor_id=supplier_id, release_id=release_id, terms={**unnamed, **terms}, now=now
    )


def _terms(order: Order, tracks: Mapping[str, int]) -> dict[int | None, list[GrantTerms]]:
    """The terms of all items, by the tracks of the message's recordings."""
    references: dict[int, list[str]] = {}
    for part in order.heard.parts:
        if part.reference in tracks:
            references.setdefault(tracks[part.reference], []).extend(part.releases)
    seller = Seller(order.supplier.pk, the_store().currency)
    return terms_of(order.offers, main=order.main.reference, tracks=references, seller=seller)


# --- recordings and tracks ---------------------------------------------------------------


def _recordings(order: Order, release: Release | None) -> dict[str, Recording]:
    """The recordings with a master that are known already, by reference within the message."""
    parts = order.heard.parts
    supplier_id = order.supplier.pk if release is None else release.supplier_id
    by_key = standings.recordings_by_key(supplier_id, (key for part in parts for key in part.keys))
    found = {
        part.reference: by_key[key]
        for part in reversed(parts)
        for key in part.keys
        if key in by_key
    }
    isrcs = {part.planned.isrc: part.reference for part in parts if part.planned.isrc}
    own = Recording.objects.filter(supplier_id=supplier_id, master__isnull=False)
    by_isrc = {isrcs[each.isrc]: each for each in own.filter(isrc__in=isrcs)}
    rows = Recording.objects.filter(master__isnull=False).in_bulk(found.values())
    known = {**by_isrc, **{ref: rows[pk] for ref, pk in found.items() if pk in rows}}
    if release is None or release.supplier_id == order.supplier.pk:
        return known
    on_it = set(release.tracks.values_list("recording_id", flat=True))
    return {reference: each for reference, each in known.items() if each.pk in on_it}


def _write(
    order: Order, release: Release | None, recordings: Mapping[str, Recording], now: datetime
) -> tuple[Release, list[Track]]:
    parts = [_as_known(part, recordings.get(part.reference)) for part in order.heard.parts]
    has_cover = release is not None and Cover.objects.filter(release=release).exists()
    cover = order.heard.cover or (None if has_cover else order.drawn)
    planned = replace(
        order.plan.release,
        tracks=tuple(part.planned for part in parts),
        cover=cover,
        has_own_cover=order.heard.cover is not None,
    )
    written, tracks = write_release(
        planned,
        supplier=order.supplier,
        files=order.heard.files,
        known=release,
        now=now,
        recordings={
            part.planned.path: recordings[part.reference]
            for part in parts
            if part.reference in recordings
        },
    )
    standings.save_recording_keys(
        order.supplier.pk,
        [
            (key, track.recording_id)
            for part, track in zip(parts, tracks, strict=True)
            for key in part.keys
        ],
    )
    return written, tracks


def _as_known(part: Part, known: Recording | None) -> Part:
    """A part without a file lasts as long as its recording does."""
    if known is None or part.planned.sha256:
        return part
    return replace(part, planned=replace(part.planned, duration_ms=known.duration_ms))


def _unmatched(order: Order, recordings: Mapping[str, Recording]) -> list[Finding]:
    return [
        stop(
            "recording-unknown",
            f"“{part.planned.title}” is not among the recordings that were delivered before.",
            "Name it by the ISRC that it had.",
            value=part.reference,
        )
        for part in order.heard.parts
        if part.reference not in recordings
    ]


def _tracks_alike(
    order: Order, release: Release, recordings: Mapping[str, Recording]
) -> list[Track]:
    """Somebody else's tracks, in the order of the message's recordings."""
    by_recording = {track.recording_id: track for track in release.tracks.all()}
    standings.save_recording_keys(
        order.supplier.pk,
        [(key, recordings[part.reference].pk) for part in order.heard.parts for key in part.keys],
    )
    return [by_recording[recordings[part.reference].pk] for part in order.heard.parts]


_STOP = stop("", "", "").severity
