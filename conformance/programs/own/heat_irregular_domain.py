"""Heat in a plate with holes: masks, mixed boundary conditions, explicit and implicit steps."""

import numpy as np

n = 40
y, x = np.ogrid[0 : 1 : complex(n), 0 : 1 : complex(n)]
plate = (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.48**2
hole = (np.abs(x - 0.35) < 0.08) & (np.abs(y - 0.6) < 0.12)
heater = np.hypot(x - 0.7, y - 0.4) < 0.09
inside = plate & ~hole
conductivity = np.select([heater, x + y < 0.8], [5.0, 0.5], default=1.0) * np.ones((n, n))


def shifted(a, axis, by, fill):
    out = np.roll(a, by, axis=axis)
    edge = [slice(None)] * a.ndim
    edge[axis] = slice(0, by) if by > 0 else slice(by, None)
    out[tuple(edge)] = fill
    return out


def step(u, dt):
    flux = np.zeros_like(u)
    for axis in (0, 1):
        for by in (1, -1):
            open_ = inside & shifted(inside, axis, by, False)  # insulated elsewhere
            k = 2 / (1 / conductivity + 1 / shifted(conductivity, axis, by, 1.0))
            flux += np.where(open_, k * (shifted(u, axis, by, 0.0) - u), 0.0)
    u = u + dt * flux
    u[heater] = 1.0
    return u


u = np.zeros((n, n))
u[~inside] = np.nan
u[heater] = 1.0
work = np.nan_to_num(u)
history = []
for k in range(200):
    work = step(work, 0.04)
    if (k + 1) % 40 == 0:
        v = work[inside]
        history.append((k + 1, v.mean(), v.min(), np.median(v)))
        print("{:4d} mean {:.5f} min {:.2e} median {:.5f}".format(*history[-1]))
u[inside] = work[inside]
print("cells", inside.sum(), "hottest outside the heater", np.nanmax(np.where(heater, np.nan, u)))
print(
    "mean per quarter", [np.nanmean(q).round(4) for h in np.split(u, 2) for q in np.split(h, 2, 1)]
)
with np.printoptions(precision=2, nanstr="--", linewidth=90):
    print(u[::8, ::5])

# implicit step in one dimension, Thomas algorithm, many right-hand sides at once
m, theta = 30, 0.8
rod = np.sin(np.linspace(0, np.pi, m))[:, None] ** np.arange(1, 4)
a, b, c = -theta, 1 + 2 * theta, -theta
cp = np.empty(m)
for _ in range(10):
    d = rod.copy()
    cp[0] = c / b
    d[0] /= b
    for i in range(1, m):
        w = 1 / (b - a * cp[i - 1])
        cp[i] = c * w
        d[i] = (d[i] - a * d[i - 1]) * w
    for i in range(m - 2, -1, -1):
        d[i] -= cp[i] * d[i + 1]
    rod = d
    rod[[0, -1]] = 0
print("rod", rod[m // 2])
total = np.trapezoid(rod, dx=1 / (m - 1), axis=0)
print("heat left", total)
gy, gx = np.gradient(work, 1 / (n - 1))
steepest = np.unravel_index(np.argmax(np.where(inside, np.hypot(gx, gy), 0)), u.shape)
print("steepest at", steepest)
