"""A sale is written as one row of the books, which carries its postings."""

from django.db import migrations

# The rules of 0008, and the same words. `p_accounts` and `p_amounts` are what is credited, sale
# after sale; `s_firsts` and `s_lasts` say which of it is each sale's.
CHECK_OUT = """
DROP FUNCTION orders_check_out(
  pg_snapshot, text, jsonb, uuid[], bigint[], text[], text[], text[], bigint[], timestamptz[],
  smallint[], uuid[], text[], bigint[], bigint[], bigint[], text[], smallint[], jsonb,
  smallint[], smallint[], integer[], bigint[]);

CREATE FUNCTION orders_check_out(
  p_snapshot pg_snapshot, p_currency text, p_documents jsonb,
  o_ids uuid[], o_buyers bigint[], o_keys text[], o_asked text[], o_territories text[],
  o_totals bigint[], o_times timestamptz[],
  s_orders smallint[], s_ids uuid[], s_items text[], s_prices bigint[], s_releases bigint[],
  s_tracks bigint[], s_verdicts text[], s_owned smallint[], s_firsts smallint[], s_lasts smallint[],
  p_relied jsonb, p_accounts integer[], p_amounts bigint[]
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  o_accounts integer[];
  is_stale boolean;
  known bigint[];
  changed smallint[];
  shelf smallint[];
  poor bigint[];
  refused integer[];
BEGIN
  -- Each lookup is a subquery by index, so that no plan reads a whole table, however small that was
  -- when the plan was made.
  o_accounts := ARRAY(
    SELECT (SELECT a.number FROM ledger_account a
            WHERE a.kind = 'balance' AND a.currency = p_currency AND a.user_id = o.buyer)
    FROM unnest(o_buyers) WITH ORDINALITY AS o(buyer, n) ORDER BY o.n);
  PERFORM 1 FROM ledger_balance WHERE account_id = ANY (o_accounts) ORDER BY account_id FOR UPDATE;

  -- The numbers of the orders against which something speaks.
  SELECT
    -- From the newest note on: the planner, who knows nothing of the snapshot, would read them all.
    p_snapshot IS NOT NULL AND (
      SELECT true FROM orders_factchange c
      WHERE c.xid >= pg_snapshot_xmin(p_snapshot)
        AND NOT pg_visible_in_snapshot(c.xid, p_snapshot)
      ORDER BY c.xid DESC LIMIT 1) IS TRUE,
    ARRAY(
      SELECT o.n FROM unnest(o_buyers, o_keys) WITH ORDINALITY AS o(buyer, key, n)
      WHERE (SELECT true FROM orders_order k WHERE k.buyer_id = o.buyer AND k.key = o.key)),
    CASE WHEN p_relied IS NULL THEN '{}' ELSE
      orders_outdated(p_relied, p_currency, o_territories, o_times) END || ARRAY(
      SELECT s.n FROM unnest(s_orders, s_releases, s_tracks) AS s(n, release, track)
      WHERE (SELECT r.published_at IS NULL OR r.withdrawn_at <= o_times[s.n]
             FROM catalog_release r WHERE r.id = s.release)
        OR (p_snapshot IS NULL AND (
            SELECT true FROM rights_stop x
            WHERE x.release_id = s.release AND x.closed_at IS NULL
              AND (x.track_id IS NULL OR s.track IS NULL OR x.track_id = s.track) LIMIT 1))),
    ARRAY(
      SELECT s.n FROM unnest(s_orders, s_releases, s_owned) AS s(n, release, owned)
      WHERE (SELECT count(*) FROM orders_entitlement e
             WHERE e.buyer_id = o_buyers[s.n] AND e.release_id = s.release) <> s.owned),
    ARRAY(
      SELECT o.n FROM unnest(o_accounts, o_totals) WITH ORDINALITY AS o(account, total, n)
      WHERE (SELECT b.amount_micro >= o.total FROM ledger_balance b
             WHERE b.account_id = o.account) IS NOT TRUE)
  INTO is_stale, known, changed, shelf, poor;
  IF is_stale THEN
    RETURN array_fill('stale'::text, ARRAY[cardinality(o_ids)]);
  END IF;
  refused := known::integer[] || changed::integer[] || shelf::integer[] || poor::integer[];

  IF p_documents <> '{}' THEN
    INSERT INTO rights_verdict (digest, document, recorded_at)
    SELECT decode(v.key, 'hex'), v.value, o_times[1] FROM jsonb_each(p_documents) v
    ORDER BY v.key ON CONFLICT (digest) DO NOTHING;
  END IF;

  -- One statement for all four: its guards look when all is written.
  WITH placed AS (
    INSERT INTO orders_order (id, buyer_id, account_id, key, asked_digest, territory, currency,
                              total_micro, placed_at)
    SELECT o.id, o.buyer, o.account, o.key, decode(o.asked, 'hex'), o.territory, p_currency,
           o.total, o.at
    FROM unnest(o_ids, o_buyers, o_accounts, o_keys, o_asked, o_territories, o_totals, o_times)
      WITH ORDINALITY AS o(id, buyer, account, key, asked, territory, total, at, n)
    WHERE o.n <> ALL (refused)
  ), booked AS (
    -- The first posting of each entry is the buyer's.
    INSERT INTO ledger_entry (id, kind, key, occurred_at, subject_id, item, price_micro, territory,
                              currency, accounts, amounts_micro)
    SELECT s.id, 'sale', NULL, o_times[s.n], o_accounts[s.n], s.item, s.price, o_territories[s.n],
           p_currency, o_accounts[s.n] || p_accounts[s.first:s.last],
           -s.price || p_amounts[s.first:s.last]
    FROM unnest(s_orders, s_ids, s_items, s_prices, s_firsts, s_lasts)
      AS s(n, id, item, price, first, last)
    WHERE s.n <> ALL (refused)
  ), listed AS (
    INSERT INTO orders_orderline (entry_id, order_id, release_id, track_id, price_micro, verdict_id)
    SELECT s.id, o_ids[s.n], s.release, s.track, s.price, decode(s.verdict, 'hex')
    FROM unnest(s_orders, s_ids, s_prices, s_releases, s_tracks, s_verdicts)
      AS s(n, id, price, release, track, verdict)
    WHERE s.n <> ALL (refused)
  )
  INSERT INTO orders_entitlement (buyer_id, release_id, track_id, line_id, granted_at)
  SELECT o_buyers[s.n], s.release, s.track, s.id, o_times[s.n]
  FROM unnest(s_orders, s_ids, s_releases, s_tracks) AS s(n, id, release, track)
  WHERE s.n <> ALL (refused);

  IF cardinality(refused) = 0 THEN
    RETURN array_fill('placed'::text, ARRAY[cardinality(o_ids)]);
  END IF;
  RETURN ARRAY(
    SELECT CASE WHEN n = ANY (known) THEN 'known' WHEN n = ANY (changed) THEN 'changed'
      WHEN n = ANY (shelf) THEN 'shelf' WHEN n = ANY (poor) THEN 'balance' ELSE 'placed' END
    FROM generate_series(1, cardinality(o_ids)) AS n ORDER BY n);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_look_at_all_that_is_relied_on"),
        ("ledger", "0009_postings_within_entries"),
    ]

    operations = [migrations.RunSQL(CHECK_OUT, migrations.RunSQL.noop)]
