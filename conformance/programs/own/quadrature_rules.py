"""Numerical integration in many ways, with a table of errors."""

from functools import partial

import numpy as np
from numpy.polynomial.legendre import leggauss


def trapezoid(f, a, b, n):
    x = np.linspace(a, b, n + 1)
    return np.trapezoid(f(x), x)


def simpson(f, a, b, n):
    x, h = np.linspace(a, b, n + 1, retstep=True)
    y = f(x)
    return h / 3 * (y[0] + 4 * y[1::2].sum() + 2 * y[2:-1:2].sum() + y[-1])


def gauss(f, a, b, n):
    x, w = leggauss(n)
    return 0.5 * (b - a) * np.dot(w, f(0.5 * (b - a) * x + 0.5 * (a + b)))


def clenshaw_curtis(f, a, b, n):
    theta = np.pi * np.arange(n + 1) / n
    fx = f((a + b) / 2 + (b - a) / 2 * np.cos(theta)) / n
    g = np.real(np.fft.fft(np.concatenate([fx, fx[-2:0:-1]])))
    coefficients = np.hstack([g[0] / 2, g[1:n] + g[2 * n - 1 : n : -1] / 1, g[n] / 2])[: n + 1]
    coefficients[1:n] /= 2
    k = np.arange(0, n + 1, 2)
    return (b - a) / 2 * np.sum(2 * coefficients[::2] * 2 / (1.0 - k**2)) / 1.0


def romberg(f, a, b, levels):
    R = np.zeros((levels, levels))
    h = b - a
    R[0, 0] = h * (f(a) + f(b)) / 2
    for i in range(1, levels):
        h /= 2
        new = f(a + h * np.arange(1, 2**i, 2)).sum()
        R[i, 0] = R[i - 1, 0] / 2 + h * new
        for j in range(1, i + 1):
            R[i, j] = R[i, j - 1] + (R[i, j - 1] - R[i - 1, j - 1]) / (4**j - 1)
    return R


def adaptive(f, a, b, tol):
    def recurse(a, fa, b, fb, m, fm, whole, tol):
        lm, rm = (a + m) / 2, (m + b) / 2
        flm, frm = f(lm), f(rm)
        left, right = (m - a) / 6 * (fa + 4 * flm + fm), (b - m) / 6 * (fm + 4 * frm + fb)
        if abs(left + right - whole) <= 15 * tol:
            return left + right + (left + right - whole) / 15
        return recurse(a, fa, m, fm, lm, flm, left, tol / 2) + recurse(
            m, fm, b, fb, rm, frm, right, tol / 2
        )

    m = (a + b) / 2
    fa, fm, fb = f(a), f(m), f(b)
    return recurse(a, fa, b, fb, m, fm, (b - a) / 6 * (fa + 4 * fm + fb), tol)


problems = {
    "exp": (np.exp, 0.0, 1.0, np.e - 1),
    "runge": (lambda x: 1 / (1 + 25 * x**2), -1.0, 1.0, 2 / 5 * np.arctan(5)),
    "sqrt": (np.sqrt, 0.0, 1.0, 2 / 3),
    "abs": (lambda x: np.abs(x - 0.3), 0.0, 1.0, 0.29),
}
rules = {"trapezoid": trapezoid, "simpson": simpson, "gauss": gauss, "clenshaw": clenshaw_curtis}

errors = np.full((len(problems), len(rules)), np.nan)
for i, (f, a, b, exact) in enumerate(problems.values()):
    for j, rule in enumerate(rules.values()):
        errors[i, j] = abs(rule(f, a, b, 16) - exact)
print(" " * 8, *(f"{name:>12s}" for name in rules))
for name, row in zip(problems, errors):
    print(f"{name:8s}", *(f"{e:12.3e}" for e in row))

table = romberg(np.exp, 0.0, 1.0, 5)
with np.printoptions(precision=10, linewidth=100):
    print(table)
value = adaptive(np.sqrt, 0.0, 1.0, 1e-8)
print(type(value).__name__, "%.10f" % value)
half_normal = partial(gauss, lambda x: np.exp(-(x**2) / 2), 0, 8)
print([round(float(half_normal(n) / np.sqrt(np.pi / 2)), 8) for n in (5, 10, 20)])
X, Y = np.meshgrid(*[leggauss(6)[0]] * 2)
W = np.outer(*[leggauss(6)[1]] * 2)
square = (W * X**2 * np.exp(Y)).sum()
print("double integral", square, "exact", 2 / 3 * (np.e - 1 / np.e))
