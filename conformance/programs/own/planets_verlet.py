"""A planetary system: bodies as objects holding vectors, symplectic and Runge-Kutta steps."""

from dataclasses import dataclass, field

import numpy as np

G = 4 * np.pi**2


@dataclass
class Body:
    name: str
    mass: float
    position: np.ndarray
    velocity: np.ndarray
    trail: list = field(default_factory=list)

    @property
    def kinetic(self):
        return 0.5 * self.mass * self.velocity @ self.velocity


def accelerations(positions, masses, soft=1e-3):
    d = positions[np.newaxis, :, :] - positions[:, np.newaxis, :]
    r2 = (d**2).sum(axis=-1) + soft**2
    np.fill_diagonal(r2, np.inf)
    return G * np.einsum("ijk,ij,j->ik", d, r2**-1.5, masses)


class System:
    def __init__(self, bodies):
        self.bodies = bodies
        self.masses = np.array([b.mass for b in bodies])
        self.x = np.array([b.position for b in bodies])
        self.v = np.array([b.velocity for b in bodies])
        self.v -= (self.masses[:, None] * self.v).sum(axis=0) / self.masses.sum()
        self.a = accelerations(self.x, self.masses)

    def step(self, dt):
        self.v += 0.5 * dt * self.a
        self.x += dt * self.v
        self.a = accelerations(self.x, self.masses)
        self.v += 0.5 * dt * self.a

    def energy(self):
        kinetic = 0.5 * np.sum(self.masses * np.sum(self.v * self.v, axis=1))
        i, j = np.triu_indices(len(self.masses), k=1)
        r = np.linalg.norm(self.x[i] - self.x[j], axis=1)
        return kinetic - G * np.sum(self.masses[i] * self.masses[j] / r)

    def angular_momentum(self):
        return (self.masses[:, None] * np.cross(self.x, self.v)).sum(axis=0)

    def write_back(self):
        for body, x, v in zip(self.bodies, self.x, self.v):
            body.position, body.velocity = x.copy(), v.copy()
            body.trail.append(tuple(np.round(x, 6)))


def circular(name, mass, radius, angle, tilt=0.0):
    c, s = np.cos(angle), np.sin(angle)
    speed = np.sqrt(G / radius)
    position = radius * np.array([c, s, 0.0])
    velocity = speed * np.array([-s * np.cos(tilt), c * np.cos(tilt), np.sin(tilt)])
    return Body(name, mass, position, velocity)


sun = Body("sun", 1.0, np.zeros(3), np.zeros(3))
bodies = [sun, circular("earth", 3e-6, 1.0, 0.0), circular("jupiter", 9.5e-4, 5.2, 1.0, 0.02)]
bodies += [circular(f"rock{k}", 1e-9, 2.0 + 0.3 * k, 0.7 * k, 0.1) for k in range(4)]
system = System(bodies)
e0, l0 = system.energy(), system.angular_momentum()
drift = []
for step in range(400):
    system.step(0.005)
    if step % 80 == 0:
        system.write_back()
        drift.append((system.energy() - e0) / abs(e0))
drift = np.array(drift)
print("energy", e0, "drift", np.abs(drift).max() < 1e-4)
print("angular momentum kept:", np.allclose(system.angular_momentum(), l0))
for body in bodies[:3]:
    print(f"{body.name:8s} {np.array2string(body.position, precision=4)} {body.kinetic:.3e}")
momentum = system.masses @ system.v
print("momentum", np.abs(momentum).max() < 1e-15)
distances = np.sqrt(((system.x[:, None] - system.x) ** 2).sum(-1))
closest = np.unravel_index(np.where(distances > 0, distances, np.inf).argmin(), distances.shape)
print("closest pair", [bodies[k].name for k in closest])
period = 2 * np.pi * np.sqrt(np.linalg.norm(system.x, axis=1)[1:] ** 3 / G)
print(period.round(4))
