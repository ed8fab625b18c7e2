"""Wishing, and showing one's wishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.users.models import User
from pennywhistle.apps.wishes.models import Wish, WishList, new_link

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.rights.queries import ItemRef

wishes_max = 500
shown_name_chars_max = 60


class TooManyWishesError(Exception):
    """The list is as long as a list may be."""

    code = "too-many-wishes"


@transaction.atomic
def wish(*, user_id: int, ref: ItemRef, now: datetime) -> None:
    """Put an item on a person's list; once more is harmless. Raises TooManyWishesError."""
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    mine = Wish.objects.of(user=user)
    if mine.of_item(ref).exists():
        return
    if mine.count() >= wishes_max:
        raise TooManyWishesError(f"A list holds at most {wishes_max} wishes.")
    Wish.objects.create(owner=user, release_id=ref.release_id, track_id=ref.track_id, added_at=now)


@transaction.atomic
def drop_wish(*, user_id: int, ref: ItemRef) -> None:
    """Take an item off a person's list; its absence is no error."""
    Wish.objects.filter(owner_id=user_id).of_item(ref).delete()


@transaction.atomic
def show_wishes(*, user_id: int, is_public: bool, shown_name: str) -> WishList:
    """Let others see the list by its link, or no longer; the next time it gets another link."""
    mine, _ = WishList.objects.select_for_update().get_or_create(owner_id=user_id)
    if mine.is_public and not is_public:
        mine.link = new_link()
    mine.is_public = is_public
    mine.shown_name = " ".join(shown_name.split())[:shown_name_chars_max]
    mine.save()
    return mine
