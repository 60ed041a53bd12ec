"""`manage.py provider add | list | check | remove | kinds`: as in the admin, for scripts."""

import argparse
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.removal import admins, remove_accounts_of
from audit.models import COMMAND_LINE, Action, Target
from audit.recording import difference, record, snapshot
from oauth_client.doctor import Finding, Outcome, examine_alone
from protocol.client_authentication import TokenEndpointAuthMethod
from providers import catalogue
from providers.catalogue.entry import FIELD_PREFIX
from providers.form_checks import pasted, problem_of_credential
from providers.models import Provider

SECRET_VARIABLE = "SIGNET_CLIENT_SECRET"  # noqa: S105 - the name of a variable
# Options that are fields of the row.
FIELDS = (
    *("slug", "kind", "client_id", "token_endpoint_auth_method", "base_url", "scope"),
    *("vouches_for", "allow_private_network", "secret_expires_on"),
)
NO_ADMIN = (
    "Nobody can sign in as an admin any more. Make one with manage.py createsuperuser, or add a "
    "provider and use manage.py admin grant."
)
VOUCHES_FOR = (
    "domains whose addresses count as verified, separated by commas. By default any domain for a "
    "company that verifies addresses itself, none for every other server"
)


class Command(BaseCommand):
    """Providers that visitors may sign in through."""

    help = "Add, list, check and remove the providers that visitors sign in through."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        _add_options(actions.add_parser("add", help="add a provider"))
        actions.add_parser("list", help="list the providers")
        actions.add_parser("kinds", help="list the kinds that there are, and what each needs")
        check = actions.add_parser("check", help="say what is wrong with a provider, and the fix")
        check.add_argument("slug")
        check.add_argument("--json", action="store_true", help="for programs")
        remove = actions.add_parser("remove", help="remove a provider")
        remove.add_argument("slug")
        accounts = "delete its accounts, end their sessions"
        remove.add_argument("--with-accounts", action="store_true", help=accounts)

    def handle(self, *_: Any, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(options)

    def _add(self, options: dict[str, Any]) -> None:
        provider = Provider(**{name: options[name] for name in FIELDS})
        kind = provider.catalogued
        provider.name = options["name"] or kind.name
        if kind.takes_secret:
            provider.client_secret = _secret(options["client_secret_file"])
            provider.next_client_secret = _credential(_text(options["next_client_secret_file"]))
        provider.extra = _extra(kind, options["extra"], options["extra_file"])
        try:
            provider.full_clean()
        except ValidationError as error:
            problems = error.message_dict.items()
            lines = (
                f"{name.removeprefix(FIELD_PREFIX)}: {' '.join(all_)}" for name, all_ in problems
            )
            raise CommandError("\n".join(lines)) from None
        with transaction.atomic():
            provider.save()
            _, after = difference({}, snapshot(provider))
            record(Action.ADDED, COMMAND_LINE, Target.of(provider), after=after)
        self.stdout.write(f"added {provider.slug}; register this redirect URI at the provider:")
        self.stdout.write(provider.redirect_uri)
        unlisted = (catalogue.UNLISTED, catalogue.UNLISTED_FIX)
        for text in (*(unlisted if provider.vouches_for_nothing else ()), kind.warning):
            if text:
                self.stdout.write(self.style.WARNING(text))

    def _list(self, _: dict[str, Any]) -> None:
        for provider in Provider.objects.all():
            state = "enabled" if provider.enabled else "disabled"
            self.stdout.write(f"{provider.slug}\t{provider.kind}\t{state}\t{provider.redirect_uri}")

    def _kinds(self, _: dict[str, Any]) -> None:
        """List the kinds, and the options that `add` needs for each."""
        for kind in catalogue.kinds().values():
            secret = [f"--client-secret-file or {SECRET_VARIABLE}"] if kind.takes_secret else []
            base_url = ["--base-url"] if kind.needs_base_url else []
            needed = [key for key in kind.extra if not key.is_optional]
            extra = [f"--extra{'-file' if key.is_secret else ''} {key.name}=" for key in needed]
            needs = ", ".join(["--client-id", *secret, *base_url, *extra])
            why_not = f"not yet: {kind.not_yet}" if kind.not_yet else ""
            self.stdout.write(f"{kind.id}\t{kind.name}\t{why_not or needs}")

    def _check(self, options: dict[str, Any]) -> None:
        """Examine a provider. Only a problem is an error."""
        slug = options["slug"]
        report = examine_alone(_provider(slug))
        if report is None:
            raise CommandError(f"{slug} is being checked at this moment")
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), indent=2))
        else:
            for finding in report.findings:
                self._show(finding)
        if report.outcome is Outcome.PROBLEM:
            raise CommandError(f"{slug}: {report.summary}")
        if not options["json"]:
            self.stdout.write(f"{report.summary[0].upper()}{report.summary[1:]}.")

    def _show(self, finding: Finding) -> None:
        styles = {Outcome.OK: "SUCCESS", Outcome.PROBLEM: "ERROR", Outcome.UNKNOWN: "NOTICE"}
        paint = getattr(self.style, styles.get(finding.outcome, "WARNING"))
        word = finding.outcome.upper() if finding.outcome is not Outcome.OK else "ok"
        took = f" ({finding.milliseconds} ms)" if finding.milliseconds else ""
        self.stdout.write(f"{paint(f'{word:8}')} {finding.title}: {finding.cause}{took}")
        for text in filter(None, (finding.fix, finding.value)):
            self.stdout.write(f"{'':8} {text}")

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
                message = f"{count} accounts sign in through {slug}; --with-accounts deletes them"
                raise CommandError(message)
            before, _ = difference(snapshot(provider), {})
            before["accounts"] = count
            record(Action.REMOVED, COMMAND_LINE, Target.of(provider), before=before)
            had_admin = _has_admin()
            remove_accounts_of(slug)
            provider.delete()
            is_last = had_admin and not _has_admin()
        self.stdout.write(f"removed {slug}; accounts deleted with it: {count}")
        if is_last:
            self.stderr.write(self.style.WARNING(NO_ADMIN))


