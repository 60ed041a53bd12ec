"""RSA keys that are no good, whoever signed with them."""

from typing import Any

MIN_BITS = 2048  # RFC 7518 §3.3
MAX_BITS = 16_384  # OpenSSL verifies with none that is longer
# Keys of a broken generator (CVE-2017-15361) are powers of 65537 modulo each small prime, and can
# be factored. Of other keys, one in two hundred million looks like that.
PRIMES = [n for n in range(3, 168) if all(n % divisor for divisor in range(2, n))]


def is_weak(key: Any) -> bool:
    """Tell whether an RSA public key is too short or too long, or can be factored."""
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        return True
    modulus: int = key.public_numbers().n
    return all(modulus % prime in _POWERS[prime] for prime in PRIMES)


_POWERS = {prime: {pow(65537, exponent, prime) for exponent in range(prime)} for prime in PRIMES}
