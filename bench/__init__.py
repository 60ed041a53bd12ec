"""What a sign-in costs, beside a stock django-allauth site that does the same one in the same run.

`make bench` runs all of it: `__main__.py` is the order, `measurements.py` has the figures,
`sites.py` the two sites and the provider as processes of their own, `visitors.py` the load,
`provider.py` an OpenID Provider that costs next to nothing, and `inside.py` what is measured inside
a site. `seed.py` and `admin_pages.py` measure the admin with many people.
"""
