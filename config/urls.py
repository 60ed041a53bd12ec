"""Every address of the site. They are a contract with browsers, providers and other programs."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, re_path

from accounts import views
from config.language import choose_language
from oauth_client import choosing
from oauth_client import pages as sign_in_pages
from oauth_client import views as sign_in_views
from oauth_client.account import account
from oauth_client.connections import connections
from oauth_client.how_it_works import how_it_works
from oauth_client.merging import merge_people
from oauth_client.moving import connect_by_link, open_link
from oauth_client.offer import connect_proven
from oauth_client.picture import picture
from oidc_provider import authorize, logout
from oidc_provider import endpoints as app_endpoints
from oidc_provider import pages as app_pages
from sessions import pages
from sessions.api import description, endpoints
from sessions.token_checker.explanation import token_checker
from web.whose_site import current

handler500 = "config.error_pages.server_error"
# Some clients put a slash after the issuer before they add the rest
DISCOVERY = r"^(?:/)?\.well-known/(?:openid-configuration|oauth-authorization-server)\Z"
# Such as 7F3K-Q2MD, or 7F3K-Q2MD-9XWP
FAILED = r"^sign-in/failed/(?P<reference>[0-9A-Z]{4}(?:-[0-9A-Z]{4}){1,2})/\Z"


@login_not_required
def favicon(_request: HttpRequest) -> HttpResponse:
    """Redirect to the picture of the site."""
    return redirect(current().mark)


urlpatterns = [
    path("", app_pages.home, name="home"),
    path("sign-in/", choosing.sign_in, name="sign_in"),
    re_path(FAILED, sign_in_pages.sign_in_failed, name="sign_in_failed"),
    path("sign-in/<slug:slug>/", choosing.one_provider, name="sign_in_start"),
    path("sign-in/<slug:slug>/callback/", sign_in_views.callback, name="sign_in_callback"),
    path("how-it-works/", how_it_works, name="how_it_works"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("account/", account, name="account"),
    path("account/developer/", views.developer, name="account_developer"),
    path("account/sessions/", pages.sessions, name="account_sessions"),
    path("account/connections/", connections, name="account_connections"),
    path("account/connections/proven/", connect_proven, name="connect_proven"),
    path("account/merge/", merge_people, name="account_merge"),
    path("connect/", connect_by_link, name="connect"),
    path("connect/<str:secret>/", open_link, name="open_link"),
    path("apps/", app_pages.apps, name="apps"),
    path("account/apps/", app_pages.account_apps, name="account_apps"),
    path("account/tokens/", pages.tokens, name="account_tokens"),
    path("account/data/", views.data, name="account_data"),
    path("account/data/delete/", views.delete, name="account_delete"),
    path("account/data/deleted/", views.deleted, name="account_deleted"),
    path("account/picture/", picture, name="picture"),
    path("api/session", endpoints.session, name="api_session"),
    path("api/session/refresh", endpoints.refresh_session, name="api_session_refresh"),
    path("api/openapi.json", description.openapi, name="openapi"),
    path("api/docs", description.docs, name="api_docs"),
    path("api/token/", token_checker, name="token_checker"),
    path(".well-known/jwks.json", endpoints.jwks, name="jwks"),
    re_path(DISCOVERY, app_endpoints.discovery, name="discovery"),
    path("oauth/authorize", authorize.authorize, name="authorize"),
    path("oauth/authorize/decision", authorize.decide, name="authorize_decision"),
    path("oauth/token", app_endpoints.token, name="token"),
    path("oauth/userinfo", app_endpoints.userinfo, name="userinfo"),
    path("oauth/revoke", app_endpoints.revoke, name="revoke"),
    path("oauth/introspect", app_endpoints.introspect, name="introspect"),
    path("oauth/par", app_endpoints.push, name="par"),
    path("oauth/logout", logout.logout, name="logout"),
    path("oauth/logout/confirm", logout.confirm, name="logout_confirm"),
    path("admin/", admin.site.urls),
    path("language/", choose_language, name="choose_language"),
    path("favicon.ico", favicon),  # browsers ask for it on pages that name no icon
]
