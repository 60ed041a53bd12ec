"""Take back proven addresses that no account tells any more, left by sign-ins of before."""

from typing import Any

from django.db import migrations


def take_back(apps: Any, schema_editor: Any) -> None:
    addresses = apps.get_model("account", "EmailAddress").objects.filter(verified=True)
    accounts = apps.get_model("socialaccount", "SocialAccount").objects
    vouched = {
        (user, told.get("email"))
        for user, told in accounts.values_list("user_id", "extra_data").iterator()
        if told.get("email_verified", True) is True
    }
    rows = addresses.values_list("pk", "user_id", "email").iterator()
    gone = [pk for pk, user, email in rows if (user, email) not in vouched]
    for start in range(0, len(gone), 500):
        addresses.filter(pk__in=gone[start : start + 500]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("accounts", "0008_session_account"),
    ]

    operations = [migrations.RunPython(take_back, migrations.RunPython.noop)]
