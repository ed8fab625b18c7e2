"""The register is closed, not edited, free of contradictions, and says what changed in it."""

from django.db import migrations

CLOSED = (
    "rights_ownershipshare",
    "rights_publicdomain",
    "rights_repertoire",
    "rights_repertoiremember",
    "rights_mandate",
    "rights_tariff",
    "rights_tariffline",
    "rights_license",
    "rights_supplieragreement",
    "rights_ratecardline",
    "rights_transfer",
)
WRITTEN_ONCE = ("rights_evidence", "rights_tariffband", "rights_tariffdurationband")
# What clearance reads: each row that comes or goes is written down in rights_change.
WATCHED = (
    "rights_grant",
    "rights_stop",
    "rights_tariffline",
    "rights_license",
    "rights_mandate",
    "rights_ownershipshare",
    "rights_publicdomain",
    "rights_ratecardline",
    "rights_repertoiremember",
    "rights_supplieragreement",
    "rights_transfer",
)

CLOSED_NOT_EDITED = "".join(
    f"""
CREATE TRIGGER {table}_closed_once BEFORE UPDATE ON {table}
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""
    for table in CLOSED
) + "".join(
    f"""
CREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""
    for table in WRITTEN_ONCE
)

CHANGES_KNOWN = """
CREATE FUNCTION rights_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rights_change (kind, row_id)
    SELECT split_part(TG_TABLE_NAME, '_', 2), id FROM changed ORDER BY id;
  RETURN NULL;
END $$;

-- Which works are in a recording decides its clearance as well: the row is the recording.
CREATE FUNCTION rights_note_recording() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rights_change (kind, row_id)
    SELECT DISTINCT 'recording', recording_id FROM changed ORDER BY recording_id;
  RETURN NULL;
END $$;

CREATE TRIGGER rights_note_added AFTER INSERT ON catalog_recordingwork
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rights_note_recording();
CREATE TRIGGER rights_note_changed AFTER UPDATE ON catalog_recordingwork
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rights_note_recording();
CREATE TRIGGER rights_note_removed AFTER DELETE ON catalog_recordingwork
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rights_note_recording();
"""

WATCHED_FOR_CHANGES = "".join(
    f"""
CREATE TRIGGER {table}_note_added AFTER INSERT ON {table}
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rights_note_change();
CREATE TRIGGER {table}_note_closed AFTER UPDATE ON {table}
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rights_note_change();
"""
    for table in WATCHED
)

# Open rows with the same key (the columns named as arguments) that hold at the same time and, if
# the table has territories, in the same territory. Our PostgreSQL comes without btree_gist, so
# that no exclusion constraint can say it.
ONE_AT_A_TIME = """
CREATE FUNCTION rights_bits(mask bytea) RETURNS bit(256) LANGUAGE sql IMMUTABLE STRICT
  AS $$ SELECT ('x' || encode(mask, 'hex'))::bit(256) $$;

CREATE FUNCTION rights_one_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  mine jsonb := to_jsonb(NEW);
  key text := TG_TABLE_NAME;
  same text := '';
  place text := '';
  other bigint;
BEGIN
  FOR i IN 0 .. TG_NARGS - 1 LOOP
    key := key || ':' || (mine ->> TG_ARGV[i]);
    same := same || format(' AND o.%I = ($1).%I', TG_ARGV[i], TG_ARGV[i]);
  END LOOP;
  IF mine ? 'territories_id' THEN
    place := ' AND EXISTS (SELECT FROM rights_territoryset a, rights_territoryset b'
      ' WHERE a.digest = o.territories_id AND b.digest = ($1).territories_id'
      ' AND (rights_bits(a.mask) & rights_bits(b.mask)) <> 0::bit(256))';
  END IF;
  -- One after the other for the same key, so that each sees what the other added.
  PERFORM pg_advisory_xact_lock(hashtext('rights_one_at_a_time'), hashtext(key));
  EXECUTE format('SELECT o.id FROM %I o WHERE o.closed_at IS NULL AND o.id <> ($1).id'
    ' AND tstzrange(o.valid_from, o.valid_until)'
    ' && tstzrange(($1).valid_from, ($1).valid_until)', TG_TABLE_NAME) || same || place
    || ' LIMIT 1' INTO other USING NEW;
  IF other IS NOT NULL THEN
    RAISE EXCEPTION '% % already holds in that time', TG_TABLE_NAME, other
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER rights_ratecardline_one_at_a_time AFTER INSERT ON rights_ratecardline
  FOR EACH ROW EXECUTE FUNCTION rights_one_at_a_time('supplier_id', 'code');
CREATE TRIGGER rights_tariffline_one_at_a_time AFTER INSERT ON rights_tariffline
  FOR EACH ROW EXECUTE FUNCTION rights_one_at_a_time('tariff_id');
CREATE TRIGGER rights_supplieragreement_one_at_a_time AFTER INSERT ON rights_supplieragreement
  FOR EACH ROW EXECUTE FUNCTION rights_one_at_a_time('supplier_id');
"""

