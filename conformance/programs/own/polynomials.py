"""Polynomials and tensors: Polynomial, Chebyshev, poly1d, polyfit, einsum and tensordot puzzles."""

import warnings

import numpy as np
from numpy.polynomial import Chebyshev, Hermite, Legendre, Polynomial
from numpy.polynomial import polynomial as P

p = Polynomial([1, -3, 2])
q = Polynomial([0, 1])
print(p, repr(p), p(2), p([0, 1, 2]), p.roots(), p.degree(), p.coef.dtype)
print(p + q, p * q, p**2, p // q, p % q, divmod(p, q), -p, p == Polynomial([1, -3, 2]))
print(
    p.deriv(),
    p.integ(k=1),
    p.integ()(1) - p.integ()(0),
    Polynomial.fromroots([1, 2, 3]),
    p.trim(),
    p.cutdeg(1),
)
print(
    f"{p:ascii}",
    f"{p:unicode}",
    p.domain,
    p.window,
    len(p),
    list(p),
    p.has_samecoef(q),
    p.linspace(3),
)
np.polynomial.set_default_printstyle("ascii")
print(p)
np.polynomial.set_default_printstyle("unicode")
x = np.linspace(-1, 1, 21)
y = np.exp(x)
fit = Polynomial.fit(x, y, 4)
cheb = Chebyshev.fit(x, y, 4)
print(
    fit.convert().coef.round(5),
    np.abs(fit(x) - y).max() < 1e-3,
    cheb.coef.round(5),
    cheb(0.5).round(6),
)
print(
    Chebyshev.basis(3).convert(kind=Polynomial),
    Chebyshev.interpolate(np.sin, 5).coef.round(6),
    Legendre([0, 0, 1]).convert(kind=Polynomial),
)
print(
    np.polynomial.legendre.leggauss(3),
    np.polynomial.chebyshev.chebpts1(3),
    Hermite([1, 2]) * 2,
    P.polyvander([1, 2], 2),
    P.polyfromroots([1, -1]),
)
print(
    P.polyval2d(1.5, 2.0, [[1, 2], [3, 4]]),
    P.polyadd([1, 2], [1]),
    P.polymul([1, 1], [1, -1]),
    P.polydiv([1, 0, -1], [1, 1]),
    P.polycompanion([1, 2, 3]),
)
old = np.poly1d([1, -6, 11, -6])
print(
    old,
    old.r,
    old(4),
    old.c,
    old.o,
    old * [1, 1],
    old.deriv(),
    old.integ(),
    old / np.poly1d([1, -1]),
    old[0],
    old == old,
)
print(
    np.roots([1, 0, -4]),
    np.poly([1, 2]),
    np.polyval([1, 2, 3], [0, 1]),
    np.polyder([1, 2, 3]),
    np.polyint([2, 2]),
    np.polymul([1, 1], [1, -1]),
    np.polysub([1, 2], [1]),
)
coefficients, covariance = np.polyfit(x, 2 * x**2 - x + 0.5 + 0.01 * np.cos(40 * x), 2, cov=True)
print(
    coefficients.round(6),
    np.sqrt(np.diag(covariance)).round(8),
    np.polyfit([0, 1, 2], [[0, 1], [1, 3], [4, 5]], 1).round(10),
)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    np.polyfit([1, 1, 1], [1, 2, 3], 2)
    print([w.category.__name__ for w in caught], [str(w.message) for w in caught])
try:
    Polynomial([1, 2]) + Chebyshev([1])
except TypeError as error:
    print("TypeError:", error)
try:
    p**-1
except ValueError as error:
    print("ValueError:", error)
try:
    Polynomial([])
except ValueError as error:
    print("ValueError:", error)

a = np.arange(6.0).reshape(2, 3)
b = np.arange(12.0).reshape(3, 4)
c = np.arange(24.0).reshape(2, 3, 4)
print(
    np.einsum("ij,jk", a, b),
    np.einsum("ij->j", a),
    np.einsum("ij,ij->i", a, a),
    np.einsum("ii", b[:, :3]),
    np.einsum("ii->i", b[:, :3]),
)
print(
    np.einsum("ijk,jk->i", c, b),
    np.einsum("ij,jk,kl->il", a, b, b.T),
    np.einsum("i,j->ij", a[0], b[0]),
    np.einsum("...k,k->...", c, b[0]),
)
print(
    np.einsum(a, [0, 1], b, [1, 2], [0, 2]),
    np.einsum("bij->bji", c).strides,
    np.einsum("ij->ji", a).base is a.base,
    np.einsum("a,a,a->", a[1], a[1], a[1]),
)
diagonal = np.zeros((3, 3))
np.einsum("ii->i", diagonal)[:] = [1, 2, 3]
print(
    diagonal,
    np.einsum("ij,kj->ik", diagonal, a, optimize=True),
    np.einsum_path("ij,jk,kl->il", a, b, b.T)[0],
)
print(
    np.tensordot(c, b, axes=([1, 2], [0, 1])),
    np.tensordot(a, c, 2) if a.shape == c.shape[1:] else np.tensordot(a, c, ([0, 1], [0, 1])),
    np.tensordot(a[0], b[0], 0).shape,
)
print(
    np.kron(np.eye(2), [[1, 2]]),
    np.outer([1, 2], [3, 4]),
    np.inner(a, a),
    np.vdot(a, a),
    np.matvec(a, [1, 0, 1]),
    np.vecdot(a, a),
    np.cross([1, 0, 0], [0, 1, 0]),
)
print(
    np.linalg.multi_dot([a, b, np.ones(4)]),
    np.trace(c, axis1=0, axis2=1),
    np.matmul(c, np.ones((4, 1))).shape,
    (c @ b.T).sum(axis=(0, 1)),
    np.linalg.matrix_power(np.array([[1, 1], [1, 0]]), 10),
)
levi_civita = np.zeros((3, 3, 3), dtype=int)
for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    levi_civita[i, j, k], levi_civita[i, k, j] = 1, -1
print(
    np.einsum("ijk,j,k->i", levi_civita, [1, 2, 3], [4, 5, 6]),
    np.einsum("ijk,ilm->jklm", levi_civita, levi_civita)[0, 1],
    levi_civita.sum(),
)
try:
    np.einsum("ij,jk", a, a)
except ValueError as error:
    print("ValueError:", error)
try:
    np.einsum("ij,k->l", a, a[0])
except ValueError as error:
    print("ValueError:", error)
try:
    a @ a
except ValueError as error:
    print("ValueError:", error)
for kernel in ("same", "full", "valid"):
    print(
        kernel,
        np.convolve([1, 2, 3], [0, 1, 0.5], kernel),
        np.correlate([1, 2, 3], [0, 1, 0.5], kernel),
    )
horner = np.zeros_like(x)
for coefficient in (2.0, -1.0, 0.25):
    horner = horner * x + coefficient
vandermonde = np.vander(x[:3], 3)
solution = np.linalg.solve(vandermonde, horner[:3])
print(
    solution.round(8),
    vandermonde,
    np.linalg.cond(vandermonde).round(3),
    np.allclose(np.polyval(solution, x), horner),
)
