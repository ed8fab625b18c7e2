"""What a campaign of the store takes off at most: of a purchase, and of all together."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# A redemption adds to what was given, and to its code, in this order: whoever comes at the same
# moment waits, and a check refuses what would be too much.
COUNT = """
CREATE OR REPLACE FUNCTION offers_count_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  mine bigint;
  most bigint;
  taken bigint;
BEGIN
  SELECT campaign_id INTO mine FROM offers_code WHERE id = NEW.code_id;
  UPDATE offers_outlay SET given_micro = given_micro + NEW.saved_micro
  WHERE campaign_id = mine AND currency = NEW.currency
  RETURNING purchase_max_micro INTO most;
  IF most IS NOT NULL THEN
    SELECT sum(r.saved_micro) INTO taken FROM offers_redemption r
    JOIN offers_code c ON c.id = r.code_id
    WHERE r.order_id = NEW.order_id AND c.campaign_id = mine;
    IF taken > most THEN
      RAISE EXCEPTION 'a purchase saves more than its campaign gives'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'offers_outlay_purchase';
    END IF;
  ELSIF EXISTS (SELECT 1 FROM offers_campaign m
                LEFT JOIN offers_outlay o ON o.campaign_id = m.id
                WHERE m.id = mine AND (m.supplier_id IS NULL OR o.campaign_id IS NOT NULL)) THEN
    RAISE EXCEPTION 'nobody said how much this campaign gives'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'offers_outlay_said';
  END IF;
  UPDATE offers_code SET used_count = used_count + 1 WHERE id = NEW.code_id;
  RETURN NULL;
END $$;

CREATE FUNCTION offers_guard_outlay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2
     OR to_jsonb(OLD) - 'given_micro' IS DISTINCT FROM to_jsonb(NEW) - 'given_micro' THEN
    RAISE EXCEPTION 'what was given changes by redemptions, and never else'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER offers_outlay_counted BEFORE UPDATE ON offers_outlay
  FOR EACH ROW EXECUTE FUNCTION offers_guard_outlay();
CREATE TRIGGER offers_outlay_kept BEFORE DELETE OR TRUNCATE ON offers_outlay
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [("offers", "0002_guards")]

    operations = [
        migrations.CreateModel(
            name="Outlay",
            fields=[
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="outlay",
                        serialize=False,
                        to="offers.campaign",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("purchase_max_micro", models.BigIntegerField()),
                ("total_max_micro", models.BigIntegerField()),
                ("given_micro", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(purchase_max_micro__gt=0)
                        & Q(purchase_max_micro__lte=F("total_max_micro")),
                        name="offers_outlay_limits",
                    ),
                    models.CheckConstraint(
                        condition=Q(given_micro__gte=0) & Q(given_micro__lte=F("total_max_micro")),
                        name="offers_outlay_total",
                    ),
                    models.CheckConstraint(
                        condition=Q(currency__regex="^[A-Z]{3}$"),
                        name="offers_outlay_currency",
                    ),
                ]
            },
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
