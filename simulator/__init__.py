"""A GitHub, a Google and an OpenID Provider on this machine: a rehearsal stage with nobody real.

`python -m simulator` serves them on one port. They check what the real ones check, answer with
the real ones' manners, and misbehave on demand (`simulator.faults`). Nothing is stored, nothing
here is part of a deployment, and nothing imports this package.
"""

SLUGS = ("github", "google", "demo")  # the providers, in the order of every list
