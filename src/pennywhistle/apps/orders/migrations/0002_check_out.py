"""Checkout as one statement: a sale is written whole, in one round trip, or not at all."""

from django.db import migrations

# Errors with a code of class PW are for people: apps.orders.actions turns them into sentences.
CHECK_OUT = """
CREATE FUNCTION orders_check_out(
  p_order uuid, p_buyer bigint, p_account integer, p_key text, p_asked bytea, p_territory text,
  p_currency text, p_now timestamptz, p_total bigint,
  p_entries uuid[], p_items text[], p_prices bigint[], p_releases bigint[], p_tracks bigint[],
  p_verdicts bytea[], p_documents text[], p_grants bigint[],
  p_posting_entries uuid[], p_posting_lines smallint[], p_posting_accounts integer[],
  p_posting_amounts bigint[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  known_asked bytea;
  held bigint;
BEGIN
  INSERT INTO orders_order (id, buyer_id, account_id, key, asked_digest, territory, currency,
                            total_micro, placed_at)
  VALUES (p_order, p_buyer, p_account, p_key, p_asked, p_territory, p_currency, p_total, p_now)
  ON CONFLICT (buyer_id, key) DO NOTHING;
  IF NOT FOUND THEN
    SELECT asked_digest INTO known_asked FROM orders_order
    WHERE buyer_id = p_buyer AND key = p_key;
    RETURN CASE WHEN known_asked = p_asked THEN 'replayed' ELSE 'key-reused' END;
  END IF;

  -- What was cleared a moment ago must still be so: grants open, nothing stopped or withdrawn.
  IF (SELECT count(*) FROM rights_grant WHERE id = ANY (p_grants) AND closed_at IS NULL)
       <> cardinality(p_grants)
     OR EXISTS (SELECT 1 FROM rights_stop
                WHERE release_id = ANY (p_releases) AND closed_at IS NULL
                  AND (track_id IS NULL OR array_position(p_tracks, NULL) IS NOT NULL
                       OR track_id = ANY (p_tracks)))
     OR EXISTS (SELECT 1 FROM catalog_release WHERE id = ANY (p_releases)
                  AND (published_at IS NULL OR withdrawn_at <= p_now)) THEN
    RAISE EXCEPTION 'rights changed while paying' USING ERRCODE = 'PW001';
  END IF;

  SELECT amount_micro INTO held FROM ledger_balance WHERE account_id = p_account FOR UPDATE;
  IF held IS NULL OR held < p_total THEN
    RAISE EXCEPTION 'balance too small' USING ERRCODE = 'PW002', DETAIL = coalesce(held, 0)::text;
  END IF;

  INSERT INTO rights_verdict (digest, document, recorded_at)
  SELECT v.digest, v.document::jsonb, p_now
  FROM unnest(p_verdicts, p_documents) AS v(digest, document)
  WHERE v.document IS NOT NULL
  ON CONFLICT (digest) DO NOTHING;

  INSERT INTO ledger_entry (id, kind, key, occurred_at, subject_id, item, price_micro, territory)
  SELECT e.id, 'sale', NULL, p_now, p_account, e.item, e.price, p_territory
  FROM unnest(p_entries, p_items, p_prices) AS e(id, item, price);

  INSERT INTO ledger_posting (account_id, entry_id, line, amount_micro, currency)
  SELECT p.account, p.entry, p.line, p.amount, p_currency
  FROM unnest(p_posting_accounts, p_posting_entries, p_posting_lines, p_posting_amounts)
    AS p(account, entry, line, amount);

  INSERT INTO orders_orderline (entry_id, order_id, release_id, track_id, price_micro, verdict_id)
  SELECT l.entry, p_order, l.release, l.track, l.price, l.verdict
  FROM unnest(p_entries, p_releases, p_tracks, p_prices, p_verdicts)
    AS l(entry, release, track, price, verdict);

  INSERT INTO orders_entitlement (buyer_id, release_id, track_id, line_id, granted_at)
  SELECT p_buyer, l.release, l.track, l.entry, p_now
  FROM unnest(p_entries, p_releases, p_tracks) AS l(entry, release, track);

  RETURN 'placed';
END $$;
"""

WRITTEN_ONCE = """
CREATE TRIGGER orders_order_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_order
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
CREATE TRIGGER orders_orderline_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_orderline
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
CREATE TRIGGER orders_entitlement_kept BEFORE DELETE OR TRUNCATE ON orders_entitlement
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_carts_orders_entitlements"),
        ("ledger", "0002_guards"),
        ("rights", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(CHECK_OUT, migrations.RunSQL.noop),
        migrations.RunSQL(WRITTEN_ONCE, migrations.RunSQL.noop),
    ]
