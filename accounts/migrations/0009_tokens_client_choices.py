"""What a client's tokens say and who accepts them, and the end of a session that a backup revived."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_session_account"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="audience",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="session",
            name="scope",
            field=models.CharField(default="openid", max_length=100),
        ),
        migrations.AlterField(
            model_name="session",
            name="end",
            field=models.CharField(
                blank=True,
                choices=[
                    ("signed_out", "Signed Out"),
                    ("replaced", "signed in again"),
                    ("ended_elsewhere", "ended from another session"),
                    ("ended_by_admin", "Ended By Admin"),
                    ("suspended", "Suspended"),
                    ("removed", "person or provider removed"),
                    ("no_longer_allowed", "no longer allowed by the access rules"),
                    ("replayed", "refresh token used again"),
                    ("restored", "brought back by a backup"),
                ],
                max_length=20,
            ),
        ),
    ]
