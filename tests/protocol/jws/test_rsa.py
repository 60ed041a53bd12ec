from math import prod
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys

from protocol.jws import rsa


@pytest.mark.parametrize(("bits", "is_weak"), [(1024, True), (2040, True), (2048, False)])
def test_a_key_is_weak_when_it_is_shorter_than_rfc_7518_allows(bits: int, *, is_weak: bool) -> None:
    assert rsa.is_weak(rsa_keys.generate_private_key(65537, bits).public_key()) is is_weak


def test_a_key_is_weak_when_each_small_prime_sees_a_power_of_65537_in_it() -> None:
    primorial = 2 * prod(rsa.PRIMES)
    modulus = pow(65537, 100_000, primorial) + (primorial << 1900)
    key: Any = rsa_keys.RSAPublicNumbers(65537, modulus).public_key()
    assert key.key_size >= 2048
    assert rsa.is_weak(key)
