"""The guards that all apps share keep what is written once or closed; the copies of them go."""

from django.db import migrations

SHARED_GUARDS = """
CREATE OR REPLACE TRIGGER rights_grant_closed_once BEFORE UPDATE ON rights_grant
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE OR REPLACE TRIGGER rights_stop_closed_once BEFORE UPDATE ON rights_stop
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE OR REPLACE TRIGGER rights_grant_kept BEFORE DELETE OR TRUNCATE ON rights_grant
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER rights_stop_kept BEFORE DELETE OR TRUNCATE ON rights_stop
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER rights_grantshare_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON rights_grantshare
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER rights_territoryset_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON rights_territoryset
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER rights_verdict_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON rights_verdict
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
DROP FUNCTION rights_written_once();
DROP FUNCTION rights_closed_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0002_guards"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [migrations.RunSQL(SHARED_GUARDS, migrations.RunSQL.noop)]
