"""`manage.py provider add | list | remove`: the admin's provider page, for scripts."""

import argparse
import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

import accounts
from oauth_client import catalogue
from oauth_client.models import Provider

SECRET_VARIABLE = "SIGNET_CLIENT_SECRET"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    """Providers that visitors may sign in through."""

    help = "Add, list and remove the providers that visitors sign in through."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        self._add_arguments(actions.add_parser("add", help="add a provider"))
        actions.add_parser("list", help="list the providers")
        remove = actions.add_parser("remove", help="remove a provider")
        remove.add_argument("slug")
        remove.add_argument(
            "--with-accounts", action="store_true", help="delete its accounts, end their sessions"
        )

    def _add_arguments(self, add: argparse.ArgumentParser) -> None:
        add.add_argument("slug", help="stands in the redirect URI, never changes")
        add.add_argument("--kind", required=True, help="github, google, openid_connect, ...")
        add.add_argument("--client-id", required=True)
        add.add_argument(
            "--client-secret-file", help=f"or the environment variable {SECRET_VARIABLE}"
        )
        add.add_argument(
            "--token-endpoint-auth-method",
            default="",
            choices=[method.value for method in catalogue.TokenEndpointAuthMethod],
            help="how the secret is sent; without it as the kind expects",
        )
        add.add_argument("--base-url", default="", help="issuer, or address of the server")
        add.add_argument("--name", help='as in "Sign in with ..."')
        add.add_argument("--allow-private-network", action="store_true")

    def handle(self, *_: Any, action: str, **options: Any) -> None:
        if action == "add":
            self._add(options)
        elif action == "remove":
            self._remove(options["slug"], with_accounts=options["with_accounts"])
        else:
            self._list()

    def _add(self, options: dict[str, Any]) -> None:
        provider = Provider(
            slug=options["slug"],
            kind=options["kind"],
            name=options["name"] or _name_of(options["kind"]),
            client_id=options["client_id"],
            token_endpoint_auth_method=options["token_endpoint_auth_method"],
            base_url=options["base_url"],
            allow_private_network=options["allow_private_network"],
        )
        provider.client_secret = _secret(options["client_secret_file"])
        try:
            provider.full_clean()
        except ValidationError as error:
            raise CommandError(_in_words(error)) from None
        provider.save()
        self.stdout.write(f"added {provider.slug}; register this redirect URI at the provider:")
        self.stdout.write(provider.redirect_uri)

    def _list(self) -> None:
        for provider in Provider.objects.all():
            state = "enabled" if provider.enabled else "disabled"
            self.stdout.write(f"{provider.slug}\t{provider.kind}\t{state}\t{provider.redirect_uri}")

    def _remove(self, slug: str, *, with_accounts: bool) -> None:
        provider = Provider.objects.filter(slug=slug).first()
        if provider is None:
            raise CommandError(f"there is no provider {slug}")
        count = accounts.accounts_of(slug).count()
        if count and not with_accounts:
            message = f"{count} accounts sign in through {slug}; --with-accounts deletes them too"
            raise CommandError(message)
        with transaction.atomic():
            accounts.remove_accounts_of(slug)
            provider.delete()
        self.stdout.write(f"removed {slug}; accounts deleted with it: {count}")


def _name_of(kind: str) -> str:
    try:
        return catalogue.kind(kind).name
    except catalogue.UnknownKindError:
        return kind


def _secret(file_name: str | None) -> str:
    """Return the client secret; never from an argument, which other processes could read."""
    try:
        text = Path(file_name).read_text(encoding="utf-8") if file_name else ""
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"cannot read {file_name}") from None
    secret = text.strip() or os.environ.get(SECRET_VARIABLE, "").strip()
    if not secret:
        raise CommandError(f"give the client secret by --client-secret-file or {SECRET_VARIABLE}")
    return secret


def _in_words(error: ValidationError) -> str:
    lines = [f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()]
    return "\n".join(lines)
