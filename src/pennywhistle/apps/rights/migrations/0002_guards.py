"""Rights are closed, not edited: the database lets nothing else happen to what was recorded."""

from django.db import migrations

CLOSED_NOT_EDITED = """
CREATE FUNCTION rights_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is written once', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION rights_closed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.closed_at IS NOT NULL
     OR to_jsonb(OLD) - 'closed_at' IS DISTINCT FROM to_jsonb(NEW) - 'closed_at' THEN
    RAISE EXCEPTION '% is closed once, and otherwise never changed', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER rights_grant_closed_once BEFORE UPDATE ON rights_grant
  FOR EACH ROW EXECUTE FUNCTION rights_closed_once();
CREATE TRIGGER rights_stop_closed_once BEFORE UPDATE ON rights_stop
  FOR EACH ROW EXECUTE FUNCTION rights_closed_once();
CREATE TRIGGER rights_grant_kept BEFORE DELETE OR TRUNCATE ON rights_grant
  FOR EACH STATEMENT EXECUTE FUNCTION rights_written_once();
CREATE TRIGGER rights_stop_kept BEFORE DELETE OR TRUNCATE ON rights_stop
  FOR EACH STATEMENT EXECUTE FUNCTION rights_written_once();
CREATE TRIGGER rights_grantshare_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON rights_grantshare
  FOR EACH STATEMENT EXECUTE FUNCTION rights_written_once();
CREATE TRIGGER rights_territoryset_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON rights_territoryset
  FOR EACH STATEMENT EXECUTE FUNCTION rights_written_once();
CREATE TRIGGER rights_verdict_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON rights_verdict
  FOR EACH STATEMENT EXECUTE FUNCTION rights_written_once();
"""

# A share that comes later would change what a recorded grant says.
SHARED_AT_ONCE = """
CREATE FUNCTION rights_share_at_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- One after the other for the same grant, so that each sees what the other added.
  PERFORM 1 FROM rights_grant WHERE id IN (SELECT grant_id FROM added) FOR NO KEY UPDATE;
  IF (SELECT count(*) FROM rights_grantshare WHERE grant_id IN (SELECT grant_id FROM added))
     <> (SELECT count(*) FROM added) THEN
    RAISE EXCEPTION 'the shares of a grant are written at once'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER rights_share_at_once AFTER INSERT ON rights_grantshare
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION rights_share_at_once();
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0001_grants_stops_verdicts")]

    operations = [
        migrations.RunSQL(CLOSED_NOT_EDITED, migrations.RunSQL.noop),
        migrations.RunSQL(SHARED_AT_ONCE, migrations.RunSQL.noop),
    ]
