"""The kinds of access rules."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy


class RuleKind(TextChoices):
    """What a rule looks at."""

    EMAIL = "email", gettext_lazy("Email address")
    EMAIL_DOMAIN = "email_domain", gettext_lazy("Email domain")
    GITHUB = "github", gettext_lazy("GitHub organisation or team")
    HOSTED_DOMAIN = "hosted_domain", gettext_lazy("Google Workspace domain")
    CLAIM = "claim", gettext_lazy("OpenID Connect claim")
    INVITED = "invited", gettext_lazy("Invited person")
