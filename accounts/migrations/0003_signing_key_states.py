import django.utils.timezone
from django.db import migrations, models


def sign_from_the_beginning(apps, schema_editor):
    """Until now, each key signed from the moment it was made."""
    keys = apps.get_model("accounts", "SigningKey").objects
    keys.update(signs_from=models.F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_session_refresh"),
    ]

    operations = [
        migrations.AddField(
            model_name="signingkey",
            name="gone_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="gone"),
        ),
        migrations.AddField(
            model_name="signingkey",
            name="retired_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="retired"
            ),
        ),
        migrations.AddField(
            model_name="signingkey",
            name="revoked_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="revoked"
            ),
        ),
        migrations.AddField(
            model_name="signingkey",
            name="signs_from",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.RunPython(sign_from_the_beginning, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="signingkey",
            name="created_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, verbose_name="published"
            ),
        ),
        migrations.AlterField(
            model_name="signingkey",
            name="state",
            field=models.CharField(
                choices=[
                    ("upcoming", "Upcoming"),
                    ("signing", "Signing"),
                    ("retired", "Retired"),
                    ("gone", "Gone"),
                    ("revoked", "Revoked"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="signingkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "upcoming")),
                fields=("state",),
                name="one_upcoming_key",
            ),
        ),
    ]
