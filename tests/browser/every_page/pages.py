"""The pages of each person: addresses to open, and what to do for a page that comes of a form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import Demo
from tests.browser.every_page.rare import RARE as RARE_PAGES
from tests.browser.every_page.requests import asking_for
from tests.browser.visitor import choose, press

MODELS = {
    "signet_sessions": ("user", "session", "signingkey"),
    "providers": ("provider",),
    "access_rules": ("accessrule",),
    "attempts": ("signinattempt",),
    "audit": ("auditevent",),
    "web": ("site",),
    "oidc_provider": ("app", "appfailure"),
}
ADD_APP = "/admin/oidc_provider/app/add/"
GROUP = "/admin/signet_sessions/groupmembership/group/"
HTML = {"Content-Type": "text/html; charset=utf-8"}
Way = Callable[[Page, "Site"], None]


@dataclass(frozen=True)
class Site:
    """The furnished demo."""

    demo: Demo
    tokens: dict[str, str]  # of people: JWTs
    refresh_tokens: dict[str, str]
    keys: dict[str, str]  # of rows, by model; and the secret of a link
    rare: dict[str, str]  # pages, by template

    def cookies_of(self, person: str) -> list[dict[str, str]]:
        """Return the cookies of somebody's session."""
        values = {"session": self.tokens[person], "refresh": self.refresh_tokens[person]}
        return [{"name": n, "value": value, "url": self.demo.url} for n, value in values.items()]

    def page_of(self, model: str, name: str = "change") -> str:
        """Return an address of the admin about the row of a model."""
        label = next(label for label, models in MODELS.items() if model in models)
        return f"/admin/{label}/{model}/{self.keys[model]}/{name}/"


def of_app(app: str, **changes: str) -> Way:
    """Open the address to which an app sends people."""
    return opened(asking_for(app, **changes))


def opened(path: str) -> Way:
    return lambda page, site: void(page.goto(path))


def void(_: Any) -> None:
    """Do nothing with it."""


# What is done


def rarely(name: str) -> Way:
    """Open a page that a visitor cannot make appear."""

    def do(page: Page, site: Site) -> None:
        page.route(f"**/{name}", lambda route: route.fulfill(body=site.rare[name], headers=HTML))
        page.goto(f"/{name}")

    return do


def say_no(page: Page, site: Site) -> None:
    page.goto("/sign-in/")
    press(page, "Google")
    choose(page, "bob", "deny")


def meet_a_wrong_secret(page: Page, site: Site) -> None:
    site.demo.simulator.arm("wrong_secret", "demo")
    page.goto("/sign-in/")
    press(page, "Demo OpenID Provider")
    choose(page, "mallory")


def use_a_known_address(page: Page, site: Site) -> None:
    """Come by another way than before."""
    page.goto("/sign-in/")
    press(page, "Google")
    choose(page, "bob")
    page.context.clear_cookies()
    page.goto("/sign-in/")
    press(page, "GitHub")
    choose(page, "bob")


def be_asked_to_connect(page: Page, site: Site) -> None:
    """Come by another way than before, and sign in as before."""
    use_a_known_address(page, site)
    press(page, "Google", "Continue with")
    choose(page, "bob")


def be_asked_about_a_strange_account(page: Page, site: Site) -> None:
    """Sign in as somebody else than the account that was proven."""
    use_a_known_address(page, site)
    press(page, "Google", "Continue with")
    choose(page, "mallory")


def type_a_wrong_password(page: Page, site: Site) -> None:
    page.goto("/admin/login/")
    page.locator("input[name=username]").fill("ada")
    page.locator("input[name=password]").fill("wrong")
    page.locator("input[type=submit]").click()


def sign_out_after_use(page: Page, site: Site) -> None:
    see_own_sign_in(page, site)
    page.goto("/account/")
    page.get_by_role("button", name="Sign out", exact=True).click()


def come_back_as_another(page: Page, site: Site) -> None:
    page.goto("/sign-in/?again=1&next=/account/data/")
    press(page, "GitHub")
    choose(page, "bob")


def send(path: str, button: str, **fields: str) -> Way:
    """Fill in a form and press its button."""

    def do(page: Page, site: Site) -> None:
        page.goto(path)
        for name, value in fields.items():
            page.locator(f"[name={name}]").fill(value)
        page.get_by_role("button", name=button, exact=True).click()

    return do


def check_own_token(page: Page, site: Site) -> None:
    send("/api/token/", "Check token", token=site.tokens["visitor"])(page, site)
    unfold_all(page)


def see_own_sign_in(page: Page, site: Site) -> None:
    page.context.clear_cookies()
    page.goto("/sign-in/?next=/how-it-works/")
    press(page, "GitHub")
    choose(page, "alice")


