"""Without a snapshot, all that a sale's verdict relied on is looked at again, not grants alone."""

from django.db import migrations

TABLES = (
    "rights_grant",
    "rights_license",
    "rights_mandate",
    "rights_ownershipshare",
    "rights_ratecardline",
    "rights_supplieragreement",
    "rights_tariffline",
    "rights_transfer",
)
# Rows of the register are never edited, only closed: those that are open still say the same.
ROWS = "".join(
    f"""
  UNION ALL
  SELECT (r->>0)::smallint FROM jsonb_array_elements(p_relied->'{table}') r
  WHERE (SELECT x.closed_at IS NULL FROM {table} x WHERE x.id = (r->>1)::bigint) IS NOT TRUE"""  # noqa: S608 (names from this file)
    for table in TABLES
)

# The places of the orders of which something that they rely on is no longer so. `p_relied` is made
# by apps/orders/relied.py: rows by kind, each with the place of its order first. Nothing relies on
# anything where it is null or empty.
OUTDATED = f"""
CREATE FUNCTION orders_outdated(
  p_relied jsonb, p_currency text, o_territories text[], o_times timestamptz[]
) RETURNS smallint[] LANGUAGE sql AS $$
SELECT ARRAY(
  -- Tax, the store's share, whether the operator subsidizes.
  SELECT (r->>0)::smallint FROM jsonb_array_elements(p_relied->'terms') r
  WHERE NOT EXISTS (
      SELECT FROM parties_store s
      WHERE s.currency = p_currency AND s.adds_subsidy = (r->>5)::boolean
        AND s.share_numerator * (r->>4)::numeric = s.share_denominator * (r->>3)::numeric)
    OR NOT coalesce((
      SELECT x.numerator * (r->>2)::numeric = x.denominator * (r->>1)::numeric
      FROM taxes_taxrate x
      WHERE x.territory = o_territories[(r->>0)::integer] AND x.closed_at IS NULL
        AND (x.valid_from IS NULL OR x.valid_from <= o_times[(r->>0)::integer])
        AND (x.valid_until IS NULL OR x.valid_until > o_times[(r->>0)::integer])),
      (r->>1)::numeric = 0)
  -- Which works the recordings play.
  UNION ALL
  SELECT (r->>0)::smallint FROM jsonb_array_elements(p_relied->'plays') r
  WHERE (SELECT count(*) FROM catalog_recordingwork p
         WHERE p.recording_id = (r->>1)::bigint AND p.closed_at IS NULL) <> (r->>2)::bigint
  UNION ALL
  SELECT (r->>0)::smallint FROM jsonb_array_elements(p_relied->'played') r
  WHERE NOT EXISTS (
    SELECT FROM catalog_recordingwork p
    WHERE p.recording_id = (r->>1)::bigint AND p.work_id = (r->>2)::bigint AND p.closed_at IS NULL
      AND p.part_numerator * (r->>4)::numeric = p.part_denominator * (r->>3)::numeric)
  -- Works that are free.
  UNION ALL
  SELECT (r->>0)::smallint FROM jsonb_array_elements(p_relied->'free') r
  WHERE (SELECT count(*) FROM rights_publicdomain d
         WHERE d.work_id = (r->>1)::bigint AND d.closed_at IS NULL) <> (r->>2)::bigint
  -- What stands on the lists to which mandates are limited.
  UNION ALL
  SELECT (r->>0)::smallint FROM jsonb_array_elements(p_relied->'listed') r
  WHERE NOT EXISTS (
    SELECT FROM rights_mandate m
    JOIN rights_repertoiremember e ON e.repertoire_id = m.repertoire_id AND e.closed_at IS NULL
    WHERE m.id = (r->>1)::bigint
      AND (e.work_id = (r->>2)::bigint OR e.recording_id = (r->>3)::bigint)){ROWS})
$$;
"""  # noqa: S608 (text from this file)

