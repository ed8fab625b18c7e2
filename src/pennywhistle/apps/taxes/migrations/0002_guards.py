"""Rates are closed, not edited, and no two of them hold at once."""

from django.db import migrations

CLOSED_NOT_EDITED = """
CREATE TRIGGER taxes_taxrate_closed_once BEFORE UPDATE ON taxes_taxrate
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER taxes_taxrate_kept BEFORE DELETE OR TRUNCATE ON taxes_taxrate
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""

# An exclusion constraint would need the extension btree_gist, which not every PostgreSQL brings.
# Rows are closed once and otherwise never changed, so only a new one can overlap.
ONE_AT_A_TIME = """
CREATE FUNCTION taxes_one_rate_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- With an older snapshot the search below would miss what was recorded meanwhile.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'rates of tax are recorded in a read committed transaction'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('taxes_taxrate'), hashtext(NEW.territory));
  IF EXISTS (
    SELECT 1 FROM taxes_taxrate other
    WHERE other.territory = NEW.territory AND other.closed_at IS NULL AND other.id <> NEW.id
      AND tstzrange(other.valid_from, other.valid_until)
        && tstzrange(NEW.valid_from, NEW.valid_until)
  ) THEN
    RAISE EXCEPTION 'there is a rate of tax for % in this time already', NEW.territory
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER taxes_one_rate_at_a_time AFTER INSERT ON taxes_taxrate
  FOR EACH ROW WHEN (NEW.closed_at IS NULL) EXECUTE FUNCTION taxes_one_rate_at_a_time();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("taxes", "0001_tax_rates"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [
        migrations.RunSQL(CLOSED_NOT_EDITED, migrations.RunSQL.noop),
        migrations.RunSQL(ONE_AT_A_TIME, migrations.RunSQL.noop),
    ]
