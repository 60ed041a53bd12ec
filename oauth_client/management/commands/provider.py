"""`manage.py provider add | list | check | remove | kinds`: as in the admin, for scripts."""

import argparse
import os
from datetime import date
from pathlib import Path
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.removal import admins, remove_accounts_of
from audit.models import COMMAND_LINE, Action, Target
from audit.recording import difference, record, snapshot
from oauth_client.doctor import examine_alone
from oauth_client.doctor.printing import print_report
from protocol.client_authentication import TokenEndpointAuthMethod
from providers import catalogue
from providers.catalogue.entry import FIELD_PREFIX
from providers.form_checks import pasted, problem_of_credential
from providers.models import Provider
from web.commands import Command as SignetCommand
from web.commands import option, refused

SECRET_VARIABLE = "SIGNET_CLIENT_SECRET"  # noqa: S105 - the name of a variable
# Options that are fields of the row.
FIELDS = (
    *("slug", "kind", "client_id", "token_endpoint_auth_method", "base_url", "scope"),
    *("vouches_for", "allow_private_network", "secret_expires_on"),
)
NO_ADMIN = gettext_lazy(
    "No admin can sign in any more. Create one with manage.py createsuperuser, or add a provider "
    "and run manage.py admin grant."
)
TRUSTED_DOMAINS = gettext_lazy(
    "domains whose addresses count as verified, separated by commas; by default every domain for "
    "companies that verify addresses themselves, and none for any other server"
)


class Command(SignetCommand):
    """Providers that visitors may sign in through."""

    help = gettext_lazy("Add, list, check and remove the providers for signing in.")

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        _add_options(actions.add_parser("add", help=_("add a provider")))
        actions.add_parser("list", help=_("list the providers"))
        actions.add_parser("kinds", help=_("list the kinds of providers, and what each needs"))
        check = actions.add_parser(
            "check", help=_("find problems with a provider, and how to fix them")
        )
        check.add_argument("slug", help=_("slug of the provider"))
        check.add_argument("--json", action="store_true", help=_("print JSON"))
        remove = actions.add_parser("remove", help=_("remove a provider"))
        remove.add_argument("slug", help=_("slug of the provider"))
        accounts = _("also delete its accounts and end their sessions")
        remove.add_argument("--with-accounts", action="store_true", help=accounts)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(options)

    def _add(self, options: dict[str, Any]) -> None:
        provider = Provider(**{name: options[name] for name in FIELDS})
        kind = provider.catalogued
        provider.name = options["name"] or kind.name
        if kind.takes_secret:
            provider.client_secret = _secret(options)
            provider.next_client_secret = _from_file(options, "next_client_secret_file")
        provider.extra = _extra(kind, options["extra"], options["extra_file"])
        try:
            provider.full_clean()
        except ValidationError as error:
            raise refused(error, _options_of(provider)) from None
        with transaction.atomic():
            provider.save()
            after = difference({}, snapshot(provider))[1]
            record(Action.ADDED, COMMAND_LINE, Target.of(provider), after=after)
        words = _("Added {slug}. Register this redirect URI at the provider:")
        self.stdout.write(words.format(slug=provider.slug))
        self.stdout.write(provider.redirect_uri)
        unlisted = (_(catalogue.UNLISTED), _(catalogue.UNLISTED_FIX))
        for text in (*(unlisted if provider.vouches_for_nothing else ()), kind.warning):
            if text:
                self.stdout.write(self.style.WARNING(text))

    def _list(self, __: dict[str, Any]) -> None:
        for provider in Provider.objects.all():
            state = "enabled" if provider.enabled else "disabled"
            self.stdout.write(f"{provider.slug}\t{provider.kind}\t{state}\t{provider.redirect_uri}")

    def _kinds(self, __: dict[str, Any]) -> None:
        """List the kinds, and the options that `add` needs for each."""
        for kind in catalogue.kinds().values():
            secret = [f"--client-secret-file or {SECRET_VARIABLE}"] if kind.takes_secret else []
            base_url = ["--base-url"] if kind.needs_base_url else []
            needed = [key for key in kind.extra if not key.is_optional]
            extra = [f"{_option_of(key)}=" for key in needed]
            needs = ", ".join(["--client-id", *secret, *base_url, *extra])
            why_not = _("not available yet: {reason}").format(reason=_(kind.not_yet))
            self.stdout.write(f"{kind.id}\t{kind.name}\t{why_not if kind.not_yet else needs}")

    def _check(self, options: dict[str, Any]) -> None:
        """Examine a provider. Only a problem is an error."""
        slug = options["slug"]
        report = examine_alone(_provider(slug))
        if report is None:
            raise CommandError(_("Another check of {slug} is running.").format(slug=slug))
        print_report(self, slug, report, as_json=options["json"])

    def _remove(self, options: dict[str, Any]) -> None:
        """Wait for sign-ins through a provider that are about to end, then remove it.

        As in all other code, this locks the provider before its people.
        """
        slug = options["slug"]
        with transaction.atomic():
            Provider.objects.lock()
            provider = _provider(slug)
            count = SocialAccount.objects.filter(provider=slug).count()
            if count and not options["with_accounts"]:
                words = ngettext(
                    "{count} account belongs to {slug}. To delete it too, add --with-accounts.",
                    "{count} accounts belong to {slug}. To delete them too, add --with-accounts.",
                    count,
                )
                raise CommandError(words.format(count=count, slug=slug))
            before = difference(snapshot(provider), {})[0]
            before["accounts"] = count
            record(Action.REMOVED, COMMAND_LINE, Target.of(provider), before=before)
            had_admin = _has_admin()
            remove_accounts_of(slug)
            provider.delete()
            is_last = had_admin and not _has_admin()
        words = _("Removed {slug}. Accounts deleted: {count}")
        self.stdout.write(words.format(slug=slug, count=count))
        if is_last:
            self.stderr.write(self.style.WARNING(str(NO_ADMIN)))


