"""The guard of mandates finds each step of a chain by an index, however many mandates there are."""

from django.db import migrations

# As in 0005, but for how the next mandates of a chain are found: those that its head gives, and
# those that its tail holds, each asked for by itself.
GUARD = """
CREATE OR REPLACE FUNCTION rights_guard_mandate() RETURNS trigger LANGUAGE plpgsql SET jit = off AS $$
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
      SELECT near.tail, near.head, w.path || m.id AS path,
        ARRAY(SELECT unnest(w.rights) INTERSECT SELECT unnest(m.rights::text[])) AS rights,
        ARRAY(SELECT unnest(w.uses) INTERSECT SELECT unnest(m.uses::text[])) AS uses,
        w.places & rights_bits(t.mask) AS places,
        w.valid * tstzrange(m.valid_from, m.valid_until) AS valid,
        near.is_backward
      FROM (
        SELECT f.id, w.tail AS tail, f.to_party_id AS head, false AS is_backward
        FROM rights_mandate f
        WHERE f.closed_at IS NULL AND f.from_party_id = w.head AND NOT w.is_backward
        UNION ALL
        SELECT b.id, b.from_party_id, w.head, true
        FROM rights_mandate b
        WHERE b.closed_at IS NULL AND b.to_party_id = w.tail
      ) AS near
      JOIN rights_mandate m ON m.id = near.id AND m.id <> ALL (w.path)
      JOIN rights_territoryset t ON t.digest = m.territories_id
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
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0009_walk_mandates_at_once")]

    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
