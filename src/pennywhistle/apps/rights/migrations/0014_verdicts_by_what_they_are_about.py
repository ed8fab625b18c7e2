"""Decisions are found by what was owed for what, and by the purses that they paid."""

from django.db import migrations

# The works and recordings of `usage`, and the codes of `parts`; the expression is repeated word
# for word where it is looked for (claims/again.py).
INDEX = """
CREATE INDEX rights_verdict_about ON rights_verdict USING gin ((
  jsonb_path_query_array(document, '$.usage[*][2]')
  || jsonb_path_query_array(document, '$.parts[*][2]')));
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0013_tracks_that_left_are_noted")]

    operations = [migrations.RunSQL(INDEX, "DROP INDEX rights_verdict_about;")]
