"""Prime numbers."""


def primes(limit: int) -> list[int]:
    """All primes below `limit`, in order."""
    found: list[int] = []
    for number in range(2, limit):
        if all(number % prime for prime in found):
            found.append(number)
    return found
