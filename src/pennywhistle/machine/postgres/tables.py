"""Bringing the database's tables up to this version, in seconds instead of a minute.

Before each step Django draws the models that may have changed as classes again, and since nearly
all of ours hang together, nearly all of them: 22,000 for 190 migrations. Where a migration only
adds things, one model changes; the others are drawn again when a step comes that reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection
from django.db.migrations import operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations import Migration
    from django.db.migrations.operations.base import Operation

# Operations that change one model, and look at no relation that points to it.
_ADDING = (
    operations.AddConstraint,
    operations.AddField,
    operations.AddIndex,
    operations.AlterModelManagers,
    operations.AlterModelOptions,
    operations.CreateModel,
    operations.RemoveConstraint,
    operations.RemoveIndex,
    operations.RunSQL,
)


def _changes_one_model(step: Operation) -> bool:
    if isinstance(step, operations.AlterField):
        return not (step.field.is_relation or step.field.unique)
    return isinstance(step, _ADDING)


def bring_up_to_date(tell: Callable[[Migration], None] = lambda _: None) -> int:
    """Apply the migrations that are not applied yet; answers how many, and tells of each.

    As `django-admin migrate` does, with its signals (content types, permissions).
    """
    executor = _Executor(connection, tell)
    executor.loader.check_consistent_history(connection)
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    before = executor.state_so_far()
    quiet, alias = (0, False), connection.alias
    emit_pre_migrate_signal(*quiet, alias, apps=before.apps, plan=plan)
    after = executor.migrate(targets, plan=plan, state=before.clone())
    after.clear_delayed_apps_cache()
    emit_post_migrate_signal(*quiet, alias, apps=after.apps, plan=plan)
    return len(plan)


class _Models(ProjectState):
    """What the models are between two migrations; only what changes is drawn again."""

    draws_related = True

    def clone(self) -> _Models:
        copy = super().clone()
        copy.__class__ = type(self)
        return copy  # type: ignore[return-value]  # it is now

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:  # noqa: FBT001, FBT002 (Django's signature)
        if self.draws_related:
            super().reload_model(app_label, model_name, delay)
        elif "apps" in self.__dict__:
            # Whoever needs all of them draws them first (`clear_delayed_apps_cache`).
            self.is_delayed = True
            self._reload({(app_label, model_name)})  # type: ignore[attr-defined]  # Django's own


class _Executor(MigrationExecutor):
    def __init__(self, to: BaseDatabaseWrapper, tell: Callable[[Migration], None]) -> None:
        super().__init__(to)
        self._tell = tell

    def state_so_far(self) -> _Models:
        """The models as the applied migrations left them."""
        state: ProjectState = self._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]  # Django's own
        state.__class__ = _Models
        return state  # type: ignore[return-value]  # it is now

    def apply_migration(
        self, state: ProjectState, migration: Migration, *args: bool, **options: bool
    ) -> ProjectState:
        draws_related = not all(_changes_one_model(step) for step in migration.operations)
        if isinstance(state, _Models):
            state.draws_related = draws_related
        if draws_related:
            state.clear_delayed_apps_cache()
            _ = state.apps  # drawn here, so that the copies before each step need not be
        after = super().apply_migration(state, migration, *args, **options)
        self._tell(migration)
        return after
