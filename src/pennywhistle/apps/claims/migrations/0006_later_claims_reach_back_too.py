"""What was held back is looked at again when somebody joins a dispute: the instant moves on."""

from django.db import migrations

SETTLED_ONCE = """
CREATE OR REPLACE FUNCTION claims_settled_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.settled_at IS NOT NULL
     OR (OLD.held_back_at IS NOT NULL
         AND (NEW.held_back_at IS NULL OR NEW.held_back_at < OLD.held_back_at))
     OR (OLD.work_id, OLD.recording_id, OLD."right", OLD.opened_at, OLD.evidence_due_at)
        IS DISTINCT FROM
        (NEW.work_id, NEW.recording_id, NEW."right", NEW.opened_at, NEW.evidence_due_at) THEN
    RAISE EXCEPTION 'a dispute is settled once, and what it is about never changes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0005_words_about_transfers")]

    operations = [migrations.RunSQL(SETTLED_ONCE, migrations.RunSQL.noop)]
