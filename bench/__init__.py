"""What a sign-in costs, compared with a stock django-allauth site in the same run.

`make bench` runs everything, in the order of `__main__.py`. `measurements.py` has the figures.
`sites.py` runs the two sites and the provider as separate processes. `visitors.py` makes the load.
`provider.py` is an OpenID Provider that uses very little CPU time. `inside.py` measures inside a
site. `seed.py` and `admin_pages.py` measure the admin with many people.
"""
