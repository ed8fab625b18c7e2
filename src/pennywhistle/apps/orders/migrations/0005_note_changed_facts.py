"""Each transaction that changes a fact of clearance is noted, so that the till may keep the rest."""

from django.db import migrations

# Every table that the facts of clearance are read from; a test compares.
FACTS = (
    "catalog_recording",
    "catalog_recordingwork",
    "catalog_release",
    "catalog_track",
    "catalog_work",
    "parties_party",
    "rights_grant",
    "rights_grantshare",
    "rights_license",
    "rights_mandate",
    "rights_ownershipshare",
    "rights_publicdomain",
    "rights_ratecardline",
    "rights_repertoiremember",
    "rights_stop",
    "rights_supplieragreement",
    "rights_tariff",
    "rights_tariffband",
    "rights_tariffdurationband",
    "rights_tariffline",
    "rights_territoryset",
    "rights_transfer",
)

# Not logged: after a crash no till remembers anything that it would have to forget.
NOTED = """
CREATE UNLOGGED TABLE orders_factchange (
  xid xid8 PRIMARY KEY,
  noted_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION orders_note_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO orders_factchange (xid) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    -- Two go for each that comes, so that it never grows; no till keeps anything for so long.
    DELETE FROM orders_factchange WHERE xid IN (
      SELECT xid FROM (
        SELECT xid, noted_at FROM orders_factchange ORDER BY xid LIMIT 2 FOR UPDATE SKIP LOCKED
      ) oldest WHERE noted_at < now() - interval '1 day');
  END IF;
  RETURN NULL;
END $$;
"""

TRIGGERS = "".join(
    f"""
CREATE TRIGGER orders_note_facts AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION orders_note_facts();
"""
    for table in FACTS
)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_guards_once_a_statement"),
        ("catalog", "0003_works_with_parts"),
        ("parties", "0001_parties_and_store"),
        ("rights", "0009_walk_mandates_at_once"),
    ]

    operations = [
        migrations.RunSQL(NOTED, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
