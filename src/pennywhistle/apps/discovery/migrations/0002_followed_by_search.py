"""What search documents are made of is watched; buyers are counted; the index can be narrowed."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

HEARD = """
CREATE FUNCTION discovery_note_hearing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO discovery_change (xid, kind, row_id)
    SELECT pg_current_xact_id()::text::bigint, 'recording', m.recording_id
    FROM changed JOIN media_master m USING (sha256);
  RETURN NULL;
END $$;
"""

_ADDED = "added", "AFTER INSERT", "NEW TABLE AS changed"
_CHANGED = "changed", "AFTER UPDATE", "NEW TABLE AS changed"
_LEFT = "left", "AFTER UPDATE", "OLD TABLE AS changed"
_REMOVED = "removed", "AFTER DELETE", "OLD TABLE AS changed"
_ALWAYS = (_ADDED, _CHANGED, _REMOVED)

_WATCHED = (
    ("catalog_release", "release", "id", _ALWAYS),
    ("catalog_release", "party", "label_id", (_LEFT, _REMOVED)),
    ("catalog_releaseartist", "release", "release_id", _ALWAYS),
    ("catalog_releaseartist", "party", "party_id", (_LEFT, _REMOVED)),
    ("catalog_track", "release", "release_id", (*_ALWAYS, _LEFT)),
    ("catalog_track", "recording", "recording_id", (_LEFT, _REMOVED)),
    ("catalog_recording", "recording", "id", (_CHANGED,)),
    ("catalog_recordingcredit", "recording", "recording_id", _ALWAYS),
    ("catalog_recordingcredit", "party", "party_id", (_LEFT, _REMOVED)),
    ("catalog_recordingwork", "recording", "recording_id", _ALWAYS),
    ("catalog_recordingwork", "work", "work_id", (_CHANGED, _REMOVED)),
    ("catalog_work", "work", "id", (_CHANGED,)),
    ("catalog_workcredit", "work", "work_id", _ALWAYS),
    ("catalog_workcredit", "party", "party_id", (_LEFT, _REMOVED)),
    ("catalog_genre", "genre", "id", (_CHANGED,)),
    ("parties_party", "party", "id", (_CHANGED, _REMOVED)),
    ("rights_availability", "release", "release_id", _ALWAYS),
    ("discovery_popularity", "release", "release_id", _ALWAYS),
    ("media_master", "recording", "recording_id", (_ADDED, _CHANGED)),
)

# A function for each column, so that its plan is kept.
NOTED = "".join(
    f"""
CREATE FUNCTION discovery_note_{kind}_{column}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO discovery_change (xid, kind, row_id)
    SELECT DISTINCT pg_current_xact_id()::text::bigint, '{kind}', {column} FROM changed
    WHERE {column} IS NOT NULL;
  RETURN NULL;
END $$;
"""  # noqa: S608 (our own words)
    for kind, column in sorted({(kind, column) for _, kind, column, _ in _WATCHED})
)

TRIGGERS = "".join(
    f"""
CREATE TRIGGER discovery_note_{kind}_{what} {when} ON {table}
  REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION discovery_note_{kind}_{column}();
"""
    for table, kind, column, events in _WATCHED
    for what, when, rows in events
) + "".join(
    f"""
CREATE TRIGGER discovery_note_{what} {when} ON media_hearing
  REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION discovery_note_hearing();
"""
    for what, when, rows in (_ADDED, _CHANGED)
)

# What comes onto the shelves, and what leaves them, between two instants.
BY_INSTANT = """
CREATE INDEX discovery_release_published ON catalog_release (published_at)
  WHERE published_at IS NOT NULL;
CREATE INDEX discovery_release_withdrawn ON catalog_release (withdrawn_at)
  WHERE withdrawn_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0008_extras_and_musicbrainz"),
        ("discovery", "0001_search_documents"),
        ("media", "0004_stored_masters"),
        ("parties", "0001_parties_and_store"),
        ("rights", "0016_open_prices_and_sales"),
    ]

    operations = [
        migrations.CreateModel(
            name="Position",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("kept", models.JSONField()),
            ],
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="buyers",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="digest",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="marks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=140), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="price_micro",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="released_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="searchdocument",
            name="sort",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("xid", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("release", "Release"),
                            ("recording", "Recording"),
                            ("work", "Work"),
                            ("party", "Party"),
                            ("genre", "Genre"),
                        ],
                        max_length=10,
                    ),
                ),
                ("row_id", models.BigIntegerField()),
                (
                    "noted_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "indexes": [
                    models.Index(models.F("xid"), models.F("id"), name="discovery_change_in_order"),
                    models.Index(models.F("noted_at"), name="discovery_change_by_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Popularity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("track_id", models.BigIntegerField(null=True)),
                ("buyers", models.IntegerField()),
                (
                    "release",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="catalog.release",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("release", "track_id"),
                        name="discovery_popularity_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("buyers__gt", 0)), name="discovery_popularity_is_some"
                    ),
                ],
            },
        ),
        migrations.RunSQL(HEARD + NOTED + TRIGGERS + BY_INSTANT, migrations.RunSQL.noop),
    ]
