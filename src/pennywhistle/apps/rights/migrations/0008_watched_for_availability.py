"""Whatever else decides what is sellable is watched too: shelves, tracks, durations, tax, store."""

from django.db import migrations

# Where an UPDATE touches columns that decide nothing, no change is noted.
NOTED = """
CREATE FUNCTION rights_note_release_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rights_change (kind, row_id)
    SELECT 'release', id FROM changed WHERE published_at IS NOT NULL ORDER BY id;
  RETURN NULL;
END $$;

CREATE FUNCTION rights_note_release_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rights_change (kind, row_id)
    SELECT 'release', n.id FROM changed n JOIN before o USING (id)
    WHERE (o.published_at, o.withdrawn_at) IS DISTINCT FROM (n.published_at, n.withdrawn_at)
    ORDER BY n.id;
  RETURN NULL;
END $$;

CREATE FUNCTION rights_note_track() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rights_change (kind, row_id)
    SELECT DISTINCT 'release', release_id FROM changed ORDER BY release_id;
  RETURN NULL;
END $$;

CREATE FUNCTION rights_note_track_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rights_change (kind, row_id)
    SELECT DISTINCT 'release', unnest(ARRAY[o.release_id, n.release_id])
    FROM changed n JOIN before o USING (id)
    WHERE (o.release_id, o.recording_id) IS DISTINCT FROM (n.release_id, n.recording_id);
  RETURN NULL;
END $$;

CREATE FUNCTION rights_note_recording_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rights_change (kind, row_id)
    SELECT 'recording', n.id FROM changed n JOIN before o USING (id)
    WHERE o.duration_ms IS DISTINCT FROM n.duration_ms ORDER BY n.id;
  RETURN NULL;
END $$;

CREATE FUNCTION rights_note_store_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rights_change (kind, row_id)
    SELECT 'store', n.id FROM changed n JOIN before o USING (id)
    WHERE (o.currency, o.share_numerator, o.share_denominator)
      IS DISTINCT FROM (n.currency, n.share_numerator, n.share_denominator);
  RETURN NULL;
END $$;
"""

_ADDED = "AFTER INSERT", "NEW TABLE AS changed"
_CHANGED = "AFTER UPDATE", "OLD TABLE AS before NEW TABLE AS changed"
_CLOSED = "AFTER UPDATE", "NEW TABLE AS changed"
_REMOVED = "AFTER DELETE", "OLD TABLE AS changed"

WATCHED = "".join(
    f"""
CREATE TRIGGER {name} {when} ON {table}
  REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""
    for table, name, (when, rows), function in (
        ("catalog_release", "rights_note_added", _ADDED, "rights_note_release_added"),
        ("catalog_release", "rights_note_changed", _CHANGED, "rights_note_release_changed"),
        ("catalog_release", "rights_note_removed", _REMOVED, "rights_note_change"),
        ("catalog_track", "rights_note_added", _ADDED, "rights_note_track"),
        ("catalog_track", "rights_note_changed", _CHANGED, "rights_note_track_changed"),
        ("catalog_track", "rights_note_removed", _REMOVED, "rights_note_track"),
        ("catalog_recording", "rights_note_changed", _CHANGED, "rights_note_recording_changed"),
        ("taxes_taxrate", "rights_note_added", _ADDED, "rights_note_change"),
        ("taxes_taxrate", "rights_note_closed", _CLOSED, "rights_note_change"),
        ("parties_store", "rights_note_added", _ADDED, "rights_note_change"),
        ("parties_store", "rights_note_changed", _CHANGED, "rights_note_store_changed"),
    )
)

# A store that sold before this version: everything waits to be looked at, behind what changes now.
ALL_DUE = """
INSERT INTO rights_due (release_id, due_at, is_bulk)
SELECT id, now(), true FROM catalog_release WHERE published_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0007_availability"),
        ("catalog", "0003_works_with_parts"),
        ("parties", "0001_parties_and_store"),
        ("taxes", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(NOTED, migrations.RunSQL.noop),
        migrations.RunSQL(WATCHED, migrations.RunSQL.noop),
        migrations.RunSQL(ALL_DUE, migrations.RunSQL.noop),
    ]
