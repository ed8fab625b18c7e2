-- Releases with the rows that publishing writes, for benchmarks/pages.py: ten tracks each, owned by
-- their label with the works in them, a grant for the release and one for each track, whose money
-- goes to two artists by halves.
CREATE TEMP TABLE new_release ON COMMIT DROP AS
SELECT n AS id, first || '-' || second || '-' || n AS slug,
  first || ' ' || second || ' ' || n AS title, 1 + (n * 7) %% %(artists)s AS artist_id,
  %(artists)s + 1 + n %% %(labels)s AS label_id, 1 + n %% %(genres)s AS genre_id
FROM generate_series(%(first)s, %(last)s) AS n
CROSS JOIN LATERAL (
  SELECT (%(adjectives)s::text[])[1 + n %% cardinality(%(adjectives)s::text[])] AS first,
    (%(nouns)s::text[])[1 + n / cardinality(%(adjectives)s::text[])
                        %% cardinality(%(nouns)s::text[])] AS second) AS words;

CREATE TEMP TABLE new_track ON COMMIT DROP AS
SELECT (r.id - 1) * %(per_release)s + place AS id, place, r.id AS release_id,
  r.title || ', part ' || place AS title, r.artist_id, r.label_id,
  1 + (r.artist_id + place) %% %(artists)s AS composer_id
FROM new_release r CROSS JOIN generate_series(1, %(per_release)s) AS place;

INSERT INTO catalog_release (id, public_id, slug, title, artist_line, label_id, supplier_id,
  genre_id, upc, released_on, is_explicit, about, published_at)
SELECT id, 'r' || lpad(id::text, 11, '0'), slug, title, 'Artist ' || artist_id, label_id, label_id,
  genre_id, '', date '2026-11-01' - id %% 3000, false, 'Made for measuring.',
  now() - interval '1 day'
FROM new_release;

INSERT INTO catalog_releaseartist (release_id, party_id, position)
SELECT id, artist_id, 0 FROM new_release;

INSERT INTO catalog_recording (id, title, isrc, duration_ms, is_explicit, supplier_id)
SELECT id, title, '', 180000 + place * 1000, false, label_id FROM new_track;

INSERT INTO catalog_recordingcredit (recording_id, party_id, role, position)
SELECT id, artist_id, 'MainArtist', 0 FROM new_track;

INSERT INTO catalog_track (id, public_id, slug, release_id, recording_id, disc_number,
  track_number, title, artist_line)
SELECT id, 't' || lpad(id::text, 11, '0'), 'part-' || place, release_id, id, 1, place, title,
  'Artist ' || artist_id
FROM new_track;

INSERT INTO catalog_work (id, title, iswc) SELECT id, title, '' FROM new_track;

INSERT INTO catalog_recordingwork (recording_id, work_id, part_numerator, part_denominator,
  matched_by, recorded_at)
SELECT id, id, 1, 1, 'supplier', now() FROM new_track;

INSERT INTO rights_ownershipshare (recording_id, work_id, "right", party_id, role, numerator,
  denominator, territories_id, status, recorded_at)
SELECT n.id, NULL::bigint, 'MASTER', n.label_id, 'Producer', 1, 1, t.digest, 'asserted', now()
FROM new_track n CROSS JOIN rights_territoryset t
UNION ALL
SELECT NULL, n.id, r.right, n.label_id, 'Administrator', 1, 1, t.digest, 'asserted', now()
FROM new_track n CROSS JOIN rights_territoryset t
CROSS JOIN (VALUES ('MECH'), ('MAKING_AVAILABLE')) AS r("right");

INSERT INTO rights_grant (licensor_id, release_id, track_id, uses, territories_id, recorded_at,
  currency, price_micro, wholesale_micro, price_code)
SELECT label_id, id, NULL::bigint, 'PermanentDownload', t.digest, now(), 'USD', 990000, 0, ''
FROM new_release CROSS JOIN rights_territoryset t
UNION ALL
SELECT label_id, release_id, id, 'PermanentDownload', t.digest, now(), 'USD', 140000, 0, ''
FROM new_track CROSS JOIN rights_territoryset t;

INSERT INTO rights_grantshare (grant_id, party_id, account_number, role, numerator, denominator)
SELECT g.id, payee.party_id, a.number, payee.role, 1, 2
FROM new_track n JOIN rights_grant g ON g.track_id = n.id
CROSS JOIN LATERAL (VALUES (n.artist_id, 'MainArtist'), (n.composer_id, 'Composer'))
  AS payee(party_id, role)
JOIN ledger_account a ON a.kind = 'payee' AND a.party_id = payee.party_id
