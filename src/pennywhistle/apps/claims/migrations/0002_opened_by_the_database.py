"""Whoever records a share too many opens a dispute; nothing that is said in one is taken back."""

from django.db import migrations

# The tolerance of CWR: 0.06 % too much is somebody's rounding, and is scaled.
MOST_CLAIMED = """
CREATE FUNCTION claims_most_claimed(p_work bigint, p_recording bigint, p_right text)
RETURNS numeric LANGUAGE plpgsql STABLE AS $$
DECLARE
  most numeric;
BEGIN
  -- All of them together, wherever and whenever: mostly not too much, and cheap to see.
  SELECT coalesce(sum(s.numerator::numeric / s.denominator), 0) INTO most
  FROM rights_ownershipshare s
  WHERE (s.work_id = p_work OR s.recording_id = p_recording) AND s."right" = p_right
    AND s.closed_at IS NULL AND s.status <> 'revoked';
  IF most <= 1.0006 THEN
    RETURN most;
  END IF;
  -- Else in each territory, at each instant at which a share begins.
  WITH standing AS (
    SELECT s.numerator::numeric / s.denominator AS part, t.mask,
      coalesce(s.valid_from, '-infinity') AS begins, coalesce(s.valid_until, 'infinity') AS ends
    FROM rights_ownershipshare s JOIN rights_territoryset t ON t.digest = s.territories_id
    WHERE (s.work_id = p_work OR s.recording_id = p_recording) AND s."right" = p_right
      AND s.closed_at IS NULL AND s.status <> 'revoked'
  )
  SELECT coalesce(max(claimed.total), 0) INTO most FROM (
    SELECT sum(s.part) AS total
    FROM (SELECT DISTINCT begins FROM standing) i
    CROSS JOIN generate_series(0, 255) AS territory
    JOIN standing s ON s.begins <= i.begins AND i.begins < s.ends
      AND get_bit(s.mask, territory) = 1
    GROUP BY i.begins, territory
  ) claimed;
  RETURN most;
END $$;

CREATE FUNCTION claims_open_disputes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Two who claim too much at once are seen by whoever comes second: one after the other.
  PERFORM pg_advisory_xact_lock(hashtext('claims'), hashtext(concat_ws('-', each.subject, each.r)))
  FROM (SELECT DISTINCT coalesce('work-' || work_id, 'recording-' || recording_id) AS subject,
               "right" AS r FROM added ORDER BY 1, 2) each;
  INSERT INTO claims_dispute (work_id, recording_id, "right", opened_at, evidence_due_at,
                              settlement)
  SELECT each.work_id, each.recording_id, each.r, each.opened_at,
         each.opened_at + interval '14 days', ''
  FROM (SELECT work_id, recording_id, "right" AS r, max(recorded_at) AS opened_at
        FROM added WHERE closed_at IS NULL AND status <> 'revoked'
        GROUP BY work_id, recording_id, "right") each
  WHERE claims_most_claimed(each.work_id, each.recording_id, each.r) > 1.0006
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER claims_open_disputes AFTER INSERT ON rights_ownershipshare
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION claims_open_disputes();
"""

KEPT = """
CREATE FUNCTION claims_settled_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.settled_at IS NOT NULL
     OR (OLD.held_back_at IS NOT NULL AND NEW.held_back_at IS DISTINCT FROM OLD.held_back_at)
     OR (OLD.work_id, OLD.recording_id, OLD."right", OLD.opened_at, OLD.evidence_due_at)
        IS DISTINCT FROM
        (NEW.work_id, NEW.recording_id, NEW."right", NEW.opened_at, NEW.evidence_due_at) THEN
    RAISE EXCEPTION 'a dispute is settled once, and what it is about never changes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER claims_dispute_settled_once BEFORE UPDATE ON claims_dispute
  FOR EACH ROW EXECUTE FUNCTION claims_settled_once();
CREATE TRIGGER claims_dispute_kept BEFORE DELETE OR TRUNCATE ON claims_dispute
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER claims_position_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON claims_position
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_disputes"), ("rights", "0005_register_guards")]

    operations = [
        migrations.RunSQL(MOST_CLAIMED, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