def of_row(model: str, name: str = "change") -> Way:
    return lambda page, site: void(page.goto(site.page_of(model, name)))


def pressed(model: str, name: str, button: str) -> Way:
    return lambda page, site: send(site.page_of(model, name), button)(page, site)


def open_a_link(page: Page, site: Site) -> None:
    """Open the link by which somebody connects another account."""
    page.goto(f"/connect/{site.keys['link']}/")


def prove_a_merge(page: Page, site: Site) -> None:
    """Show that Bob, who came by Google, is the same person as the visitor."""
    page.context.clear_cookies()
    page.goto("/sign-in/")
    press(page, "Google")
    choose(page, "bob")
    page.context.clear_cookies()
    page.context.add_cookies(site.cookies_of("visitor"))  # type: ignore[arg-type]
    page.goto("/account/merge/")
    page.get_by_role("button", name="Google").click()
    choose(page, "bob")


def merge_two(page: Page, site: Site) -> None:
    page.goto(f"{site.page_of('user', 'merge')}?other=Person+2")


def try_a_provider(page: Page, site: Site) -> None:
    page.goto("/admin/providers/provider/")
    page.get_by_role("link", name="GitHub", exact=True).click()
    page.get_by_role("button", name="Test sign-in").click()
    choose(page, "bob")
    unfold_all(page)


def unfold_all(page: Page) -> None:
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")


def unfold(path: str) -> Way:
    def do(page: Page, site: Site) -> None:
        page.goto(path)
        unfold_all(page)

    return do


def send_a_wrong_form(page: Page, site: Site) -> None:
    page.goto("/admin/providers/provider/add/?kind=gitlab")
    page.locator("#provider_form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Save", exact=True).click()


def add_an_app(page: Page, site: Site) -> None:
    """Add it, and see its secret."""
    page.goto(f"{ADD_APP}?kind=gitea")
    number = page.locator("[name=slug]").input_value()
    page.locator("[name=launch_url]").fill(f"https://{number}.example.com")
    page.get_by_role("button", name="Save", exact=True).click()


def send_a_wrong_app(page: Page, site: Site) -> None:
    page.goto(f"{ADD_APP}?kind=openid_connect")
    unfold_all(page)
    page.locator("[name=redirect_uris]").fill("http://app.example/*")
    page.locator("[name=audiences]").fill("api")
    page.get_by_role("button", name="Save", exact=True).click()


def find_people_for_an_app(page: Page, site: Site) -> None:
    page.goto(site.page_of("app", "who-may-use"))
    page.locator("[name=term]").fill("Person")
    page.locator("[name=_find]").click()


def preview_an_app(page: Page, site: Site) -> None:
    page.goto(site.page_of("app", "preview"))
    page.locator(".people-found a").first.click()


def limit_an_app(page: Page, site: Site) -> None:
    page.goto(site.page_of("app", "who-may-use"))
    page.locator("[name=other_groups]").fill("nobody-is-in-this")
    page.locator("[name=people]").evaluate_all("all => all.forEach(box => box.checked = false)")
    page.locator("[name=groups]").evaluate_all("all => all.forEach(box => box.checked = false)")
    page.get_by_role("button", name="Save", exact=True).click()


def choose_an_action(page: Page, site: Site) -> None:
    page.goto("/admin/access_rules/accessrule/")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("delete_selected")
    page.locator("button[name=index]").click()


