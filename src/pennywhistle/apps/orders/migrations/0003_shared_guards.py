"""The guards that all apps share keep what is written once; the last copy of them goes."""

from django.db import migrations

SHARED_GUARDS = """
CREATE OR REPLACE TRIGGER orders_order_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_order
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER orders_orderline_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_orderline
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE OR REPLACE TRIGGER orders_entitlement_kept BEFORE DELETE OR TRUNCATE ON orders_entitlement
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
-- Nothing else uses it any more.
DROP FUNCTION ledger_written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_check_out"),
        ("ledger", "0004_shared_guards"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [migrations.RunSQL(SHARED_GUARDS, migrations.RunSQL.noop)]
