"""A simulated GitHub, Google and OpenID Provider on this machine, with invented people.

`python -m simulator` serves them on one port. They check and answer as the real ones do, and
misbehave on demand (`simulator.faults`). Nothing is stored. A deployed site does not use or import
this package.
"""

SLUGS = ("github", "google", "demo")  # the providers, in the order of every list
