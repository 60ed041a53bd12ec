import pytest

from audit.models import Actor, Target

ADA = Actor("00000000-0000-4000-8000-00000000000a", "Ada Admin", "198.51.100.7", "Firefox")
DEMO = Target("provider", "1", "Demo")


@pytest.fixture
def ada() -> Actor:
    return ADA
