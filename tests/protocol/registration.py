"""A registration at a provider, for messages that are never sent."""

from protocol import flow
from protocol.client_authentication import Client

SERVER = flow.AuthorizationServer("https://op.example/authorize", "https://op.example/token")


CLIENT = Client("client-1", "s e+cret", "https://us.example/callback/", ("openid", "email"))
