"""Graphs as matrices: PageRank, breadth-first search, components, spanning tree, spectral cut."""

import numpy as np

rng = np.random.default_rng(77)
n = 30
A = (rng.random((n, n)) < 0.08).astype(np.int8)
np.fill_diagonal(A, 0)
A[[0, 5, 9]] = 0  # pages without links


def pagerank(A, d=0.85, tol=1e-12):
    out = A.sum(axis=1)
    dangling = out == 0
    M = np.divide(A, out[:, None], out=np.zeros(A.shape), where=~dangling[:, None]).T
    r = np.full(len(A), 1 / len(A))
    for k in range(1000):
        new = d * (M @ r + r[dangling].sum() / len(A)) + (1 - d) / len(A)
        if np.abs(new - r).sum() < tol:
            return new, k
        r = new
    return r, k


def bfs(A, source):
    level = np.full(len(A), -1)
    frontier = np.zeros(len(A), dtype=bool)
    frontier[source] = True
    depth = 0
    while frontier.any():
        level[frontier] = depth
        frontier = A[frontier].any(axis=0) & (level < 0)
        depth += 1
    return level


def components(S):
    label = np.arange(len(S))
    while True:
        neighbour = np.where(S | np.eye(len(S), dtype=bool), label, len(S)).min(axis=1)
        if np.array_equal(neighbour, label):
            return np.unique(label, return_inverse=True)[1]
        label = neighbour


def prim(D):
    inside = np.zeros(len(D), dtype=bool)
    inside[0] = True
    edges, total = [], 0.0
    for _ in range(len(D) - 1):
        masked = np.where(inside[:, None] & ~inside, D, np.inf)
        i, j = np.unravel_index(np.argmin(masked), D.shape)
        edges.append((int(i), int(j)))
        total += D[i, j]
        inside[j] = True
    return edges, total


rank, iterations = pagerank(A)
top = np.argsort(-rank, kind="stable")[:5]
print("iterations", iterations, "sum", rank.sum().round(12))
for k in top:
    print(f"  page {k:2d} {rank[k]:.5f}, {A[:, k].sum()} links in")
levels = bfs(A.astype(bool), 1)
print("levels", levels, "reached", np.count_nonzero(levels >= 0))
S = (A | A.T).astype(bool)
label = components(S)
print("components", np.bincount(label), "edges", np.triu(S).sum())
triangles = np.trace(np.linalg.matrix_power(S.astype(int), 3)) // 6
print("triangles", triangles)
reach = np.eye(n, dtype=bool) | (A > 0)
for _ in range(int(np.ceil(np.log2(n)))):
    reach = (reach.astype(int) @ reach.astype(int)) > 0
strong = reach & reach.T
print("strong components", len(np.unique(strong, axis=0)))

points = rng.random((18, 2))
points[9:] += 1.2
D = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
edges, total = prim(D)
print("tree", total, "longest", max(D[i, j] for i, j in edges))
W = np.exp(-(D**2) / 0.2)
np.fill_diagonal(W, 0)
deg = W.sum(axis=1)
L = np.eye(len(D)) - W / np.sqrt(np.outer(deg, deg))
vals, vecs = np.linalg.eigh(L)
side = vecs[:, 1] * np.sign(vecs[0, 1]) > 0
print("spectral cut", side.astype(int), "gap", vals[:3].round(5))
cut = W[np.ix_(side, ~side)].sum()
print("cut", cut)

# greedy coloring by degree, colors as bits
order = np.argsort(S.sum(axis=0))[::-1]
color = np.full(n, -1)
for v in order:
    used = set(color[S[v]].tolist())
    color[v] = next(c for c in range(n) if c not in used)
conflicts = (S & (color[:, None] == color)).sum()
print("colors", color.max() + 1, "conflicts", conflicts)
degrees = S.sum(axis=0)
print("degree histogram", dict(zip(*(a.tolist() for a in np.unique(degrees, return_counts=True)))))
