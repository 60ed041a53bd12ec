"""Let a session go on when its person signs in again, and refuse its earlier refresh tokens."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("signet_sessions", "0003_uid_holds_every_sub"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="first_generation",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="session",
            name="end",
            field=models.CharField(
                blank=True,
                choices=[
                    ("signed_out", "Signed out"),
                    ("replaced", "Replaced by a new session"),
                    ("ended_elsewhere", "Signed out from another session"),
                    ("ended_by_admin", "Signed out by an admin"),
                    ("suspended", "Person suspended"),
                    ("removed", "Person or provider removed"),
                    ("no_longer_allowed", "No longer allowed by the access rules"),
                    ("merged", "Person merged into another person"),
                    ("replayed", "Refresh token reused"),
                    ("restored", "Restored from a backup"),
                ],
                max_length=20,
            ),
        ),
    ]
