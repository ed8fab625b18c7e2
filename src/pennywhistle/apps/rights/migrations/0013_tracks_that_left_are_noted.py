"""A release is looked at again when a track leaves it, or comes back to it."""

from django.db import migrations

# As before (migration 0008), and when a track left.
NOTED = """
CREATE OR REPLACE FUNCTION rights_note_track_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rights_change (kind, row_id)
    SELECT DISTINCT 'release', unnest(ARRAY[o.release_id, n.release_id])
    FROM changed n JOIN before o USING (id)
    WHERE (o.release_id, o.recording_id, o.left_at)
      IS DISTINCT FROM (n.release_id, n.recording_id, n.left_at);
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0012_grants_in_local_time"),
        ("catalog", "0006_tracks_that_left"),
    ]

    operations = [migrations.RunSQL(NOTED, migrations.RunSQL.noop)]
