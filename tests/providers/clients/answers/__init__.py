"""What providers answer in a sign-in of Alice, in the shapes of their public documentation.

The endpoints are the real ones; people, ids, keys and tokens are made up.
"""

from tests.providers.clients.answers import openid, plain

NAMED = (
    plain.GITHUB,
    openid.GOOGLE,
    openid.GITLAB,
    openid.MICROSOFT,
    openid.APPLE,
    plain.DISCORD,
    openid.SLACK,
    openid.LINKEDIN,
    plain.FACEBOOK,
    plain.X,
    plain.BITBUCKET,
    openid.TWITCH,
    plain.SPOTIFY,
    plain.REDDIT,
    plain.DROPBOX,
    openid.GITEA,
    plain.NEXTCLOUD,
    openid.AUTH0,
    openid.OKTA,
    openid.KEYCLOAK,
    plain.ZOOM,
    openid.YAHOO,
    plain.AMAZON,
)
EVERY = NAMED + openid.OTHERS
