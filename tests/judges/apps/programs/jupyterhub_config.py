# Where JupyterHub runs, before the snippet. It starts no notebook here.
import os

c = get_config()  # type: ignore[name-defined] # noqa: F821 - JupyterHub's
c.JupyterHub.bind_url = os.environ["APP"]
c.JupyterHub.hub_port = int(os.environ["HUB_PORT"])
c.JupyterHub.redirect_to_server = False
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{os.environ['PROXY_PORT']}"
c.ConfigurableHTTPProxy.command = [os.environ["PROXY"]]
