"""What was said and paid is kept; a payout goes its way step by step, and the books with it."""

from django.db import migrations

KEPT = (
    "".join(
        f"""
CREATE TRIGGER payouts_{table}_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON payouts_{table}
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""
        for table in (
            *("run", "skipped", "bankfile", "part", "approval", "accountterms", "exchangerate"),
        )
    )
    + "".join(
        f"""
CREATE TRIGGER payouts_{table}_closed_once BEFORE UPDATE ON payouts_{table}
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER payouts_{table}_kept BEFORE DELETE OR TRUNCATE ON payouts_{table}
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""
        for table in ("details", "withholdingrate", "taxform")
    )
    + """
CREATE TRIGGER payouts_payout_kept BEFORE DELETE OR TRUNCATE ON payouts_payout
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""
)

# What is proposed never changes; states follow each other, and each that moves money does so with
# its entry of the books, whose postings on the way or from the payee's account are looked up here.
STEPS = """
CREATE FUNCTION payouts_moved(entry_key text, number integer) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT sum(u.amount)::bigint FROM ledger_entry e,
    unnest(e.accounts, e.amounts_micro) AS u(account, amount)
  WHERE e.key = entry_key AND u.account = number
$$;

CREATE FUNCTION payouts_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  fixed text[] := ARRAY['state', 'way', 'reference', 'reason', 'bank_file_id', 'document',
    'approved_at', 'sent_at', 'ended_at'];
  step text := OLD.state || ' ' || NEW.state;
  mine text := 'payout:' || NEW.id::text;
  taken bigint := NEW.paid_micro + NEW.withheld_micro;
BEGIN
  IF to_jsonb(OLD) - fixed IS DISTINCT FROM to_jsonb(NEW) - fixed THEN
    RAISE EXCEPTION 'what a payout pays never changes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF OLD.state = NEW.state THEN
    RAISE EXCEPTION 'a payout changes by its steps alone'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF step NOT IN ('proposed approved', 'proposed dropped', 'approved sent', 'approved failed',
    'sent settled', 'sent failed', 'sent returned', 'settled returned') THEN
    RAISE EXCEPTION 'a payout that is % does not become %', OLD.state, NEW.state
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF OLD.state <> 'proposed' AND NEW.document <> OLD.document THEN
    RAISE EXCEPTION 'the document of a payout never changes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state = 'approved' AND (
    (SELECT count(*) FROM payouts_approval WHERE payout_id = NEW.id) < NEW.people_needed
    OR payouts_moved(mine, NEW.account_id) IS DISTINCT FROM -taken
    OR octet_length(NEW.document) = 0
    OR (SELECT coalesce(sum(withheld_micro), 0) FROM payouts_part WHERE payout_id = NEW.id)
       <> NEW.withheld_micro
  ) THEN
    RAISE EXCEPTION 'a payout is approved by enough people, and taken from its account'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state = 'settled' AND NOT EXISTS (
    SELECT FROM ledger_entry e WHERE e.key = mine || ':settled'
  ) THEN
    RAISE EXCEPTION 'a payout is settled with its entry of the books'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state IN ('failed', 'returned')
     AND payouts_moved(mine || ':returned', NEW.account_id) IS DISTINCT FROM taken THEN
    RAISE EXCEPTION 'a payout that failed or came back is on its account again'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER payouts_step BEFORE UPDATE ON payouts_payout
  FOR EACH ROW EXECUTE FUNCTION payouts_step();

-- What the smallest coin of a currency is worth, as `pennywhistle.kernel.currencies` has it.
CREATE FUNCTION payouts_coin(currency text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
    WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
      'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 1000000
    ELSE 10000 END::bigint
$$;

CREATE FUNCTION payouts_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'proposed' OR NEW.paid_micro % payouts_coin(NEW.currency) <> 0 OR NOT EXISTS (
    SELECT FROM ledger_account a JOIN ledger_account s ON s.party_id = a.party_id
    JOIN payouts_details d ON d.party_id = a.party_id
    WHERE a.number = NEW.account_id AND a.kind = 'payee' AND a.currency = NEW.currency
      AND s.number = NEW.source_id AND s.kind = 'payee' AND d.id = NEW.details_id
  ) THEN
    RAISE EXCEPTION 'a payout begins as a proposal, in whole coins, for accounts of one payee'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER payouts_begin BEFORE INSERT ON payouts_payout
  FOR EACH ROW EXECUTE FUNCTION payouts_begin();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0001_details_terms_runs_and_payouts"),
        ("ledger", "0015_payouts"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
        migrations.RunSQL(STEPS, migrations.RunSQL.noop),
    ]