STRANGER: dict[str, Way] = {
    path: opened(path)
    for path in (
        "/sign-in/",
        "/sign-in/?next=https://elsewhere.example/",
        "/sign-in/google/",
        "/sign-in/failed/ABCD-2345/",
        "/sign-in/github/callback/",
        "/oauth/authorize?client_id=unknown",
        "/sign-out/",
        "/how-it-works/",
        "/account/data/deleted/",
        "/api/docs",
        "/api/token/",
        "/admin/login/",
        "/nowhere/",
    )
} | {
    "what is shared": unfold("/sign-in/?next=/admin/"),
    "signed out": sign_out_after_use,
    "said no": say_no,
    "wrong secret": meet_a_wrong_secret,
    "known address": use_a_known_address,
    "asked to connect": be_asked_to_connect,
    "asked about a strange account": be_asked_about_a_strange_account,
    "wrong password": type_a_wrong_password,
    "no token": send("/api/token/", "Check token", token="no-token"),
    "a link": open_a_link,
    "no link": opened("/connect/"),
    "on the way to an app": of_app("grafana"),
    "a failure on the way to an app": opened(
        "/sign-in/failed/ABCD-2345/?next=/oauth/authorize%3Fclient_id%3Dgrafana"
    ),
    "an unknown app": of_app("unknown"),
}
VISITOR: dict[str, Way] = {
    path: opened(path)
    for path in (
        "/account/",
        "/account/sessions/",
        "/account/connections/",
        "/account/merge/",
        "/account/developer/",
        "/account/tokens/",
        "/account/data/",
        "/account/data/delete/",
        "/account/apps/",
        "/account/apps/?sign_out=grafana",
        "/account/apps/?withdraw=wiki",
        "/apps/",
        "/oauth/logout?client_id=grafana",
        "/sign-in/?again=1&next=/account/",
        "/how-it-works/",
        "/admin/login/",
    )
} | {
    "another person": come_back_as_another,
    "made a token": send("/account/tokens/", "Create token", name="backup"),
    "lost form": opened("/account/tokens/?go-on=x"),
    "own token": check_own_token,
    "own sign-in": see_own_sign_in,
    "proven merge": prove_a_merge,
    "an app asks for consent": of_app("wiki", prompt="consent"),
    "an app asks for an account": of_app("wiki", prompt="select_account"),
    "an app is closed": of_app("closed"),
    "an app asks again": of_app("wiki", prompt="login"),
}
LATE: dict[str, Way] = {
    "/account/tokens/": opened("/account/tokens/"),
    "/account/data/delete/": opened("/account/data/delete/"),
    "late change": of_row("provider"),
    "late delete": of_row("accessrule", "delete"),
    "late form": pressed("accessrule", "change", "Save"),
}
ADMIN: dict[str, Way] = (
    {"home": unfold("/admin/"), "add a provider": unfold("/admin/providers/provider/add/")}
    | {f"app {label}": opened(f"/admin/{label}/") for label in MODELS}
    | {
        path: opened(path)
        for label, models in MODELS.items()
        for model in models
        for path in (f"/admin/{label}/{model}/", f"/admin/{label}/{model}/?q=x")
    }
    | {f"a {model}": of_row(model) for models in MODELS.values() for model in models}
    | {
        f"history of a {model}": of_row(model, "history")
        for models in MODELS.values()
        for model in models
    }
    | {
        "failures": opened("/admin/attempts/signinattempt/failures/"),
        "/admin/nowhere/": opened("/admin/nowhere/"),
        "/admin/password_change/": opened("/admin/password_change/"),
        "/admin/password_change/done/": opened("/admin/password_change/done/"),
        "add a rule": opened("/admin/access_rules/accessrule/add/"),
        "delete a rule": of_row("accessrule", "delete"),
        "delete a person": of_row("user", "delete"),
        "delete rules": choose_an_action,
        "rotate": opened("/admin/signet_sessions/signingkey/rotate/"),
        "rotate for ID tokens": opened("/admin/signet_sessions/signingkey/rotate-id-tokens/"),
        "revoke": of_row("signingkey", "revoke"),
        "suspend": of_row("user", "suspend"),
        "reinstate": of_row("user", "reinstate"),
        "move": of_row("user", "move"),
        "moved": pressed("user", "move", "Create link"),
        "withdraw": of_row("user", "withdraw"),
        "merge": of_row("user", "merge"),
        "merge two": merge_two,
        "a person's groups": of_row("user", "groups"),
        "end access of an app": lambda page, site: void(
            page.goto(f"{site.page_of('user', 'end_app')}?app=grafana")
        ),
        "groups": opened("/admin/signet_sessions/groupmembership/"),
        "a group": opened(f"{GROUP}?name=ops&q=Person"),
        "a long group": opened(f"{GROUP}?name={'W' * 60}"),
        "a group of rules": opened(f"{GROUP}?name=administrators-of-everything&q=zzzz"),
        "who may sign in": of_row("provider", "who-may-sign-in"),
        "end a person's sessions": of_row("user", "end_sessions"),
        "end a session": of_row("session", "end"),
        "end everybody's": opened("/admin/signet_sessions/session/end_everybodys/"),
        "not checked": of_row("provider", "check"),
        "checked": pressed("provider", "check", "Check provider"),
        "not tried": of_row("provider", "try"),
        "tried": try_a_provider,
        "no result": of_row("provider", "try/x"),
        "who would be refused": pressed("provider", "change", "Show who would be refused"),
        "wrong form": send_a_wrong_form,
        "why apps fail": opened("/admin/oidc_provider/appfailure/causes/"),
        "a failure of an app by its reference": opened(
            "/admin/attempts/signinattempt/?q=FA2L-URE4"
        ),
        "no failure of an app": opened("/admin/oidc_provider/appfailure/?q=AAAA-BBBB"),
        "add a redirect URI": of_row("appfailure", "add-redirect-uri"),
        "handled": pressed("appfailure", "change", "Mark as handled"),
        "add an app": unfold("/admin/oidc_provider/app/add/"),
        "added an app": add_an_app,
        "a wrong app": send_a_wrong_app,
        "an app that matches nothing": opened("/admin/oidc_provider/app/add/?q=zzzz"),
        "next secret of an app": of_row("app", "secret"),
        "end a secret of an app": of_row("app", "use-next"),
        "who may use an app": of_row("app", "who-may-use"),
        "people for an app": find_people_for_an_app,
        "who would be refused by an app": limit_an_app,
        "remove an app": of_row("app", "delete"),
        "an app not checked": of_row("app", "check"),
        "an app checked": pressed("app", "check", "Check app"),
        "an app not tried": of_row("app", "try"),
        "an app tried": pressed("app", "try", "Test sign-in"),
        "no result of an app": of_row("app", "try/x"),
        "a preview of an app": preview_an_app,
        "people for a preview": of_row("app", "preview"),
        "a search in the catalogue": opened("/admin/providers/provider/add/?q=hub"),
        "an empty search": opened("/admin/providers/provider/add/?q=zzzz"),
    }
    | {
        f"add {kind}": unfold(f"/admin/providers/provider/add/?kind={kind}")
        for kind in ("github", "keycloak", "apple")
    }
    | {
        f"add app {kind}": unfold(f"{ADD_APP}?kind={kind}")
        for kind in ("openid_connect", "public", "gitea", "grafana", "nextcloud")
    }
)
OF_A_TEAM: dict[str, dict[str, Way]] = {  # in the name and looks of a team
    "stranger": {
        path: opened(path) for path in ("/sign-in/", "/sign-in/failed/ABCD-2345/", "/admin/login/")
    },
    "visitor": {path: opened(path) for path in ("/account/", "/account/tokens/")},
    "admin": {"home": unfold("/admin/"), "site": of_row("site"), "provider": of_row("provider")},
}
NO_PAGES: dict[str, str] = {
    **dict.fromkeys(("/static/<url>", "/site/<url>"), "files"),
    "/language/": "leads back to the page where it was chosen",
    **dict.fromkeys(("/healthz", "/readyz", "/metrics", "/api/session"), "for programs"),
    **dict.fromkeys(("/api/session/refresh", "/api/openapi.json"), "for programs"),
    "/.well-known/jwks.json": "for programs",
    "/": "leads to the apps, to the account or to the sign-in page",
    **dict.fromkeys(
        ("/oauth/token", "/oauth/userinfo", "/oauth/revoke", "/oauth/introspect", "/oauth/par"),
        "for programs",
    ),
    "/.well-known/openid-configuration": "for programs",
    "/oauth/authorize/decision": "leads to the app",
    "/oauth/logout/confirm": "leads to the app or to /sign-out/",
    "/sign-in/<slug:slug>/callback/": "leads to the page after it",
    "/connect/<str:secret>/": "leads to /connect/",
    "/admin/oidc_provider/app/<int:pk>/try/<str:key>/back/": "leads to the result",
    "/account/picture/": "a picture",
    "/favicon.ico": "leads to the picture",
    "/admin/logout/": "leads to /sign-out/",
    "/admin/web/site/": "leads to the page of its row",
    "/admin/autocomplete/": "for a script",
    "/admin/jsi18n/": "a script",
    "/admin/r/<path:content_type_id>/<path:object_id>/": "leads to the page of a row",
    "/admin/audit/auditevent/export.<str:name>": "a file",
    "/admin/signet_sessions/signingkey/<path:object_id>/change/": "leads to the list",
    "/admin/oidc_provider/appfailure/<uuid:pk>/handled/": "leads to the page of the row",
    **{
        f"/admin/{label}/{model}/<path:object_id>/": "leads to the page of the row"
        for label, models in MODELS.items()
        for model in models
    },
    **{
        f"/admin/{label}/{model}/add/": "nobody adds one"
        for label, models in MODELS.items()
        for model in models
        if model not in ("provider", "accessrule", "app")
    },
    **{
        f"/admin/{label}/{model}/<path:object_id>/delete/": "nobody deletes one"
        for label, models in MODELS.items()
        for model in models
        if model not in ("user", "accessrule", "app")
    },
}
RARE: dict[str, Way] = {name: rarely(name) for name in RARE_PAGES}
PAGES = {"stranger": STRANGER, "unlucky": RARE, "visitor": VISITOR, "late": LATE, "admin": ADMIN}
