"""Which recording plays which work is closed and never edited, and so has a history."""

from datetime import UTC, datetime

import django.db.models.deletion
from django.db import migrations, models

# When the links that stand were recorded nobody noted: before anything was sold.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

# Only what is open counts towards the whole.
OPEN_PARTS_OF_ONE = """
CREATE OR REPLACE FUNCTION catalog_parts_of_one() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  overfull bigint;
BEGIN
  -- One after the other for the same recording, so that each sees what the other added.
  PERFORM 1 FROM catalog_recording WHERE id IN (SELECT recording_id FROM added)
    ORDER BY id FOR NO KEY UPDATE;
  SELECT recording_id INTO overfull FROM catalog_recordingwork
    WHERE recording_id IN (SELECT recording_id FROM added) AND closed_at IS NULL
    GROUP BY recording_id
    HAVING sum(part_numerator::numeric / part_denominator) > 1.000000001 LIMIT 1;
  IF overfull IS NOT NULL THEN
    RAISE EXCEPTION 'the works of recording % are more than the whole of it', overfull
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
"""

CLOSED_NOT_EDITED = """
CREATE TRIGGER catalog_recordingwork_closed_once BEFORE UPDATE ON catalog_recordingwork
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER catalog_recordingwork_kept BEFORE DELETE OR TRUNCATE ON catalog_recordingwork
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""

OPEN_LINKS = """
CREATE VIEW catalog_workplayed AS
  SELECT id, recording_id, work_id FROM catalog_recordingwork WHERE closed_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_works_with_parts"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [
        migrations.AddField(
            model_name="recordingwork",
            name="recorded_at",
            field=models.DateTimeField(default=LONG_AGO),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="recordingwork",
            name="closed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RemoveConstraint(model_name="recordingwork", name="catalog_recording_work_once"),
        migrations.AlterField(
            model_name="recordingwork",
            name="recording",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="work_links",
                to="catalog.recording",
            ),
        ),
        migrations.AlterField(
            model_name="recordingwork",
            name="work",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recording_links",
                to="catalog.work",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordingwork",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("recording", "work"),
                name="catalog_recording_work_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordingwork",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True),
                    ("closed_at__gte", models.F("recorded_at")),
                    _connector="OR",
                ),
                name="catalog_recording_work_closed_after",
            ),
        ),
        migrations.AddIndex(
            model_name="recordingwork",
            index=models.Index(
                models.F("work"),
                condition=models.Q(("closed_at__isnull", True)),
                name="catalog_played_by_work",
            ),
        ),
        migrations.RunSQL(OPEN_PARTS_OF_ONE, migrations.RunSQL.noop),
        migrations.RunSQL(CLOSED_NOT_EDITED, migrations.RunSQL.noop),
        migrations.RunSQL(OPEN_LINKS, "DROP VIEW catalog_workplayed"),
        migrations.CreateModel(
            name="WorkPlayed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={"db_table": "catalog_workplayed", "managed": False},
        ),
        migrations.AlterField(
            model_name="recording",
            name="works",
            field=models.ManyToManyField(
                related_name="recordings", through="catalog.WorkPlayed", to="catalog.work"
            ),
        ),
    ]
