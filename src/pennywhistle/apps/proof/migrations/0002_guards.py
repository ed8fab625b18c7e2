"""Every entry reaches the log, and what the log holds never changes."""

from django.db import migrations

EVERY_ENTRY_WAITS = """
CREATE FUNCTION proof_entry_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO proof_waiting (entry_id) SELECT id FROM added;
  RETURN NULL;
END $$;

CREATE TRIGGER proof_entry_waits AFTER INSERT ON ledger_entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION proof_entry_waits();
"""

WRITTEN_ONCE = """
CREATE FUNCTION proof_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is written once', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER proof_leaf_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON proof_leaf
  FOR EACH STATEMENT EXECUTE FUNCTION proof_written_once();
CREATE TRIGGER proof_page_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON proof_page
  FOR EACH STATEMENT EXECUTE FUNCTION proof_written_once();

-- The head only grows: two heads of one size with different roots are never both signed.
CREATE FUNCTION proof_head_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root) THEN
    RAISE EXCEPTION 'the log''s head never goes back'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER proof_head_grows BEFORE UPDATE ON proof_head
  FOR EACH ROW EXECUTE FUNCTION proof_head_grows();
CREATE TRIGGER proof_head_kept BEFORE DELETE OR TRUNCATE ON proof_head
  FOR EACH STATEMENT EXECUTE FUNCTION proof_written_once();
"""


class Migration(migrations.Migration):
    dependencies = [("proof", "0001_leaves_pages_head"), ("ledger", "0002_guards")]

    operations = [
        migrations.RunSQL(EVERY_ENTRY_WAITS, migrations.RunSQL.noop),
        migrations.RunSQL(WRITTEN_ONCE, migrations.RunSQL.noop),
    ]
