"""Poisson's equation on an L-shaped domain with linear triangles, assembled with np.add.at."""

import numpy as np


def mesh(n):
    xs = np.linspace(-1, 1, 2 * n + 1)
    X, Y = np.meshgrid(xs, xs, indexing="ij")
    nodes = np.column_stack([X.ravel(), Y.ravel()])
    idx = np.arange(nodes.shape[0]).reshape(X.shape)
    a, b, c, d = idx[:-1, :-1], idx[1:, :-1], idx[1:, 1:], idx[:-1, 1:]
    lower = np.stack([a, b, c], axis=-1).reshape(-1, 3)
    upper = np.stack([a, c, d], axis=-1).reshape(-1, 3)
    tris = np.concatenate([lower, upper])
    centers = nodes[tris].mean(axis=1)
    tris = tris[~((centers[:, 0] > 0) & (centers[:, 1] < 0))]  # cut the corner out
    used, inverse = np.unique(tris, return_inverse=True)
    return nodes[used], inverse.reshape(tris.shape)


def assemble(nodes, tris, f):
    p = nodes[tris]  # (n_tri, 3, 2)
    e = np.roll(p, -1, axis=1) - np.roll(p, -2, axis=1)  # edge opposite to each corner
    area = 0.5 * np.abs(e[:, 0, 0] * e[:, 1, 1] - e[:, 0, 1] * e[:, 1, 0])
    local = np.einsum("tid,tjd->tij", e, e) / (4 * area)[:, None, None]
    K = np.zeros((len(nodes), len(nodes)))
    np.add.at(K, (tris[:, :, None], tris[:, None, :]), local)
    load = np.zeros(len(nodes))
    mid = p.mean(axis=1)
    np.add.at(load, tris, (f(mid[:, 0], mid[:, 1]) * area / 3)[:, None])
    return K, load, area


def boundary(tris):
    edges = np.sort(np.vstack([tris[:, [0, 1]], tris[:, [1, 2]], tris[:, [2, 0]]]), axis=1)
    unique, counts = np.unique(edges, axis=0, return_counts=True)
    return np.unique(unique[counts == 1])


def solve(n):
    nodes, tris = mesh(n)
    K, load, area = assemble(nodes, tris, lambda x, y: np.ones_like(x))
    fixed = np.zeros(len(nodes), bool)
    fixed[boundary(tris)] = True
    free = np.where(~fixed)[0]
    u = np.zeros(len(nodes))
    u[free] = np.linalg.solve(K[np.ix_(free, free)], load[free])
    return nodes, tris, u, K, area.sum()


energies = []
for n in (2, 4, 6):
    nodes, tris, u, K, total = solve(n)
    energies.append(0.5 * u @ K @ u)
    print(
        f"n={n}: {len(nodes):4d} nodes, {len(tris):4d} triangles, area {total:.3f}, "
        f"max {u.max():.6f}, energy {energies[-1]:.6f}"
    )

assert np.allclose(K, K.T)
print("row sums", np.abs(K.sum(axis=1)).max() < 1e-12)
peak = nodes[u.argmax()]
print("peak at", peak)
gradients = np.diff(energies)
rate = np.log2(gradients[0] / gradients[1])
print("rate", rate.round(3))
grad_u = np.zeros((len(tris), 2))
p = nodes[tris]
for k in range(3):
    opposite = p[:, (k + 2) % 3] - p[:, (k + 1) % 3]
    twice = np.linalg.det(np.dstack([p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]]))
    grad_u += u[tris[:, k], None] * np.c_[-opposite[:, 1], opposite[:, 0]] / twice[:, None]
speed = np.hypot(*grad_u.T)
print("steepest", speed.max(), "in triangle", tris[speed.argmax()].tolist())
