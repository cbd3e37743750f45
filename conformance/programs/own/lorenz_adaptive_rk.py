"""Lorenz attractor with an adaptive Dormand-Prince integrator, sections and Lyapunov exponent."""

import numpy as np

# Butcher tableau of RK45
C = np.array([0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1])
A = np.zeros((7, 7))
A[1, :1] = [1 / 5]
A[2, :2] = [3 / 40, 9 / 40]
A[3, :3] = [44 / 45, -56 / 15, 32 / 9]
A[4, :4] = [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729]
A[5, :5] = [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656]
A[6, :6] = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]
B = A[6].copy()
B4 = np.array([5179 / 57600, 0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40])


def lorenz(t, u, sigma=10.0, rho=28.0, beta=8 / 3):
    x, y, z = u
    return np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])


def rk45(f, t0, t1, u0, rtol=1e-6, atol=1e-9):
    t, u, h = t0, np.asarray(u0, dtype=float), 1e-2
    ts, us = [t], [u]
    n_rejected = 0
    k = np.empty((7, u.size))
    while t < t1:
        h = min(h, t1 - t)
        k[0] = f(t, u)
        for i in range(1, 7):
            k[i] = f(t + C[i] * h, u + h * (A[i, :i] @ k[:i]))
        new = u + h * (B @ k)
        scale = atol + rtol * np.maximum(np.abs(u), np.abs(new))
        err = np.sqrt(np.mean((h * ((B - B4) @ k) / scale) ** 2))
        if err <= 1:
            t, u = t + h, new
            ts.append(t)
            us.append(u)
        else:
            n_rejected += 1
        h *= float(np.clip(0.9 * err ** (-0.2), 0.2, 5.0)) if err > 0 else 5.0
    return np.array(ts), np.vstack(us), n_rejected


def jacobian(u, sigma=10.0, rho=28.0, beta=8 / 3):
    return np.array([[-sigma, sigma, 0], [rho - u[2], -1, -u[0]], [u[1], u[0], -beta]])


times, states, rejected = rk45(lorenz, 0.0, 4.0, [1.0, 1.0, 1.0])
print(f"{len(times)} steps, {rejected} rejected, smallest {np.diff(times).min():.5f}")
print("end", states[-1])

# crossings of the plane z = 27 upwards, by linear interpolation
above = states[:, 2] > 27
up = np.flatnonzero(~above[:-1] & above[1:])
w = (27 - states[up, 2]) / (states[up + 1, 2] - states[up, 2])
section = states[up] * (1 - w[:, None]) + states[up + 1] * w[:, None]
print("section\n", np.round(section, 4))

# largest exponent from a tangent vector carried along
v = np.ones(3) / np.sqrt(3)
growth = 0.0
for u, dt in zip(states[:-1], np.diff(times)):
    v = v + dt * jacobian(u) @ v
    norm = np.linalg.norm(v)
    growth += np.log(norm)
    v /= norm
exponent = growth / times[-1]
print("exponent %.4f" % exponent)
extent = np.ptp(states, axis=0)
lobes = np.sign(states[:, 0]).astype(int)
n_switches = int(np.count_nonzero(np.diff(lobes)))
print("extent", extent, "switches", n_switches)