# Answers one word for each order: placed; or, with nothing of it written, known (its key was used);
# changed (what may be sold); shelf (the buyer owns more or less of a release than was counted);
# balance. One word for all where nothing is judged at all: stale (a fact changed since `p_snapshot`).
#
# Balance rows are locked first, by account number, so that two checkouts never wait in a circle;
# whoever holds a buyer's row is alone with that buyer's orders and shelf until the commit. What is
# looked at after that is as it was committed by then.
#
# With a snapshot, any fact that changed since refuses. Without one, the facts were read a moment ago,
# and what was relied on is looked at again, and stops. What begins or ends by itself at an instant,
# nobody notes.
CHECK_OUT = """
DROP FUNCTION orders_check_out(
  pg_snapshot, text, jsonb, uuid[], bigint[], text[], text[], text[], bigint[], timestamptz[],
  smallint[], uuid[], text[], bigint[], bigint[], bigint[], text[], smallint[], smallint[],
  bigint[], smallint[], smallint[], integer[], bigint[]);

CREATE FUNCTION orders_check_out(
  p_snapshot pg_snapshot, p_currency text, p_documents jsonb,
  o_ids uuid[], o_buyers bigint[], o_keys text[], o_asked text[], o_territories text[],
  o_totals bigint[], o_times timestamptz[],
  s_orders smallint[], s_ids uuid[], s_items text[], s_prices bigint[], s_releases bigint[],
  s_tracks bigint[], s_verdicts text[], s_owned smallint[],
  p_relied jsonb,
  p_sales smallint[], p_lines smallint[], p_accounts integer[], p_amounts bigint[]
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
    orders_outdated(p_relied, p_currency, o_territories, o_times) || ARRAY(
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

  INSERT INTO orders_order (id, buyer_id, account_id, key, asked_digest, territory, currency,
                            total_micro, placed_at)
  SELECT o.id, o.buyer, o.account, o.key, decode(o.asked, 'hex'), o.territory, p_currency, o.total,
         o.at
  FROM unnest(o_ids, o_buyers, o_accounts, o_keys, o_asked, o_territories, o_totals, o_times)
    WITH ORDINALITY AS o(id, buyer, account, key, asked, territory, total, at, n)
  WHERE o.n <> ALL (refused);

  INSERT INTO ledger_entry (id, kind, key, occurred_at, subject_id, item, price_micro, territory)
  SELECT s.id, 'sale', NULL, o_times[s.n], o_accounts[s.n], s.item, s.price, o_territories[s.n]
  FROM unnest(s_orders, s_ids, s_items, s_prices) AS s(n, id, item, price)
  WHERE s.n <> ALL (refused);

  -- Line 0 of each entry is the buyer's.
  INSERT INTO ledger_posting (account_id, entry_id, line, amount_micro, currency)
  SELECT o_accounts[s.n], s.id, 0, -s.price, p_currency
  FROM unnest(s_orders, s_ids, s_prices) AS s(n, id, price)
  WHERE s.n <> ALL (refused)
  UNION ALL
  SELECT p.account, s_ids[p.sale], p.line, p.amount, p_currency
  FROM unnest(p_sales, p_lines, p_accounts, p_amounts) AS p(sale, line, account, amount)
  WHERE s_orders[p.sale] <> ALL (refused);

  INSERT INTO orders_orderline (entry_id, order_id, release_id, track_id, price_micro, verdict_id)
  SELECT s.id, o_ids[s.n], s.release, s.track, s.price, decode(s.verdict, 'hex')
  FROM unnest(s_orders, s_ids, s_prices, s_releases, s_tracks, s_verdicts)
    AS s(n, id, price, release, track, verdict)
  WHERE s.n <> ALL (refused);

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
        ("orders", "0007_refuse_what_changed_since"),
        ("rights", "0013_tracks_that_left_are_noted"),
    ]

    operations = [
        migrations.RunSQL(OUTDATED, migrations.RunSQL.noop),
        migrations.RunSQL(CHECK_OUT, migrations.RunSQL.noop),
    ]
