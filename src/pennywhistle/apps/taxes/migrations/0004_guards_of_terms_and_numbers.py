"""Terms, clues and answers are written once; numbers and proposals are closed, not edited."""

from django.db import migrations

KEPT = "".join(
    f"""
CREATE TRIGGER taxes_{table}_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON taxes_{table}
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""
    for table in ("sellerterms", "placeclue", "vatanswer", "ratereading", "exchangerate")
) + "".join(
    f"""
CREATE TRIGGER taxes_{table}_closed_once BEFORE UPDATE ON taxes_{table}
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER taxes_{table}_kept BEFORE DELETE OR TRUNCATE ON taxes_{table}
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""
    for table in ("vatnumber", "rateproposal")
)

# What was sold or paid in under earlier terms keeps them.
LATER = """
CREATE FUNCTION taxes_terms_come_later() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('taxes_sellerterms'));
  IF EXISTS (SELECT FROM taxes_sellerterms WHERE valid_from >= NEW.valid_from)
     OR (NEW.valid_from < NEW.recorded_at AND EXISTS (SELECT FROM taxes_sellerterms)) THEN
    RAISE EXCEPTION 'terms begin after the ones before them, and not in the past'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER taxes_terms_come_later BEFORE INSERT ON taxes_sellerterms
  FOR EACH ROW EXECUTE FUNCTION taxes_terms_come_later();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("taxes", "0003_terms_places_and_numbers"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
        migrations.RunSQL(LATER, migrations.RunSQL.noop),
    ]
