"""Joining the pages of two parties that are one artist, or one label, to whoever looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.catalog.models import Release, ReleaseArtist
from pennywhistle.apps.discovery.actions import index_release
from pennywhistle.apps.offers.models import Bundle
from pennywhistle.apps.parties.actions import lock_parties
from pennywhistle.apps.reach.models import JoinedPage

if TYPE_CHECKING:
    from datetime import datetime


class JoiningRefusedError(Exception):
    """The pages cannot be joined as they are; the message says what is in the way."""

    code = "pages-not-joined"


# What the other one has already of the same thing goes; the rest is the other's.
_MOVES = (
    """DELETE FROM catalog_releaseartist a USING catalog_releaseartist b
       WHERE a.party_id = %(gone)s AND b.party_id = %(stays)s AND a.release_id = b.release_id""",
    "UPDATE catalog_releaseartist SET party_id = %(stays)s WHERE party_id = %(gone)s",
    """DELETE FROM catalog_recordingcredit a USING catalog_recordingcredit b
       WHERE a.party_id = %(gone)s AND b.party_id = %(stays)s
         AND a.recording_id = b.recording_id AND a.role = b.role""",
    "UPDATE catalog_recordingcredit SET party_id = %(stays)s WHERE party_id = %(gone)s",
    """DELETE FROM catalog_workcredit a USING catalog_workcredit b
       WHERE a.party_id = %(gone)s AND b.party_id = %(stays)s
         AND a.work_id = b.work_id AND a.role = b.role""",
    "UPDATE catalog_workcredit SET party_id = %(stays)s WHERE party_id = %(gone)s",
    "UPDATE catalog_release SET label_id = %(stays)s WHERE label_id = %(gone)s",
    """DELETE FROM following_follow a USING following_follow b
       WHERE a.party_id = %(gone)s AND b.party_id = %(stays)s AND a.follower_id = b.follower_id""",
    "UPDATE following_follow SET party_id = %(stays)s WHERE party_id = %(gone)s",
)


@transaction.atomic
def join_pages(*, party_id: int, leads_to_id: int, now: datetime) -> JoinedPage:
    """Let a party's page lead to another's, for good; the same again changes nothing.

    Who is on the sleeve, who is credited, whose label it is, and who is followed becomes the other.
    Rights, accounts and what was sold stay as they are on record: this pays nobody, and whoever
    acts for a party acts for that one still. Pages that led to the first lead to the second at
    once, so that there is neither a chain nor a loop.

    Raises JoiningRefusedError.
    """
    if party_id == leads_to_id:
        raise JoiningRefusedError("These are the same page already.")
    lock_parties(party_ids=[party_id, leads_to_id])
    known = JoinedPage.objects.filter(party=party_id).first()
    if known is not None and known.leads_to_id == leads_to_id:
        return known
    if known is not None:
        raise JoiningRefusedError(f"The page leads to {known.leads_to} already.")
    if JoinedPage.objects.filter(party=leads_to_id).exists():
        raise JoiningRefusedError(
            "The other page leads elsewhere itself; name the one it leads to."
        )
    if Bundle.objects.filter(party=party_id, closed_at__isnull=True).exists():
        raise JoiningRefusedError("Something is sold as all of theirs; end that offer first.")
    touched = _touched(party_id)
    with connection.cursor() as cursor:
        for statement in _MOVES:
            cursor.execute(statement, {"gone": party_id, "stays": leads_to_id})
    JoinedPage.objects.filter(leads_to=party_id).update(leads_to=leads_to_id)
    joined = JoinedPage.objects.create(party_id=party_id, leads_to_id=leads_to_id, joined_at=now)
    for release_id in touched:
        index_release(release_id=release_id, now=now)
    return joined


def _touched(party_id: int) -> list[int]:
    """The releases that show the party's name on their pages."""
    mine = ReleaseArtist.objects.filter(party=party_id).values("release")
    named = Release.objects.filter(id__in=mine) | Release.objects.filter(label=party_id)
    return list(named.order_by("id").values_list("id", flat=True).distinct())
