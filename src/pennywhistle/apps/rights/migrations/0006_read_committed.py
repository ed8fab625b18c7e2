"""Guards that look at other rows need to see what others committed while they waited."""

from django.db import migrations

GUARDED = (
    "catalog_recordingwork",
    "rights_mandate",
    "rights_ratecardline",
    "rights_supplieragreement",
    "rights_tariffline",
)

READ_COMMITTED = """
CREATE FUNCTION rights_read_committed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION '% is written in a read committed transaction', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_read_committed BEFORE INSERT ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION rights_read_committed();
"""
    for table in GUARDED
)


class Migration(migrations.Migration):
    dependencies = [("rights", "0005_register_guards")]

    operations = [migrations.RunSQL(READ_COMMITTED, migrations.RunSQL.noop)]
