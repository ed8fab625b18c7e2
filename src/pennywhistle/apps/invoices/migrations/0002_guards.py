"""What is told to tax offices and buyers is written once, and numbered without a gap."""

from django.db import migrations

KEPT = (
    "".join(
        f"""
CREATE TRIGGER invoices_{table}_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON invoices_{table}
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""
        for table in ("supply", "lot", "lotmove", "document", "placedecision")
    )
    + """
CREATE TRIGGER invoices_placedoubt_closed_once BEFORE UPDATE ON invoices_placedoubt
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER invoices_placedoubt_kept BEFORE DELETE OR TRUNCATE ON invoices_placedoubt
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""
)

# A document takes the next number of its series, and the series counts up with it: the row is
# locked until the end of the transaction, so that a number that was not used is given again.
NUMBERS = """
CREATE FUNCTION invoices_take_number() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  next_number bigint;
BEGIN
  UPDATE invoices_series SET last_number = last_number + 1
  WHERE id = NEW.series_id AND kind = NEW.kind RETURNING last_number INTO next_number;
  IF next_number IS DISTINCT FROM NEW.number THEN
    RAISE EXCEPTION 'document % does not follow number %', NEW.number, next_number - 1
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER invoices_take_number BEFORE INSERT ON invoices_document
  FOR EACH ROW EXECUTE FUNCTION invoices_take_number();

CREATE FUNCTION invoices_count_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.last_number <> 0 THEN
      RAISE EXCEPTION 'a series begins before its first number'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
  END IF;
  -- Depth 1 is a statement of somebody's own; the trigger of documents comes at depth 2.
  IF pg_trigger_depth() < 2 OR NEW.last_number <> OLD.last_number + 1
     OR to_jsonb(NEW) - 'last_number' IS DISTINCT FROM to_jsonb(OLD) - 'last_number' THEN
    RAISE EXCEPTION 'a series counts up with its documents and in no other way'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER invoices_count_up BEFORE INSERT OR UPDATE ON invoices_series
  FOR EACH ROW EXECUTE FUNCTION invoices_count_up();
CREATE TRIGGER invoices_series_kept BEFORE DELETE OR TRUNCATE ON invoices_series
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""

# No lot gives more than it holds, and none takes back more than it gave.
LOTS = """
CREATE FUNCTION invoices_bound_lots() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  held bigint;
  taken bigint;
BEGIN
  SELECT amount_micro INTO held FROM invoices_lot WHERE id = NEW.lot_id FOR UPDATE;
  SELECT sum(amount_micro) INTO taken FROM invoices_lotmove WHERE lot_id = NEW.lot_id;
  IF taken < 0 OR taken > held THEN
    RAISE EXCEPTION 'lot % holds % and cannot have given %', NEW.lot_id, held, taken
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER invoices_bound_lots AFTER INSERT ON invoices_lotmove
  FOR EACH ROW EXECUTE FUNCTION invoices_bound_lots();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0001_supplies_lots_and_documents"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
        migrations.RunSQL(NUMBERS, migrations.RunSQL.noop),
        migrations.RunSQL(LOTS, migrations.RunSQL.noop),
    ]