def _has_admin() -> bool:
    """Tell whether somebody can sign in as an admin."""
    usable = Provider.objects.filter(enabled=True).values_list("slug", flat=True)
    return admins(list(usable)).exists()


def _add_options(add: argparse.ArgumentParser) -> None:
    add.add_argument("slug", help="part of the redirect URI, never changes")
    add.add_argument("--kind", required=True, help="github, google, openid_connect, ...")
    add.add_argument("--client-id", required=True)
    add.add_argument("--client-secret-file", help=f"or the environment variable {SECRET_VARIABLE}")
    add.add_argument("--next-client-secret-file", help="used once the provider refuses the first")
    day = "YYYY-MM-DD"
    add.add_argument("--secret-expires-on", type=_date, metavar=day, help="its last day")
    methods = [method.value for method in TokenEndpointAuthMethod]
    sent = "how the secret is sent; by default as the kind expects"
    add.add_argument("--token-endpoint-auth-method", default="", choices=methods, help=sent)
    add.add_argument("--base-url", default="", help="issuer, or address of the server")
    add.add_argument("--name", help='as in "Sign in with ..."')
    add.add_argument("--scope", default="", help="separated by spaces")
    add.add_argument("--vouches-for", default="", metavar="DOMAINS", help=VOUCHES_FOR)
    more: dict[str, Any] = {"action": "append", "default": []}
    add.add_argument("--extra", metavar="KEY=VALUE", help="see `provider kinds`", **more)
    add.add_argument("--extra-file", metavar="KEY=PATH", help="for secrets", **more)
    add.add_argument("--allow-private-network", action="store_true")


def _provider(slug: str) -> Provider:
    provider = Provider.objects.filter(slug=slug).first()
    if provider is None:
        raise CommandError(f"there is no provider {slug}")
    return provider


def _secret(file_name: str | None) -> str:
    """Return the client secret; never from an argument, which other processes could read."""
    secret = _credential(_text(file_name)) or _credential(os.environ.get(SECRET_VARIABLE, ""))
    if not secret:
        raise CommandError(f"give the client secret by --client-secret-file or {SECRET_VARIABLE}")
    return secret


def _credential(text: str) -> str:
    secret = pasted(text)
    if problem := problem_of_credential(secret):
        raise CommandError(f"client secret: {problem}")
    return secret


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected YYYY-MM-DD") from None


def _extra(kind: catalogue.Kind, pairs: list[str], files: list[str]) -> dict[str, str]:
    """Return what the kind needs beyond ID and secret. A secret value must come from a file."""
    extra = dict(_pair(text, "KEY=VALUE") for text in pairs)
    for name in (key.name for key in kind.extra if key.is_secret and key.name in extra):
        raise CommandError(f"{name} is a secret: give its file by --extra-file {name}=PATH")
    return extra | {name: _text(path) for name, path in (_pair(text, "KEY=PATH") for text in files)}


def _pair(text: str, form: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise CommandError(f"expected {form}")
    return name, value


def _text(path: str | None) -> str:
    try:
        return Path(path).read_text(encoding="utf-8") if path else ""
    except (OSError, ValueError):
        raise CommandError(f"cannot read {path}") from None
