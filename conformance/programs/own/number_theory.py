"""Sieves, totients, Collatz lengths, modular powers, Pythagorean triples, digits of integers."""

import numpy as np


def primes_below(n):
    sieve = np.ones(n, dtype=bool)
    sieve[:2] = False
    sieve[4::2] = False
    for i in range(3, int(n**0.5) + 1, 2):
        if sieve[i]:
            sieve[i * i :: 2 * i] = False
    return np.flatnonzero(sieve)


def totients(n):
    phi = np.arange(n)
    for p in primes_below(n):
        phi[p::p] -= phi[p::p] // p
    return phi


def divisor_sums(n):
    s = np.zeros(n, dtype=np.int64)
    for d in range(1, n // 2 + 1):
        s[2 * d :: d] += d
    return s


def collatz_lengths(n):
    x = np.arange(1, n, dtype=np.int64)
    steps = np.zeros(x.shape, dtype=np.int32)
    while (busy := x > 1).any():
        odd = busy & (x & 1 == 1)
        x = np.where(odd, 3 * x + 1, np.where(busy, x >> 1, x))
        steps += busy
    return steps


def power_mod(base, exponent, modulus):
    base = np.asarray(base, dtype=np.uint64) % np.uint64(modulus)
    result = np.ones_like(base)
    while exponent:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


p = primes_below(2000)
print(len(p), "primes, the last", p[-3:], "largest gap", np.diff(p).max())
twins = p[:-1][np.diff(p) == 2]
print("twins", len(twins), twins[-1])
phi = totients(200)
print("phi", phi[[1, 10, 97, 180]], "sum", phi[1:].sum())
sigma = divisor_sums(500)
n = np.arange(500)
perfect = n[(sigma == n) & (n > 0)]
print("perfect", perfect, "abundant", np.count_nonzero(sigma > n))
pairs = [(a, int(sigma[a])) for a in range(2, 500) if a < sigma[a] < 500 and sigma[sigma[a]] == a]
print("amicable", pairs)
length = collatz_lengths(300)
print("longest Collatz", length.argmax() + 1, length.max(), length.dtype)

fermat = power_mod(np.arange(2, 12), 340, 341)
print("341 is a pseudoprime to", np.arange(2, 12)[fermat == 1])
a = np.arange(1, 60)
A, B = np.meshgrid(a, a)
C = np.sqrt(A**2 + B**2)
whole = (C == np.floor(C)) & (A < B) & (np.gcd(A, B) == 1)
triples = np.column_stack([A[whole], B[whole], C[whole].astype(int)])
print(triples[np.lexsort(triples.T)][:5].tolist())
digits = p[:, None] // 10 ** np.arange(4) % 10
print("digit sums", np.bincount(digits.sum(axis=1))[:12])
reverse = (
    digits * 10 ** (np.ceil(np.log10(p + 1)).astype(int)[:, None] - 1 - np.arange(4)).clip(0)
).sum(1)
print("palindromes", p[reverse == p][:10])
last = np.unique(p % 10, return_counts=True)
print(*last)
goldbach = np.zeros(200, dtype=int)
small = p[p < 200]
sums = (small[:, None] + small)[np.triu_indices(len(small))]
np.add.at(goldbach, sums[sums < 200], 1)
print("Goldbach", goldbach[4:40:2])
big = np.array([2**62, 2**63 - 1], dtype=np.int64)
with np.errstate(over="ignore"):
    print("wraps", big * 2, big + 1, np.uint8(250) + np.array([10], np.uint8))
lcm = np.lcm.reduce(np.arange(1, 21))
bits = np.array([bin(int(k)).count("1") for k in p[:8]])
print(lcm, bits, np.bitwise_xor.reduce(p), np.unpackbits(np.uint8([5, 255])))
