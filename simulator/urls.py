"""Every address of the simulator."""

from django.urls import path

from simulator import control, pages
from simulator.endpoints import github_api, github_applications, openid
from simulator.endpoints.authorization import authorization_endpoint
from simulator.endpoints.token import token_endpoint
from simulator.providers.registry import DEMO, GITHUB, GOOGLE

API = "github/api/v3"
github = {"provider": GITHUB}
google = {"provider": GOOGLE}
demo = {"provider": DEMO}

urlpatterns = [
    path("", pages.home, name="home"),
    path("people/<slug:person_id>.png", pages.picture),
    path("static/<str:name>", pages.static_file, name="static_file"),
    # GitHub
    path("github/login/oauth/authorize", authorization_endpoint, github),
    path("github/login/oauth/access_token", token_endpoint, github),
    path(f"{API}/user", github_api.user),
    path(f"{API}/user/emails", github_api.user_emails),
    path(f"{API}/user/orgs", github_api.user_orgs),
    path(f"{API}/user/teams", github_api.user_teams),
    path(f"{API}/user/memberships/orgs/<str:organisation>", github_api.user_membership),
    path(f"{API}/applications/<str:client_id>/token", github_applications.application_token),
    path(f"{API}/applications/<str:client_id>/grant", github_applications.application_grant),
    # Google
    path("google/.well-known/openid-configuration", openid.discovery_endpoint, google),
    path("google/o/oauth2/v2/auth", authorization_endpoint, google),
    path("google/token", token_endpoint, google),
    path("google/v1/userinfo", openid.userinfo_endpoint, google),
    path("google/revoke", openid.google_revocation_endpoint, google),
    path("google/oauth2/v3/certs", openid.jwks_endpoint, google),
    # A plain OpenID Provider
    path("demo/.well-known/openid-configuration", openid.discovery_endpoint, demo),
    path("demo/authorize", authorization_endpoint, demo),
    path("demo/token", token_endpoint, demo),
    path("demo/userinfo", openid.userinfo_endpoint, demo),
    path("demo/revoke", openid.demo_revocation_endpoint, demo),
    path("demo/jwks", openid.jwks_endpoint, demo),
    # For tests
    path("control/", control.overview, name="control"),
    path("control/faults", control.faults),
    path("control/clients", control.clients),
    path("control/clock", control.clock),
    path("control/requests", control.requests),
    path("control/reset", control.reset),
]
handler400 = pages.bad_request
handler404 = pages.not_found
handler500 = pages.server_error
