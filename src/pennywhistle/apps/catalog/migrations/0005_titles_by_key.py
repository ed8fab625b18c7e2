"""Titles as they are looked for: without case, accents, articles, brackets and punctuation."""

from django.db import migrations

# What stands in brackets, who is featured and which version it is are not the work's title. A title
# that is nothing else is kept whole. `apps/intake/works/matching/scoring.py` compares what this
# finds more closely.
TITLE_KEY = r"""
CREATE FUNCTION catalog_title_key(title text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(nullif(regexp_replace(words[1],
    '^(the|a|an|der|die|das|ein|eine|le|la|les|un|une|el|los|las|il|lo|gli|os|as) (?=.)', ''),
    ''), words[2])
  FROM (SELECT ARRAY(
    SELECT btrim(regexp_replace(
      regexp_replace(lower(normalize(said, NFKD)), '[''`\u2019\u02bc\u00b4\u0300-\u036f]', '', 'g'),
      '[^[:alnum:]]+', ' ', 'g'))
    FROM unnest(ARRAY[
      regexp_replace(regexp_replace(regexp_replace(left(title, 500),
        '[([{][^])}]*[])}]', ' ', 'g'),
        '\s(feat|ft|featuring)[. ].*$', '', 'i'),
        '\s[-\u2013\u2014]\s.*\m(live|remix|mix|version|edit|remaster|remastered|demo|acoustic'
        '|instrumental)\M.*$', '', 'i'),
      left(title, 500)]) WITH ORDINALITY AS both_ways(said, place)
    ORDER BY place) AS words) AS folded
$$;
"""

BY_KEY = """
CREATE INDEX catalog_work_by_title_key ON catalog_work (catalog_title_key(title));
CREATE INDEX catalog_recording_by_title_key ON catalog_recording (catalog_title_key(title));
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_links_are_kept")]

    operations = [
        migrations.RunSQL(
            TITLE_KEY,
            "DROP FUNCTION catalog_title_key(text)",
        ),
        migrations.RunSQL(
            BY_KEY,
            "DROP INDEX catalog_work_by_title_key; DROP INDEX catalog_recording_by_title_key;",
        ),
    ]
