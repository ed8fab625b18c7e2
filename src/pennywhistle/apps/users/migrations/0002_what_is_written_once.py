"""What rows that are written once, or closed and never edited, are kept by, in every app."""

from django.db import migrations

# Triggers of each app's own tables call these; nobody's migration brings another copy.
# written_once: BEFORE UPDATE OR DELETE OR TRUNCATE ... FOR EACH STATEMENT.
# closed_once: BEFORE UPDATE ... FOR EACH ROW of a table with a `closed_at`.
WRITTEN_ONCE = """
CREATE FUNCTION written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is written once', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION closed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.closed_at IS NOT NULL
     OR to_jsonb(OLD) - 'closed_at' IS DISTINCT FROM to_jsonb(NEW) - 'closed_at' THEN
    RAISE EXCEPTION '% is closed once, and otherwise never changed', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0001_people")]

    operations = [migrations.RunSQL(WRITTEN_ONCE, migrations.RunSQL.noop)]
