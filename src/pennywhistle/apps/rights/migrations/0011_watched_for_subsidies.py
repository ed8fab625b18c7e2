"""Whether the store adds a subsidy decides what is sellable under its floor: it is watched too."""

from django.db import migrations

STORE_CHANGED = """
CREATE OR REPLACE FUNCTION rights_note_store_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rights_change (kind, row_id)
    SELECT 'store', n.id FROM changed n JOIN before o USING (id)
    WHERE (o.currency, o.share_numerator, o.share_denominator, o.adds_subsidy)
      IS DISTINCT FROM (n.currency, n.share_numerator, n.share_denominator, n.adds_subsidy);
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0010_mandates_by_index"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
    ]

    operations = [migrations.RunSQL(STORE_CHANGED, migrations.RunSQL.noop)]
