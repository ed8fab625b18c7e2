"""Reading wish lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.wishes.models import Wish, WishList

if TYPE_CHECKING:
    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.apps.users.models import User

_LINK = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shown:
    """A list that its owner lets others see."""

    owner_id: int
    shown_name: str
    refs: tuple[ItemRef, ...]


def wish_list_of(*, user: User) -> WishList:
    """The person's list; one that is not kept yet is private."""
    return WishList.objects.filter(owner=user).first() or WishList(owner=user)


def wishes_of(*, user_id: int) -> list[ItemRef]:
    """What a person would like and does not own, newest first."""
    theirs = Entitlement.objects.standing(buyer_id=user_id).filter(release=OuterRef("release"))
    covered = theirs.filter(Q(track__isnull=True) | Q(track=OuterRef("track")))
    rows = Wish.objects.filter(~Exists(covered), owner=user_id).order_by("-added_at", "-id")
    return [wish.ref for wish in rows]


def is_wished(*, user: User, ref: ItemRef) -> bool:
    """Whether it is on the person's list."""
    return Wish.objects.of(user=user).of_item(ref).exists()


def list_at(link: str) -> Shown | None:
    """The list behind a link; None where there is none, or its owner shows it no more."""
    if not _LINK.fullmatch(link):
        return None
    found = WishList.objects.filter(link=link, is_public=True, owner__is_active=True).first()
    if found is None:
        return None
    return Shown(found.owner_id, found.shown_name, tuple(wishes_of(user_id=found.owner_id)))
