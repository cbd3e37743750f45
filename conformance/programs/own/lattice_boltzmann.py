"""D2Q9 lattice Boltzmann flow past a cylinder."""

import numpy as np

nx, ny = 60, 24
velocities = np.array(
    [[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1], [1, 1], [-1, 1], [-1, -1], [1, -1]]
)
weights = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4)
opposite = np.array([np.where((velocities == -v).all(axis=1))[0][0] for v in velocities])
right, vertical, left = (np.nonzero(velocities[:, 0] == k)[0] for k in (1, 0, -1))
u_in, re = 0.08, 40.0
radius = ny / 8
omega = 1 / (3 * u_in * radius / re + 0.5)

x, y = np.meshgrid(np.arange(nx), np.arange(ny), indexing="ij")
obstacle = (x - nx / 5) ** 2 + (y - ny / 2 - 0.3) ** 2 < radius**2


def equilibrium(rho, u):
    cu = 3.0 * np.tensordot(velocities, u, axes=(1, 0))
    usqr = 1.5 * (u[0] ** 2 + u[1] ** 2)
    return rho * weights[:, None, None] * (1 + cu + 0.5 * cu**2 - usqr)


def macroscopic(f):
    rho = f.sum(axis=0)
    u = np.tensordot(velocities.T, f, axes=1) / rho
    return rho, u


inflow = np.zeros((2, nx, ny))
inflow[0] = u_in * (1 + 1e-4 * np.sin(2 * np.pi * y / (ny - 1)))
f = equilibrium(np.ones((nx, ny)), inflow)
forces = []
for step in range(120):
    f[left, -1, :] = f[left, -2, :]
    rho, u = macroscopic(f)
    u[:, 0, :] = inflow[:, 0, :]
    rho[0] = 1 / (1 - u[0, 0]) * (f[vertical, 0].sum(axis=0) + 2 * f[left, 0].sum(axis=0))
    feq = equilibrium(rho, u)
    f[right, 0] = f[opposite[right], 0] + feq[right, 0] - f[opposite[right], 0]
    out = f - omega * (f - feq)
    bounced = f[:, obstacle]
    out[:, obstacle] = bounced[opposite]
    forces.append((velocities.T @ (bounced - bounced[opposite])).sum(axis=1))
    for i, (cx, cy) in enumerate(velocities):
        f[i] = np.roll(np.roll(out[i], cx, axis=0), cy, axis=1)

rho, u = macroscopic(f)
u[:, obstacle] = 0
speed = np.sqrt(u[0] ** 2 + u[1] ** 2)
vorticity = (np.roll(u[1], -1, 0) - np.roll(u[1], 1, 0)) - (
    np.roll(u[0], -1, 1) - np.roll(u[0], 1, 1)
)
forces = np.array(forces)
print("relaxation", omega, "solid cells", obstacle.sum())
print("mass", rho.sum().round(3), "speed", speed.max().round(5))
print("drag, lift", forces[-1])
print("vorticity", np.percentile(vorticity[1:-1, 1:-1], [5, 50, 95]))
profile = u[0, nx // 2]
print("wake deficit at", profile.argmin(), "of", profile.size)
print(np.array_repr(profile[::6], precision=4))
stable = bool(np.isfinite(f).all())
print(stable)
