import unittest

from primes import primes


class PrimesTest(unittest.TestCase):
    def test_first(self) -> None:
        self.assertEqual(primes(20), [2, 3, 5, 7, 11, 13, 17, 19])

    def test_none(self) -> None:
        self.assertEqual(primes(2), [])
