"""A distribution's lines, its entries and its sums are one and the same, and written once."""

from django.db import migrations

# At the commit, when all of it is there.
ADDS_UP = """
CREATE FUNCTION societies_require_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  own integer;
  before_end bigint;
BEGIN
  IF (SELECT count(*) FROM societies_distributionline WHERE distribution_id = NEW.id)
       <> NEW.line_count
     OR (SELECT count(*) FROM societies_distributionentry WHERE distribution_id = NEW.id)
       <> NEW.entry_count
     OR (SELECT coalesce(sum(gross_micro), 0) FROM societies_distributionline
         WHERE distribution_id = NEW.id) <> NEW.gross_micro + NEW.brought_micro
     OR (SELECT coalesce(sum(deduction_micro), 0) FROM societies_distributionline
         WHERE distribution_id = NEW.id) <> NEW.deduction_micro
     OR (SELECT coalesce(sum(net_micro), 0) FROM societies_distributionline
         WHERE distribution_id = NEW.id AND kind = 'paid') <> NEW.paid_micro
     OR (SELECT coalesce(sum(net_micro), 0) FROM societies_distributionline
         WHERE distribution_id = NEW.id AND kind = 'unclaimed') <> NEW.unclaimed_micro THEN
    RAISE EXCEPTION 'the lines of distribution % do not add up to it', NEW.id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT number INTO own FROM ledger_account
  WHERE kind = 'payee' AND party_id = NEW.society_id AND currency = NEW.currency;
  -- Account by account: what the lines say is what the books moved, and nothing else did.
  IF EXISTS (
    SELECT 1 FROM (
      SELECT account_id, sum(net_micro) AS amount_micro FROM societies_distributionline
      WHERE distribution_id = NEW.id AND kind <> 'carried' GROUP BY account_id
      UNION ALL SELECT own, -(NEW.paid_micro + NEW.unclaimed_micro)
      UNION ALL SELECT p.account_id, -p.amount_micro FROM societies_distributionentry d
      JOIN ledger_entry e ON e.id = d.entry_id AND e.kind = 'distribution'
      JOIN ledger_posting p ON p.entry_id = e.id AND p.currency = NEW.currency
      WHERE d.distribution_id = NEW.id
    ) moved GROUP BY account_id HAVING sum(amount_micro) <> 0
  ) THEN
    RAISE EXCEPTION 'the books did not move what distribution % says', NEW.id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  -- Nothing of the log is left out, and nothing is distributed twice.
  SELECT coalesce(max(end_index), 0) INTO before_end FROM societies_distribution
  WHERE society_id = NEW.society_id AND currency = NEW.currency AND id <> NEW.id
    AND first_index < NEW.first_index;
  IF before_end <> NEW.first_index THEN
    RAISE EXCEPTION 'distribution % does not begin where the one before ended', NEW.id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER societies_require_sums AFTER INSERT ON societies_distribution
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION societies_require_sums();
"""

# What is added later is one too many.
NOTHING_LATER = """
CREATE FUNCTION societies_refuse_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM (SELECT DISTINCT distribution_id AS id FROM added) a
    JOIN societies_distribution d ON d.id = a.id
    WHERE (SELECT count(*) FROM societies_distributionline WHERE distribution_id = a.id)
            > d.line_count
       OR (SELECT count(*) FROM societies_distributionentry WHERE distribution_id = a.id)
            > d.entry_count
  ) THEN
    RAISE EXCEPTION 'a distribution is complete as it stands; correct it by the next one'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER societies_line_nothing_later AFTER INSERT ON societies_distributionline
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION societies_refuse_more();
CREATE TRIGGER societies_entry_nothing_later AFTER INSERT ON societies_distributionentry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION societies_refuse_more();
"""

WRITTEN_ONCE = """
CREATE TRIGGER societies_distribution_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON societies_distribution
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER societies_distributionline_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON societies_distributionline
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER societies_distributionentry_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON societies_distributionentry
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("societies", "0001_societies_and_distributions"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [
        migrations.RunSQL(ADDS_UP, migrations.RunSQL.noop),
        migrations.RunSQL(NOTHING_LATER, migrations.RunSQL.noop),
        migrations.RunSQL(WRITTEN_ONCE, migrations.RunSQL.noop),
    ]
