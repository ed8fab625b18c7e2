"""Checkout as one statement: orders are judged, and written whole or not at all."""

from django.db import migrations

# Answers one word for each order: placed; known (its key was used); rights-changed; owned; balance.
# Balance rows are locked first, by account number, so that two checkouts never wait in a circle;
# whoever holds a buyer's row is alone with that buyer's orders and shelf until the commit.
CHECK_OUT = """
CREATE FUNCTION orders_check_out(
  p_currency text, p_documents jsonb,
  o_ids uuid[], o_buyers bigint[], o_accounts integer[], o_keys text[], o_asked text[],
  o_territories text[], o_totals bigint[], o_times timestamptz[],
  s_orders smallint[], s_ids uuid[], s_items text[], s_prices bigint[], s_releases bigint[],
  s_tracks bigint[], s_verdicts text[],
  g_orders smallint[], g_ids bigint[],
  p_sales smallint[], p_lines smallint[], p_accounts integer[], p_amounts bigint[]
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  outcomes text[];
BEGIN
  PERFORM 1 FROM ledger_balance WHERE account_id = ANY (o_accounts) ORDER BY account_id FOR UPDATE;

  SELECT array_agg(judged.outcome ORDER BY judged.n) INTO outcomes FROM (
    SELECT o.n, CASE
      WHEN EXISTS (SELECT 1 FROM orders_order k WHERE k.buyer_id = o.buyer AND k.key = o.key)
        THEN 'known'
      -- What was cleared a moment ago must still be so.
      WHEN EXISTS (SELECT 1 FROM unnest(g_orders, g_ids) AS g(n, id)
                   WHERE g.n = o.n AND NOT EXISTS (
                     SELECT 1 FROM rights_grant r WHERE r.id = g.id AND r.closed_at IS NULL))
        OR EXISTS (SELECT 1 FROM unnest(s_orders, s_releases, s_tracks) AS s(n, release, track)
                   JOIN catalog_release r ON r.id = s.release
                   WHERE s.n = o.n AND (
                     r.published_at IS NULL OR r.withdrawn_at <= o.at OR EXISTS (
                       SELECT 1 FROM rights_stop x WHERE x.release_id = s.release
                       AND x.closed_at IS NULL
                       AND (x.track_id IS NULL OR s.track IS NULL OR x.track_id = s.track))))
        THEN 'rights-changed'
      WHEN EXISTS (SELECT 1 FROM unnest(s_orders, s_releases, s_tracks) AS s(n, release, track)
                   JOIN orders_entitlement e ON e.buyer_id = o.buyer AND e.release_id = s.release
                   WHERE s.n = o.n AND (e.track_id IS NULL OR e.track_id = s.track))
        THEN 'owned'
      WHEN coalesce((SELECT b.amount_micro FROM ledger_balance b WHERE b.account_id = o.account), 0)
        < o.total THEN 'balance'
      ELSE 'placed' END AS outcome
    FROM unnest(o_buyers, o_accounts, o_keys, o_totals, o_times)
      WITH ORDINALITY AS o(buyer, account, key, total, at, n)
  ) judged;

  INSERT INTO rights_verdict (digest, document, recorded_at)
  SELECT decode(v.key, 'hex'), v.value, o_times[1] FROM jsonb_each(p_documents) v
  ORDER BY v.key ON CONFLICT (digest) DO NOTHING;

  INSERT INTO orders_order (id, buyer_id, account_id, key, asked_digest, territory, currency,
                            total_micro, placed_at)
  SELECT o.id, o.buyer, o.account, o.key, decode(o.asked, 'hex'), o.territory, p_currency, o.total,
         o.at
  FROM unnest(o_ids, o_buyers, o_accounts, o_keys, o_asked, o_territories, o_totals, o_times)
    WITH ORDINALITY AS o(id, buyer, account, key, asked, territory, total, at, n)
  WHERE outcomes[o.n] = 'placed';

  INSERT INTO ledger_entry (id, kind, key, occurred_at, subject_id, item, price_micro, territory)
  SELECT s.id, 'sale', NULL, o_times[s.n], o_accounts[s.n], s.item, s.price, o_territories[s.n]
  FROM unnest(s_orders, s_ids, s_items, s_prices) AS s(n, id, item, price)
  WHERE outcomes[s.n] = 'placed';

  INSERT INTO ledger_posting (account_id, entry_id, line, amount_micro, currency)
  SELECT p.account, s_ids[p.sale], p.line, p.amount, p_currency
  FROM unnest(p_sales, p_lines, p_accounts, p_amounts) AS p(sale, line, account, amount)
  WHERE outcomes[s_orders[p.sale]] = 'placed';

  INSERT INTO orders_orderline (entry_id, order_id, release_id, track_id, price_micro, verdict_id)
  SELECT s.id, o_ids[s.n], s.release, s.track, s.price, decode(s.verdict, 'hex')
  FROM unnest(s_orders, s_ids, s_prices, s_releases, s_tracks, s_verdicts)
    AS s(n, id, price, release, track, verdict)
  WHERE outcomes[s.n] = 'placed';

  INSERT INTO orders_entitlement (buyer_id, release_id, track_id, line_id, granted_at)
  SELECT o_buyers[s.n], s.release, s.track, s.id, o_times[s.n]
  FROM unnest(s_orders, s_ids, s_releases, s_tracks) AS s(n, id, release, track)
  WHERE outcomes[s.n] = 'placed';

  RETURN outcomes;
END $$;
"""

WRITTEN_ONCE = """
CREATE TRIGGER orders_order_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_order
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
CREATE TRIGGER orders_orderline_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_orderline
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
-- The lines of orders name releases and tracks without a constraint of their own.
CREATE FUNCTION orders_keep_what_was_on_sale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM catalog_release
             WHERE id = (to_jsonb(OLD) ->> TG_ARGV[0])::bigint AND published_at IS NOT NULL) THEN
    RAISE EXCEPTION 'what was on sale stays in the catalog; withdraw it'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER orders_keep_release BEFORE DELETE ON catalog_release
  FOR EACH ROW EXECUTE FUNCTION orders_keep_what_was_on_sale('id');
CREATE TRIGGER orders_keep_track BEFORE DELETE ON catalog_track
  FOR EACH ROW EXECUTE FUNCTION orders_keep_what_was_on_sale('release_id');

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
