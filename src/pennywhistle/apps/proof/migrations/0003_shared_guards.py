"""The guards that all apps share keep what is written once; the copy of them goes."""

from django.db import migrations

SHARED_GUARDS = """
CREATE OR REPLACE TRIGGER proof_leaf_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON proof_leaf
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER proof_page_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON proof_page
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER proof_head_kept BEFORE DELETE OR TRUNCATE ON proof_head
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
DROP FUNCTION proof_written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("proof", "0002_guards"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [migrations.RunSQL(SHARED_GUARDS, migrations.RunSQL.noop)]
