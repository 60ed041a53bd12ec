"""What a sign-in costs, beside a stock django-allauth site that does the same one in the same run.

`make bench` runs all of it: `__main__.py` is the order of the measurements, `sites.py` the two
sites and the provider as processes of their own (`processes.py`), `visitors.py` the load,
`clients.py` programs that refresh, `provider.py` an OpenID Provider that costs next to nothing.
Three run inside a site: `tokens.py`, by which `beside_pyjwt.py` has the session JWT measured,
`queries.py`, and `recording.py`, which tells what it costs to keep each sign-in.
"""
