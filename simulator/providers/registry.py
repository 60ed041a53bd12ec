"""The three providers, in the order of every list."""

from simulator.providers.demo import Demo
from simulator.providers.github import GitHub
from simulator.providers.google import Google

GITHUB, GOOGLE, DEMO = GitHub(), Google(), Demo()
PROVIDERS = (GITHUB, GOOGLE, DEMO)
