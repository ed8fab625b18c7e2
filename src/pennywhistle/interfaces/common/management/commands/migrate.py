"""Django's `migrate`, which applies the migrations of a new store in a third of the time.

Between two operations Django makes anew the classes of all models that are related to the one that
changed, through any number of steps: nearly all of them, nearly always. Where a model is only
added, or only told of an index or a constraint, no other class changes.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management.commands.migrate import Command as Migrate
from django.db.migrations.state import ProjectState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.state import ModelState
    from django.db.models import Index
    from django.db.models.constraints import BaseConstraint

_add_model = ProjectState.add_model
_append_option = ProjectState._append_option  # type: ignore[attr-defined] # noqa: SLF001


class Command(Migrate):
    """Apply what is missing."""

    def handle(self, *args: object, **options: object) -> None:
        """As Django does."""
        with few_classes():
            super().handle(*args, **options)


@contextmanager
def few_classes() -> Iterator[None]:
    """Let migrations make only those classes anew that an operation changes."""
    ProjectState.add_model = add_model  # type: ignore[assignment]
    ProjectState._append_option = append_option  # type: ignore[attr-defined] # noqa: SLF001
    try:
        yield
    finally:
        ProjectState.add_model = _add_model  # type: ignore[method-assign]
        ProjectState._append_option = _append_option  # type: ignore[attr-defined] # noqa: SLF001


def add_model(state: ProjectState, model_state: ModelState) -> None:
    """Make the class of a model that nobody refers to yet, and no other."""
    apps = state.__dict__.pop("apps", None)
    _add_model(state, model_state)
    if apps is None:
        return
    state.__dict__["apps"] = apps
    is_known = model_state.name_lower in apps.all_models[model_state.app_label]
    if is_known or any(isinstance(base, str) for base in model_state.bases):
        state.reload_model(model_state.app_label, model_state.name_lower)
    else:
        apps.render_multiple([model_state])


def append_option(
    state: ProjectState,
    app_label: str,
    model_name: str,
    option_name: str,
    added: Index | BaseConstraint,
) -> None:
    """Tell the class of an index or a constraint, which is all that changes."""
    options = state.models[app_label, model_name].options
    options[option_name] = [*options[option_name], added]
    if "apps" in state.__dict__:
        meta = state.apps.get_model(app_label, model_name)._meta  # noqa: SLF001 (public of Django)
        setattr(meta, option_name, [*getattr(meta, option_name), added.clone()])
