-- Releases of several labels with all that clearance reads of them, for benchmarks/clearance.py:
-- twelve or thirteen recordings each, of one work by a writer and a publisher, under the mandates
-- and licenses that the benchmark has recorded. The label `big` has those up to `big_releases`.
CREATE TEMP TABLE new_release ON COMMIT DROP AS
SELECT n AS id, CASE WHEN n <= %(big_releases)s THEN %(big)s
    ELSE %(big)s + 1 + n %% %(labels)s END AS label_id,
  %(writers_from)s + n %% %(writers)s AS artist_id, 12 + n %% 2 AS track_count
FROM generate_series(%(first)s, %(last)s) AS n;

CREATE TEMP TABLE new_track ON COMMIT DROP AS
SELECT (r.id - 1) * 13 + place AS id, place, r.id AS release_id, r.label_id,
  r.artist_id, %(writers_from)s + (r.id * 7 + place) %% %(writers)s AS writer_id,
  %(publishers_from)s + (r.id + place) %% %(publishers)s AS publisher_id
FROM new_release r CROSS JOIN LATERAL generate_series(1, r.track_count) AS place;

INSERT INTO catalog_release (id, public_id, slug, title, artist_line, label_id, supplier_id, upc,
  released_on, is_explicit, about, published_at)
SELECT id, 'r' || lpad(id::text, 11, '0'), 'record-' || id, 'Record ' || id, 'Writer ' || artist_id,
  label_id, %(distributor)s, '', date '2026-11-01' - id %% 3000, false, '', now() - interval '1 day'
FROM new_release;

INSERT INTO catalog_work (id, title, iswc) SELECT id, 'Song ' || id, '' FROM new_track;

INSERT INTO catalog_recording (id, title, isrc, duration_ms, is_explicit, supplier_id)
SELECT id, 'Song ' || id, '', 180000 + place * 1000, false, %(distributor)s FROM new_track;

INSERT INTO catalog_recordingwork (recording_id, work_id, part_numerator, part_denominator,
  matched_by, recorded_at)
SELECT id, id, 1, 1, 'supplier', now() FROM new_track;

INSERT INTO catalog_track (id, public_id, slug, release_id, recording_id, disc_number,
  track_number, title, artist_line)
SELECT id, 't' || lpad(id::text, 11, '0'), 'song-' || place, release_id, id, 1, place,
  'Song ' || id, 'Writer ' || artist_id
FROM new_track;

INSERT INTO rights_ownershipshare (recording_id, work_id, "right", party_id, role, numerator,
  denominator, territories_id, status, recorded_at)
SELECT n.id, NULL::bigint, 'MASTER', n.label_id, 'Producer', 1, 1, %(worldwide)s, 'asserted', now()
FROM new_track n
UNION ALL
SELECT NULL, n.id, r.right, s.party_id, s.role, 1, 2, %(worldwide)s, 'confirmed', now()
FROM new_track n CROSS JOIN (VALUES ('MECH'), ('MAKING_AVAILABLE')) AS r("right")
CROSS JOIN LATERAL (VALUES (n.writer_id, 'Composer'), (n.publisher_id, 'OriginalPublisher'))
  AS s(party_id, role);

INSERT INTO rights_grant (licensor_id, release_id, track_id, uses, territories_id, recorded_at,
  currency, price_micro, wholesale_micro, price_code)
SELECT %(distributor)s, id, NULL::bigint, 'PermanentDownload', %(worldwide)s, now(), 'EUR', 9990000,
  0, ''
FROM new_release
UNION ALL
SELECT %(distributor)s, release_id, id, 'PermanentDownload', %(worldwide)s, now(), 'EUR', 1290000,
  0, ''
FROM new_track;

INSERT INTO rights_grantshare (grant_id, party_id, account_number, role, numerator, denominator)
SELECT g.id, payee.party_id, a.number, payee.role, payee.part, 10
FROM new_track n JOIN rights_grant g ON g.track_id = n.id
CROSS JOIN LATERAL (VALUES (n.artist_id, 'MainArtist', 6), (n.label_id, 'Label', 4))
  AS payee(party_id, role, part)
JOIN ledger_account a ON a.kind = 'payee' AND a.party_id = payee.party_id;

SELECT setval('catalog_release_id_seq', max(release_id)), setval('catalog_work_id_seq', max(id)),
  setval('catalog_recording_id_seq', max(id)), setval('catalog_track_id_seq', max(id))
FROM new_track
