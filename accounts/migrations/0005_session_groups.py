"""The groups that rules granted at the sign-in, for the `groups` claim."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0004_session_outlives_person")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="session",
            name="groups",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
