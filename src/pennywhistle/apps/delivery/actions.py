"""Keeping how somebody likes their files."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery.models import Preference
from pennywhistle.engines.audio import Recipe

if TYPE_CHECKING:
    from pennywhistle.apps.delivery.wishes import Wishes


def note_wishes(*, user_id: int, wishes: Wishes) -> None:
    """Keep somebody's wishes in place of those before; files that they fetch are made so from now.

    Raises:
        UnknownRecipeError: there is no such form.
    """
    Recipe.parse(wishes.recipe)
    Preference.objects.update_or_create(user_id=user_id, defaults=asdict(wishes))
