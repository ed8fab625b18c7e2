"""Contracts, their terms, and what was passed on; terms that were accepted stay as they are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import pennywhistle.kernel.public_id

# Terms are accepted or closed once, and otherwise never changed.
KEPT = """
CREATE FUNCTION contracts_keep_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.accepted_at IS NOT NULL OR OLD.closed_at IS NOT NULL
     OR to_jsonb(OLD) - 'accepted_at' - 'accepter_id' - 'closed_at'
        IS DISTINCT FROM to_jsonb(NEW) - 'accepted_at' - 'accepter_id' - 'closed_at' THEN
    RAISE EXCEPTION 'terms are accepted or closed once; propose new ones'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER contracts_keep_terms BEFORE UPDATE OR DELETE ON contracts_terms
  FOR EACH ROW EXECUTE FUNCTION contracts_keep_terms();
CREATE TRIGGER contracts_terms_kept BEFORE TRUNCATE ON contracts_terms
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER contracts_passedon_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
  ON contracts_passedon FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0008_extras_and_musicbrainz"),
        ("ledger", "0013_bonuses"),
        ("users", "0002_what_is_written_once"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=pennywhistle.kernel.public_id.new_public_id,
                        max_length=12,
                        unique=True,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("name", models.CharField(max_length=200)),
                ("opened_at", models.DateTimeField()),
                (
                    "payee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts_held",
                        to="parties.party",
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts_owed",
                        to="parties.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PassedOn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_micro", models.BigIntegerField()),
                ("end_index", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="passed_on",
                        to="contracts.contract",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Terms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("steps", models.JSONField()),
                ("advance_micro", models.BigIntegerField(default=0)),
                ("advance_on", models.DateField(null=True)),
                ("guarantee_micro", models.BigIntegerField(default=0)),
                ("guarantee_on", models.DateField(null=True)),
                ("reserve_numerator", models.BigIntegerField(default=0)),
                ("reserve_denominator", models.BigIntegerField(default=1)),
                ("reserve_steps", models.JSONField(default=list)),
                ("group", models.CharField(blank=True, max_length=80)),
                ("is_paid_by_store", models.BooleanField(default=False)),
                ("proposed_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "accepter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terms",
                        to="contracts.contract",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "proposer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("releases", models.ManyToManyField(related_name="+", to="catalog.release")),
            ],
            options={
                "ordering": ["contract_id", "number"],
            },
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(("payer", models.F("payee")), _negated=True),
                name="contracts_contract_of_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="passedon",
            constraint=models.UniqueConstraint(
                models.F("contract"), models.F("end_index"), name="contracts_passed_on_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="passedon",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_micro__gt", 0)), name="contracts_passed_on_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.UniqueConstraint(
                models.F("contract"), models.F("number"), name="contracts_terms_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.UniqueConstraint(
                models.F("contract"),
                condition=models.Q(("accepted_at__isnull", True), ("closed_at__isnull", True)),
                name="contracts_terms_one_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__isnull", True),
                    ("ends_on__gt", models.F("starts_on")),
                    _connector="OR",
                ),
                name="contracts_terms_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("advance_micro", 0), ("advance_on__isnull", True)),
                    models.Q(("advance_micro__gt", 0), ("advance_on__lte", models.F("starts_on"))),
                    _connector="OR",
                ),
                name="contracts_terms_advance_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("guarantee_micro", 0), ("guarantee_on__isnull", True)),
                    models.Q(
                        ("guarantee_micro__gt", 0), ("guarantee_on__gte", models.F("starts_on"))
                    ),
                    _connector="OR",
                ),
                name="contracts_terms_guarantee",
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reserve_denominator__gt", 0),
                    ("reserve_numerator__gte", 0),
                    ("reserve_numerator__lt", models.F("reserve_denominator")),
                ),
                name="contracts_terms_reserve",
            ),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted_at__isnull", True), ("accepter__isnull", True)),
                    models.Q(
                        ("accepted_at__isnull", False),
                        ("accepter__isnull", False),
                        ("closed_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="contracts_terms_accepted_by_somebody",
            ),
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
