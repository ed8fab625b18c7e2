"""Orders, their lines and entitlements are checked once a statement, without locking what they name.

A foreign key locks a row for each row that is written: the verdict that a busy track sells by, the
account of the buyer. What is named here neither changes nor goes, so that looking once is enough.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The buyer's account has a foreign key to the buyer, who therefore can never be deleted.
ORDERS = """
CREATE FUNCTION orders_guard_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM added WHERE NOT coalesce((
      SELECT true FROM ledger_account a WHERE a.number = added.account_id AND a.kind = 'balance'
      AND a.user_id = added.buyer_id AND a.currency = added.currency), false)
  ) THEN
    RAISE EXCEPTION 'an order is paid from its buyer''s own balance'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER orders_guard_orders AFTER INSERT ON orders_order
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_guard_orders();
"""

LINES = """
CREATE FUNCTION orders_guard_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM added WHERE NOT (
      coalesce((SELECT true FROM ledger_entry e WHERE e.id = added.entry_id), false)
      AND coalesce((SELECT true FROM orders_order o WHERE o.id = added.order_id), false)
      AND coalesce((SELECT true FROM rights_verdict v WHERE v.digest = added.verdict_id), false))
  ) THEN
    RAISE EXCEPTION 'a line of an order names an entry, an order or a verdict that does not exist'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER orders_guard_lines AFTER INSERT ON orders_orderline
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_guard_lines();
"""

ENTITLEMENTS = """
CREATE FUNCTION orders_guard_entitlements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM added
    WHERE NOT coalesce((
      SELECT true FROM orders_orderline l WHERE l.entry_id = added.line_id), false)
  ) THEN
    RAISE EXCEPTION 'an entitlement names a line of an order that does not exist'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER orders_guard_entitlements AFTER INSERT ON orders_entitlement
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_guard_entitlements();
CREATE TRIGGER orders_guard_entitlements_changed AFTER UPDATE ON orders_entitlement
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_guard_entitlements();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0006_guards_in_one_pass"),
        ("orders", "0003_shared_guards"),
        ("rights", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(ORDERS, migrations.RunSQL.noop),
        migrations.RunSQL(LINES, migrations.RunSQL.noop),
        migrations.RunSQL(ENTITLEMENTS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="order",
            name="buyer",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="entry",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                primary_key=True,
                related_name="order_line",
                serialize=False,
                to="ledger.entry",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="order",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="orders.order",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="verdict",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="rights.verdict",
            ),
        ),
        migrations.AlterField(
            model_name="entitlement",
            name="line",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entitlement",
                to="orders.orderline",
            ),
        ),
    ]
