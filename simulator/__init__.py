"""A GitHub, a Google and an OpenID Provider on this machine: for rehearsals, with nobody real.

`python -m simulator` serves them on one port. They check and answer as the
real ones do, and misbehave on demand (`simulator.faults`). Nothing is stored, nothing
here is part of a deployment, and nothing imports this package.
"""

SLUGS = ("github", "google", "demo")  # the providers, in the order of every list