def _has_admin() -> bool:
    """Tell whether somebody can sign in as an admin."""
    usable = Provider.objects.filter(enabled=True).values_list("slug", flat=True)
    return admins(list(usable)).exists()


def _add_options(add: argparse.ArgumentParser) -> None:
    add.add_argument("slug", help=_("part of the redirect URI; you can't change it later"))
    add.add_argument("--kind", required=True, help=_("such as github; see `provider kinds`"))
    add.add_argument(
        "--client-id",
        required=True,
        metavar="ID",
        help=_("the client ID that the provider gave you"),
    )
    words = _("file with the client secret; or set the environment variable {variable}")
    secret = words.format(variable=SECRET_VARIABLE)
    add.add_argument("--client-secret-file", metavar="FILE", help=secret)
    after = _("file with the secret to use as soon as the provider rejects the current one")
    add.add_argument("--next-client-secret-file", metavar="FILE", help=after)
    _add_use_of_secret(add)
    address = _("the issuer, or the address of the server")
    add.add_argument("--base-url", default="", metavar="URL", help=address)
    add.add_argument("--name", help=_("shown on the button: “Sign in with …”"))
    add.add_argument("--scope", default="", help=_("scopes to ask for, separated by spaces"))
    options = ("--trusted-email-domains", "--vouches-for")
    add.add_argument(
        *options, dest="vouches_for", default="", metavar="DOMAINS", help=str(TRUSTED_DOMAINS)
    )
    _add_extra(add)
    inside = _("let the address of the provider be in your own network")
    add.add_argument("--allow-private-network", action="store_true", help=inside)


def _add_use_of_secret(add: argparse.ArgumentParser) -> None:
    """Add the options that say how the secret is sent, and for how long it is good."""
    day = "YYYY-MM-DD"
    add.add_argument(
        "--secret-expires-on", type=_date, metavar=day, help=_("last day of the secret")
    )
    methods = [method.value for method in TokenEndpointAuthMethod]
    sent = _("how to send the secret; the default depends on the kind")
    add.add_argument("--token-endpoint-auth-method", default="", choices=methods, help=sent)


def _add_extra(add: argparse.ArgumentParser) -> None:
    """Add the options for what only some kinds need."""
    more: dict[str, Any] = {"action": "append", "default": []}
    add.add_argument(
        "--extra",
        metavar="KEY=VALUE",
        help=_("a value that the kind needs, see `provider kinds`; may be repeated"),
        **more,
    )
    add.add_argument(
        "--extra-file",
        metavar="KEY=PATH",
        help=_("like --extra, but for secrets: a file with the value"),
        **more,
    )


def _provider(slug: str) -> Provider:
    provider = Provider.objects.filter(slug=slug).first()
    if provider is None:
        raise CommandError(_("There is no provider {slug}.").format(slug=slug))
    return provider


def _options_of(provider: Provider) -> dict[str, str]:
    """Return the options that are not called as their field is."""
    given = {name: f"--extra {name}" for name in provider.extra}
    known = {key.name: _option_of(key) for key in provider.catalogued.extra}
    extra = {FIELD_PREFIX + name: words for name, words in (given | known).items()}
    return extra | {"vouches_for": "--trusted-email-domains"}


def _option_of(key: catalogue.ExtraKey) -> str:
    return f"--extra{'-file' if key.is_secret else ''} {key.name}"


def _secret(options: dict[str, Any]) -> str:
    """Return the client secret; never from an argument, which other processes could read."""
    secret = _from_file(options, "client_secret_file") or _credential(
        os.environ.get(SECRET_VARIABLE, ""), SECRET_VARIABLE
    )
    if not secret:
        words = _("The client secret is missing. Use --client-secret-file or {variable}.")
        raise CommandError(words.format(variable=SECRET_VARIABLE))
    return secret


def _from_file(options: dict[str, Any], name: str) -> str:
    return _credential(_text(options[name]), option(name))


def _credential(text: str, source: str) -> str:
    secret = pasted(text)
    if problem := problem_of_credential(secret):
        raise CommandError(f"{source}: {problem}")
    return secret


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("expected YYYY-MM-DD")) from None


def _extra(kind: catalogue.Kind, pairs: list[str], files: list[str]) -> dict[str, str]:
    """Return what the kind needs beyond ID and secret. A secret value must come from a file."""
    extra = dict(_pair("--extra", text, "KEY=VALUE") for text in pairs)
    for name in (key.name for key in kind.extra if key.is_secret and key.name in extra):
        words = _("{name} is a secret. Give it as a file: --extra-file {name}=PATH")
        raise CommandError(words.format(name=name))
    paths = dict(_pair("--extra-file", text, "KEY=PATH") for text in files)
    return extra | {name: _text(path) for name, path in paths.items()}


def _pair(source: str, text: str, form: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise CommandError(f"{source}: {_('expected {form}').format(form=form)}")
    return name, value


def _text(path: str | None) -> str:
    try:
        return Path(path).read_text(encoding="utf-8") if path else ""
    except (OSError, ValueError):
        raise CommandError(_("Can't read {path}.").format(path=path)) from None
