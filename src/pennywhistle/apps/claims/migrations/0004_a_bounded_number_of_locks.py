"""Many shares in one statement take a bounded number of locks: the server has a table of them."""

from django.db import migrations

OPEN_DISPUTES = """
CREATE OR REPLACE FUNCTION claims_open_disputes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Two who claim too much at once are seen by whoever comes second: one after the other. Subjects
  -- share 256 locks, always taken in the same order.
  PERFORM pg_advisory_xact_lock(hashtext('claims'), each.place)
  FROM (SELECT DISTINCT hashtext(concat_ws('-', work_id, recording_id, "right")) & 255 AS place
        FROM added ORDER BY 1) each;
  INSERT INTO claims_dispute (work_id, recording_id, "right", opened_at, evidence_due_at,
                              settlement)
  SELECT each.work_id, each.recording_id, each.r, each.opened_at,
         each.opened_at + interval '14 days', ''
  FROM (SELECT work_id, recording_id, "right" AS r, max(recorded_at) AS opened_at
        FROM added WHERE closed_at IS NULL AND status <> 'revoked'
        GROUP BY work_id, recording_id, "right") each
  WHERE claims_most_claimed(each.work_id, each.recording_id, each.r) > 1.0006
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0003_notices_to_claimants")]

    operations = [migrations.RunSQL(OPEN_DISPUTES, migrations.RunSQL.noop)]
