"""What one NewReleaseMessage does, as part of its caller's transaction and under its locks.

What it ends, ends at once. What it opens, opens only if everything that it needs is there: all
sound files or known recordings, and nobody else who delivers the release.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q

from pennywhistle.apps.catalog.actions import publish_release
from pennywhistle.apps.catalog.actions.releases import leave_out_tracks
from pennywhistle.apps.catalog.models import Recording, Release, Track
from pennywhistle.apps.discovery.actions import index_release
from pennywhistle.apps.intake.ern import standings
from pennywhistle.apps.intake.ern.files import FILE_MISSING
from pennywhistle.apps.intake.ern.granting import close_all
from pennywhistle.apps.intake.ern.holding import (
    findings_of,
    holds_on_sound,
    standing_meanwhile,
)
from pennywhistle.apps.intake.ern.notes import stop
from pennywhistle.apps.intake.ern.order import Outcome
from pennywhistle.apps.intake.ern.recordings import (
    known_recordings,
    tracks_alike,
    unmatched,
    write,
)
from pennywhistle.apps.intake.ern.remarks import deals_refused, remarks_on
from pennywhistle.apps.intake.ern.shelves import leave_shelves
from pennywhistle.apps.intake.ern.showing import shown_from
from pennywhistle.apps.intake.ern.terms import Seller, narrowed, terms_of
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.rights.actions import record_all_grants
from pennywhistle.apps.rights.actions.warranty import warrant_delivered
from pennywhistle.apps.rights.models import Transfer
from pennywhistle.apps.rights.standing import standing_terms
from pennywhistle.engines.ddex import follow, keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.ern.order import Order
    from pennywhistle.apps.rights.actions import GrantTerms
    from pennywhistle.engines.ddex import Change, Finding, Standing


def apply_release(order: Order, *, now: datetime) -> Outcome:
    """Do what the message says, as far as it may; see `Outcome`."""
    supplier, keys = order.supplier, keys_of(order.main)
    known = standings.find(supplier.pk, keys)
    before = _before(known, order.message.envelope.sender_dpid)
    change = follow(before, order.message, order.offers)
    if not change.takes_effect or change.standing is None:
        return Outcome(change, release=known.row.release if known.row else None)
    release = known.row.release if known.row and known.row.release else _own(order)
    if release is None and order.offers.grants:
        other = standings.of_others(supplier.pk, keys, order.plan.release.upc)
        if other is not None and not _is_transfer(other.supplier_id, supplier.pk, now):
            closed = replace(change, opened={})
            return Outcome(closed, held_by=other.supplier, is_whole=False)
        release = other
    outcome = _carry_out(order, change, release, now)
    if order.offers.refusals and (any(change.closed.values()) or not order.offers.grants):
        told = deals_refused(order.offers.refusals, sells=bool(order.offers.grants))
        outcome = replace(outcome, findings=(*outcome.findings, told))
    standings.save(
        known,
        supplier_id=supplier.pk,
        standing=standing_meanwhile(before, change.standing)
        if outcome.is_held
        else change.standing,
        keys=keys,
        release=outcome.release,
    )
    return outcome


def _before(known: standings.Known, sender: str) -> Standing | None:
    """What is in force; a supplier may send by several DPIDs, which are one sender.

    Each of them counts its own messages: the same id from another one is another message.
    """
    before = known.before
    if before is None or before.sender_dpid == sender:
        return before
    return replace(before, sender_dpid=sender, message_id="")


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
    recordings = known_recordings(order, release)
    # A recording that is known needs no file; one that came for it and is bad is no reason to
    # sell the old sound as if it were the new.
    findings = [
        found
        for part in order.heard.parts
        if (found := order.heard.lacking.get(part.reference))
        and (part.reference not in recordings or found.code != FILE_MISSING)
    ]
    findings += [each for each in order.plan.findings if each.severity >= _STOP]
    if not is_ours:
        findings = list(unmatched(order, recordings))
    if findings:
        return _close_only(order, change, release, recordings, tuple(findings), now)
    if holds := holds_on_sound(order, release, recordings):
        told = tuple(findings_of(holds))
        closed = _close_only(order, change, release, recordings, told, now)
        waits_for = frozenset((each.supplier_id, each.hold.sha256) for each in holds)
        return replace(closed, waits_for=waits_for)
    if is_ours:
        release, tracks = write(order, release, recordings, now)
    else:
        assert release is not None, "what is not ours is there"
        tracks = tracks_alike(order, release, recordings)
    return _open(order, change, release, tracks, now)


def _open(
    order: Order, change: Change, release: Release, tracks: Sequence[Track], now: datetime
) -> Outcome:
    """Grant what the deals say, and let the release be seen from its day on."""
    supplier = order.supplier
    terms = _terms(
        order, {part.reference: t.pk for part, t in zip(order.heard.parts, tracks, strict=True)}
    )
    # In this order, as where a folder is published: whose locks wait for whose.
    warrant_delivered(
        supplier_id=supplier.pk, recording_ids=[track.recording_id for track in tracks], now=now
    )
    _record(supplier.pk, release.pk, terms, now)
    left: Sequence[Track] = ()
    if release.supplier_id == supplier.pk:
        kept = {track.pk for track in tracks}
        left = leave_out_tracks(release_id=release.pk, kept_ids=kept, now=now)
        begins = shown_from(order.message, order.main, terms)
        publish_release(release_id=release.pk, now=now, shown_from=begins)
        index_release(release_id=release.pk, now=max(now, begins) if begins else now)
    findings = remarks_on(left, terms, supplier_id=supplier.pk)
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
    closed = replace(change, opened={})
    return Outcome(closed, release=release, findings=findings, is_whole=False)


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
    envelope = order.message.envelope
    between = frozenset({envelope.sender_dpid, settings.DPID, *envelope.recipient_dpids})
    seller = Seller(order.supplier.pk, the_store().currency, between)
    return terms_of(order.offers, main=order.main.reference, tracks=references, seller=seller)


_STOP = stop("", "", "").severity
