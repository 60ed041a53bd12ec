"""`manage.py app kinds | list | add | check | secret | disable ...`: as in the admin."""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import COMMAND_LINE, Action, Target
from audit.recording import difference, record, snapshot
from oauth_client.doctor.printing import print_report
from oidc_provider import catalogue, client_secrets, setting_up
from oidc_provider.catalogue.snippets import MARKERS
from oidc_provider.checking import examine_alone
from oidc_provider.first_key import make_first_key
from oidc_provider.living import end_all
from oidc_provider.management.app_options import add_options, app_from, options_of
from oidc_provider.models import App, Audience
from protocol.authorization_server.metadata import PATHS
from web.commands import Command as SignetCommand
from web.commands import refused

CHANGES = ("secret", "disable", "enable", "remove")
HAS_NEXT = gettext_lazy(
    "{slug} already has a next client secret, which a new one would replace. To use it, add "
    "--use-next; to replace it, add --replace-next."
)


class Command(SignetCommand):
    """Apps that people sign in to."""

    help = gettext_lazy("Add, list, change and remove the apps that people sign in to.")

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("kinds", help=_("list the kinds of apps, and what each needs"))
        listed = actions.add_parser("list", help=_("list the apps"))
        listed.add_argument("--json", action="store_true", help=_("print JSON"))
        add_options(actions.add_parser("add", help=_("add an app")))
        check = actions.add_parser(
            "check", help=_("find problems with an app, and how to fix them")
        )
        check.add_argument("slug", help=_("client ID of the app"))
        check.add_argument("--json", action="store_true", help=_("print JSON"))
        helps = {
            "secret": _("create the next client secret; the earlier one stays valid"),
            "disable": _("let nobody sign in to an app, and end its tokens"),
            "enable": _("let people sign in to an app again"),
            "remove": _("remove an app, and end its tokens"),
        }
        changes = {name: actions.add_parser(name, help=words) for name, words in helps.items()}
        for change in changes.values():
            change.add_argument("slug", help=_("client ID of the app"))
        secret = changes["secret"].add_mutually_exclusive_group()
        earlier = _("end the earlier client secret instead: the app uses the next one")
        secret.add_argument("--use-next", action="store_true", help=earlier)
        other = _("create another next client secret; the one created before stops working")
        secret.add_argument("--replace-next", action="store_true", help=other)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action not in CHANGES:
            getattr(self, f"_{action}")(options)
            return
        change: Callable[[App, dict[str, Any]], str] = getattr(self, f"_{action}")
        with transaction.atomic():
            words = change(_locked(options["slug"]), options)
        self.stdout.write(words)

    def _kinds(self, __: dict[str, Any]) -> None:
        """List the kinds, and the options that `add` needs for each."""
        for kind in catalogue.kinds():
            is_asked = setting_up.needs_address(kind) and not kind.usual_address
            address = ["--launch-url"] if is_asked else []
            own = [] if kind.redirect_uri_templates else ["--redirect-uri"]
            self.stdout.write(f"{kind.id}\t{kind.name}\t{', '.join([*address, *own])}")

    def _list(self, options: dict[str, Any]) -> None:
        apps = App.objects.prefetch_related("people")
        if options["json"]:
            self.stdout.write(json.dumps([*map(_as_json, apps)], indent=2))
            return
        for app in apps:
            state = "enabled" if app.enabled else "disabled"
            line = (app.slug, app.kind, state, _who(app), app.launch_url)
            self.stdout.write("\t".join(line))

    def _add(self, options: dict[str, Any]) -> None:
        app = app_from(options)
        secret = client_secrets.make_first(app)
        try:
            app.full_clean()
        except ValidationError as error:
            raise refused(error, options_of(app, options)) from None
        with transaction.atomic():
            app.save()
            after = difference({}, snapshot(app))[1]
            record(Action.ADDED, COMMAND_LINE, Target.of(app), after=after)
        if problem := make_first_key():
            self.stderr.write(self.style.WARNING(problem))
        if options["json"]:
            self.stdout.write(json.dumps(_registration(app, secret), indent=2))
        else:
            self._say_what_to_paste(app, secret)

    def _check(self, options: dict[str, Any]) -> None:
        """Check an app. Only a problem is an error."""
        slug = options["slug"]
        report = examine_alone(_app(slug))
        if report is None:
            raise CommandError(_("Another check of {slug} is running.").format(slug=slug))
        print_report(self, slug, report, as_json=options["json"])

    def _say_what_to_paste(self, app: App, secret: str) -> None:
        """Say each value once: in the words of the app, if it has a snippet."""
        kind = app.catalogued
        snippets = kind.snippets_with(setting_up.values_of(app, secret))
        pasted = {line for snippet in snippets for line in snippet.text.splitlines()}
        self.stdout.write(_("Added {slug}. Enter these values in the app:").format(slug=app.slug))
        for line in _values(app, secret):
            if line not in pasted:
                self.stdout.write(line)
        self.stdout.write(f"\n{_plain(kind.words(kind.where))}")
        for snippet in snippets:
            self.stdout.write("\n".join(("", *filter(None, (snippet.title, snippet.text)))))
        if secret:
            self.stdout.write(f"\n{_('The client secret is not shown again.')}")
        elif any(snippet.lacks_secret for snippet in snippets):
            words = _("This app has no client secret. Leave out {marker}.")
            self.stdout.write(words.format(marker=MARKERS["client_secret"]))
        if kind.licence_note:
            self.stdout.write(self.style.WARNING(_plain(kind.words(kind.licence_note))))

    def _secret(self, app: App, options: dict[str, Any]) -> str:
        """Return the next secret: a line of its own, for scripts."""
        if not app.takes_secret:
            raise CommandError(_("{slug} has no client secret.").format(slug=app.slug))
        if not options["use_next"]:
            if client_secrets.ended_by_next(app) and not options["replace_next"]:
                raise CommandError(HAS_NEXT.format(slug=app.slug))
            return client_secrets.make_next(app, COMMAND_LINE)
        if not client_secrets.use_next(app, COMMAND_LINE):
            raise CommandError(_("{slug} has no next client secret.").format(slug=app.slug))
        return _("The earlier client secret of {slug} no longer works.").format(slug=app.slug)

    def _disable(self, app: App, __: dict[str, Any]) -> str:
        _switch(app, enabled=False)
        end_all(app)
        return _("Disabled {slug}. Its tokens no longer work.").format(slug=app.slug)

    def _enable(self, app: App, __: dict[str, Any]) -> str:
        _switch(app, enabled=True)
        return _("Enabled {slug}.").format(slug=app.slug)

    def _remove(self, app: App, __: dict[str, Any]) -> str:
        before = difference(snapshot(app), {})[0]
        record(Action.REMOVED, COMMAND_LINE, Target.of(app), before=before)
        app.delete()
        return _("Removed {slug}. Its tokens no longer work.").format(slug=app.slug)