# A mandate is walked with what is left of it: the rights, uses, territories and time that every
# step shares. Societies mandate each other, each for its own territory; that is no circle. First
# forward from whom it mandates, then backward from who gives it, so that the whole chain through
# it is measured.
NO_CONTRADICTION = """
CREATE FUNCTION rights_guard_mandate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  longest integer;
  is_circle boolean;
  other bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rights_mandates'), 0);
  WITH RECURSIVE walk AS (
    SELECT NEW.from_party_id AS tail, NEW.to_party_id AS head, ARRAY[NEW.id] AS path,
      NEW.rights::text[] AS rights, NEW.uses::text[] AS uses, rights_bits(t.mask) AS places,
      tstzrange(NEW.valid_from, NEW.valid_until) AS valid, false AS is_backward
    FROM rights_territoryset t WHERE t.digest = NEW.territories_id
    UNION ALL
    SELECT next.tail, next.head, next.path, next.rights, next.uses, next.places, next.valid,
      next.is_backward
    FROM walk w, LATERAL (
      SELECT
        CASE WHEN turn.is_backward THEN m.from_party_id ELSE w.tail END AS tail,
        CASE WHEN turn.is_backward THEN w.head ELSE m.to_party_id END AS head,
        w.path || m.id AS path,
        ARRAY(SELECT unnest(w.rights) INTERSECT SELECT unnest(m.rights::text[])) AS rights,
        ARRAY(SELECT unnest(w.uses) INTERSECT SELECT unnest(m.uses::text[])) AS uses,
        w.places & rights_bits(t.mask) AS places,
        w.valid * tstzrange(m.valid_from, m.valid_until) AS valid,
        turn.is_backward
      FROM (VALUES (false), (true)) AS turn(is_backward)
      JOIN rights_mandate m ON m.closed_at IS NULL AND m.id <> ALL (w.path)
        AND CASE WHEN turn.is_backward THEN m.to_party_id = w.tail
                 ELSE m.from_party_id = w.head END
      JOIN rights_territoryset t ON t.digest = m.territories_id
      WHERE turn.is_backward OR NOT w.is_backward
    ) AS next
    WHERE w.tail <> w.head AND cardinality(w.path) <= 8
      AND cardinality(next.rights) > 0 AND cardinality(next.uses) > 0
      AND next.places <> 0::bit(256) AND NOT isempty(next.valid)
  )
  SELECT max(cardinality(path)), bool_or(tail = head) INTO longest, is_circle FROM walk;
  IF is_circle THEN
    RAISE EXCEPTION 'mandate % closes a circle', NEW.id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF longest > 8 THEN
    RAISE EXCEPTION 'mandate % makes a chain of more than eight', NEW.id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT o.id INTO other
  FROM rights_mandate o
  JOIN rights_territoryset a ON a.digest = o.territories_id
  JOIN rights_territoryset b ON b.digest = NEW.territories_id
  WHERE NEW.is_exclusive AND o.is_exclusive AND o.closed_at IS NULL
    AND o.from_party_id = NEW.from_party_id AND o.to_party_id <> NEW.to_party_id
    AND o.rights && NEW.rights AND o.uses && NEW.uses
    AND (rights_bits(a.mask) & rights_bits(b.mask)) <> 0::bit(256)
    AND tstzrange(o.valid_from, o.valid_until) && tstzrange(NEW.valid_from, NEW.valid_until)
    AND (o.repertoire_id IS NULL OR NEW.repertoire_id IS NULL
      OR o.repertoire_id = NEW.repertoire_id OR EXISTS (
        SELECT FROM rights_repertoiremember mine, rights_repertoiremember other
        WHERE mine.repertoire_id = NEW.repertoire_id AND mine.closed_at IS NULL
          AND other.repertoire_id = o.repertoire_id AND other.closed_at IS NULL
          AND (mine.work_id = other.work_id OR mine.recording_id = other.recording_id)))
  LIMIT 1;
  IF other IS NOT NULL THEN
    RAISE EXCEPTION 'mandate % is exclusive already for what mandate % gives', other, NEW.id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER rights_mandate_guard AFTER INSERT ON rights_mandate
  FOR EACH ROW EXECUTE FUNCTION rights_guard_mandate();
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0004_register")]

    operations = [
        migrations.RunSQL(CLOSED_NOT_EDITED, migrations.RunSQL.noop),
        migrations.RunSQL(CHANGES_KNOWN, migrations.RunSQL.noop),
        migrations.RunSQL(WATCHED_FOR_CHANGES, migrations.RunSQL.noop),
        migrations.RunSQL(ONE_AT_A_TIME, migrations.RunSQL.noop),
        migrations.RunSQL(NO_CONTRADICTION, migrations.RunSQL.noop),
    ]
