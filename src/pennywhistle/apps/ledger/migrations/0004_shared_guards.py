"""The guards that all apps share keep what is written once."""

from django.db import migrations

SHARED_GUARDS = """
CREATE OR REPLACE TRIGGER ledger_account_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_account
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER ledger_entry_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER ledger_posting_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER ledger_balance_kept BEFORE DELETE OR TRUNCATE ON ledger_balance
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_purses_and_releases"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [migrations.RunSQL(SHARED_GUARDS, migrations.RunSQL.noop)]
