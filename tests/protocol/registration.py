"""A registration at a provider, for messages that are never sent."""

from protocol import flow

SERVER = flow.AuthorizationServer("https://op.example/authorize", "https://op.example/token")


CLIENT = flow.Client("client-1", "s e+cret", "https://us.example/callback/", ("openid", "email"))