def _values(app: App, secret: str) -> list[str]:
    """Return a line for each value that an app needs to know."""
    uris = [(_("Redirect URI"), uri) for uri in app.redirect_uris]
    known = [(_("Issuer"), settings.BASE_URL), (_("Client ID"), app.client_id)]
    known += [(_("Client secret"), secret)] if secret else []
    return [f"{label}: {value}" for label, value in (*known, *uris)]


def _plain(words: str) -> str:
    """Return words of the catalogue without the marks around what stands in the app."""
    return words.replace("*", "")


def _locked(slug: str) -> App:
    return _app(slug, App.objects.select_for_update())


def _app(slug: str, rows: QuerySet[App] | None = None) -> App:
    app = (App.objects.all() if rows is None else rows).filter(slug=slug).first()
    if app is None:
        raise CommandError(_("There is no app {slug}.").format(slug=slug))
    return app


def _switch(app: App, *, enabled: bool) -> None:
    if app.enabled != enabled:
        before = snapshot(app)
        app.enabled = enabled
        app.save(update_fields=["enabled"])
        was, now = difference(before, snapshot(app))
        record(Action.CHANGED, COMMAND_LINE, Target.of(app), before=was, after=now)


def _who(app: App) -> str:
    """Return who may use an app, in one column of the list."""
    if app.audience == Audience.EVERYBODY:
        return str(app.audience)
    named = {"groups": app.groups, "people": _handles(app)}
    parts = [f"{what}: {', '.join(names)}" for what, names in named.items() if names]
    return "; ".join(parts) or "nobody"


def _handles(app: App) -> list[str]:
    return sorted(person.handle for person in app.people.all())


def _as_json(app: App) -> dict[str, Any]:
    return {
        "client_id": app.client_id,
        "kind": app.kind,
        "name": app.name,
        "enabled": app.enabled,
        "launch_url": app.launch_url,
        "redirect_uris": app.redirect_uris,
        "post_logout_redirect_uris": app.post_logout_redirect_uris,
        "public": app.is_public,
        "pkce": app.pkce,
        "audience": app.audience,
        "groups": app.groups,
        "people": _handles(app),
        "ask_consent": not app.is_of_team,
    }


def _registration(app: App, secret: str) -> dict[str, Any]:
    """Return what a script sets the app up with. `client_secret` is null for a public app."""
    endpoints = {name: settings.BASE_URL + path for name, path in PATHS.items()}
    issuer = {"client_secret": secret or None, "issuer": settings.BASE_URL}
    return _as_json(app) | issuer | endpoints
