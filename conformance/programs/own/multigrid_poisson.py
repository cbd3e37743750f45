"""Geometric multigrid for -u'' = f in two dimensions, red-black relaxation written with slices."""

import numpy as np


def smooth(u, f, h2, n=2):
    for _ in range(n):
        for i0, j0 in ((1, 1), (2, 2), (1, 2), (2, 1)):
            i, j = slice(i0, -1, 2), slice(j0, -1, 2)
            up, down = slice(i0 - 1, -2, 2), slice(i0 + 1, None, 2)
            left, right = slice(j0 - 1, -2, 2), slice(j0 + 1, None, 2)
            u[i, j] = 0.25 * (u[up, j] + u[down, j] + u[i, left] + u[i, right] + h2 * f[i, j])
    return u


def residual(u, f, h2):
    r = np.zeros_like(u)
    r[1:-1, 1:-1] = (
        f[1:-1, 1:-1]
        - (4 * u[1:-1, 1:-1] - u[:-2, 1:-1] - u[2:, 1:-1] - u[1:-1, :-2] - u[1:-1, 2:]) / h2
    )
    return r


def restrict(r):
    c = np.zeros([(n - 1) // 2 + 1 for n in r.shape])
    c[1:-1, 1:-1] = r[2:-2:2, 2:-2:2] / 4
    c[1:-1, 1:-1] += (r[1:-3:2, 2:-2:2] + r[3:-1:2, 2:-2:2]) / 8
    c[1:-1, 1:-1] += (r[2:-2:2, 1:-3:2] + r[2:-2:2, 3:-1:2]) / 8
    for a in (slice(1, -3, 2), slice(3, -1, 2)):
        for b in (slice(1, -3, 2), slice(3, -1, 2)):
            c[1:-1, 1:-1] += r[a, b] / 16
    return c


def prolong(c):
    u = np.zeros([2 * (n - 1) + 1 for n in c.shape])
    u[::2, ::2] = c
    u[1::2, ::2] = (c[:-1] + c[1:]) / 2
    u[:, 1::2] = (u[:, :-1:2] + u[:, 2::2]) / 2
    return u


def v_cycle(u, f, h2):
    if len(u) <= 3:
        return smooth(u, f, h2, 1)
    smooth(u, f, h2)
    coarse = restrict(residual(u, f, h2))
    u += prolong(v_cycle(np.zeros_like(coarse), coarse, 4 * h2))
    return smooth(u, f, h2)


n = 33
x = np.linspace(0, 1, n)
X, Y = np.meshgrid(x, x, indexing="ij")
exact = np.sin(np.pi * X) * np.sin(2 * np.pi * Y)
f = 5 * np.pi**2 * exact
h2 = (x[1] - x[0]) ** 2
u = np.zeros((n, n))
norms = [np.linalg.norm(residual(u, f, h2))]
for cycle in range(6):
    u = v_cycle(u, f, h2)
    norms.append(np.linalg.norm(residual(u, f, h2)))
    print(f"cycle {cycle + 1}: residual {norms[-1]:.4e}, factor {norms[-1] / norms[-2]:.4f}")
factors = np.divide(norms[1:], norms[:-1])
error = np.abs(u - exact).max()
print("discretization error", error)

# plain relaxation for comparison, on a float32 copy
v = np.zeros((n, n), dtype=np.float32)
f32 = f.astype(np.float32)
smooth(v, f32, np.float32(h2), 40)
print(v.dtype, float(np.abs(v - exact).max()))
print(np.round(u[::8, ::8], 3))
