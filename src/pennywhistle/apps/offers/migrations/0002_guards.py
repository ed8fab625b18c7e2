"""Codes are used exactly as often as they say; what was offered is closed, and never changed."""

from django.db import migrations

WRITTEN_ONCE = ("campaignrelease", "redemption", "bundledrelease")
CLOSED_ONCE = ("campaign", "bundle")

GUARDS = "\n".join(
    [
        *(
            f"CREATE TRIGGER offers_{table}_written_once "
            f"BEFORE UPDATE OR DELETE OR TRUNCATE ON offers_{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION written_once();"
            for table in WRITTEN_ONCE
        ),
        *(
            f"CREATE TRIGGER offers_{table}_closed_once BEFORE UPDATE ON offers_{table} "
            "FOR EACH ROW EXECUTE FUNCTION closed_once();\n"
            f"CREATE TRIGGER offers_{table}_kept BEFORE DELETE OR TRUNCATE ON offers_{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION written_once();"
            for table in CLOSED_ONCE
        ),
    ]
)

# A redemption counts its code up, and nothing else does: the check on the count refuses one more
# use than the code has, whoever comes at the same moment.
COUNT = """
CREATE FUNCTION offers_count_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE offers_code SET used_count = used_count + 1 WHERE id = NEW.code_id;
  RETURN NULL;
END $$;
CREATE TRIGGER offers_redemption_counted AFTER INSERT ON offers_redemption
  FOR EACH ROW EXECUTE FUNCTION offers_count_redemption();

CREATE FUNCTION offers_guard_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2
     OR to_jsonb(OLD) - 'used_count' IS DISTINCT FROM to_jsonb(NEW) - 'used_count' THEN
    RAISE EXCEPTION 'a code changes by being used, and never else'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER offers_code_counted BEFORE UPDATE ON offers_code
  FOR EACH ROW EXECUTE FUNCTION offers_guard_code();
CREATE TRIGGER offers_code_kept BEFORE DELETE OR TRUNCATE ON offers_code
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("offers", "0001_campaigns_codes_bundles"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
