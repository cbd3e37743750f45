"""Newton's method: basins of z**3 - 1, a nonlinear system, and scalar roots with a bracket."""

import numpy as np


def basins(n=60, n_iter=25):
    y, x = np.mgrid[-1.5 : 1.5 : n * 1j, -1.5 : 1.5 : n * 1j]
    z = x + 1j * y
    steps = np.zeros(z.shape, dtype=np.uint8)
    active = np.ones(z.shape, dtype=bool)
    for _ in range(n_iter):
        with np.errstate(divide="ignore", invalid="ignore"):
            dz = (z**3 - 1) / (3 * z**2)
        z[active] -= dz[active]
        active &= np.abs(dz) > 1e-10
        steps[active] += 1
        if not active.any():
            break
    roots = np.exp(2j * np.pi * np.arange(3) / 3)
    which = np.abs(z[..., np.newaxis] - roots).argmin(axis=-1)
    return which, steps, z


def newton(F, x, tol=1e-12, max_iter=50):
    """Finite-difference Jacobian, backtracking on the norm of the residual."""
    history = []
    for _ in range(max_iter):
        r = F(x)
        history.append(np.linalg.norm(r))
        if history[-1] < tol:
            return x, history
        J = np.empty((len(r), len(x)))
        for j in range(len(x)):
            h = 1e-7 * max(1.0, abs(x[j]))
            e = np.zeros_like(x)
            e[j] = h
            J[:, j] = (F(x + e) - r) / h
        step = np.linalg.solve(J, -r)
        t = 1.0
        while np.linalg.norm(F(x + t * step)) > (1 - 1e-4 * t) * history[-1] and t > 1e-4:
            t /= 2
        x = x + t * step
    raise RuntimeError("no convergence")


def system(x):
    return np.array(
        [
            3 * x[0] - np.cos(x[1] * x[2]) - 0.5,
            x[0] ** 2 - 81 * (x[1] + 0.1) ** 2 + np.sin(x[2]) + 1.06,
            np.exp(-x[0] * x[1]) + 20 * x[2] + (10 * np.pi - 3) / 3,
        ]
    )


def bisect(f, a, b, n=60):
    fa = f(a)
    for _ in range(n):
        m = (a + b) / 2
        fm = f(m)
        if np.sign(fm) == np.sign(fa):
            a, fa = m, fm
        else:
            b = m
    return m


which, steps, z = basins()
counts = np.bincount(which.ravel(), minlength=3)
print("basin sizes", counts, "slowest", steps.max())
print("".join("abc"[k] for k in which[30, ::4]))
symmetric = np.array_equal(which == 0, (which == 0)[::-1])
print("symmetric:", symmetric)

solution, history = newton(system, np.array([0.1, 0.1, -0.1]))
print("solution", solution)
for i, r in enumerate(history):
    print(i, "%.3e" % r)

root = bisect(lambda x: np.cos(x) - x, np.float64(0), np.float64(1))
print("cos x = x at", repr(root), type(root).__name__)
try:
    newton(lambda x: np.array([x[0] ** 2 + 1.0]), np.array([0.5]), max_iter=5)
except (RuntimeError, np.linalg.LinAlgError) as e:
    failure = str(e)
    print("failed:", failure)
