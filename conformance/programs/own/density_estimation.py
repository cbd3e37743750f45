"""Histograms in one, two and three dimensions, kernel densities, digitize, mutual information."""

import numpy as np

rng = np.random.default_rng(2718)
x = np.concatenate([rng.normal(-2, 0.6, 150), rng.normal(1.5, 1.0, 250)])
y = 0.5 * x + rng.standard_t(5, size=x.size)
z = rng.uniform(-1, 1, x.size)

for bins in ("auto", "fd", "sturges", "scott", 8, [-5, -2, 0, 1, 6]):
    counts, edges = np.histogram(x, bins=bins)
    print(f"{bins!s:22}", counts)
density, edges = np.histogram(x, bins=12, density=True)
print("integral", (density * np.diff(edges)).sum())
width = int(50 / density.max())
for d, lo, hi in zip(density, edges[:-1], edges[1:]):
    print(f"[{lo:6.2f}, {hi:6.2f}) {'#' * int(round(d * width))}")


class KDE:
    def __init__(self, data, bandwidth="scott"):
        self.data = np.atleast_2d(data)
        d, n = self.data.shape
        factor = {"scott": n ** (-1 / (d + 4)), "silverman": (n * (d + 2) / 4) ** (-1 / (d + 4))}
        self.cov = np.atleast_2d(np.cov(self.data)) * factor.get(bandwidth, 1.0) ** 2
        self.inv = np.linalg.inv(self.cov)
        self.norm = n * np.sqrt(np.linalg.det(2 * np.pi * self.cov))

    def __call__(self, points):
        points = np.atleast_2d(points)
        diff = self.data[:, :, None] - points[:, None, :]
        e = np.einsum("inp,ij,jnp->np", diff, self.inv, diff) / 2
        return np.exp(-e).sum(axis=0) / self.norm


grid = np.linspace(-5, 6, 56)
f = KDE(x)(grid)
inner = f[1:-1]
modes = grid[1:-1][(inner > f[:-2]) & (inner > f[2:])]
print("modes", modes, "mass", np.trapezoid(f, grid))
ise = np.mean((KDE(x, "silverman")(grid) - f) ** 2)
print("bandwidths differ by", ise)

H, xe, ye = np.histogram2d(x, y, bins=(6, 5), range=[[-4, 4], [-4, 4]])
print(H.astype(int))
p = H / H.sum()
px, py = p.sum(axis=1, keepdims=True), p.sum(axis=0, keepdims=True)
with np.errstate(divide="ignore", invalid="ignore"):
    terms = p * np.log(p / (px * py))
mutual = np.nansum(terms)
print("mutual information", mutual)
H3, edges3 = np.histogramdd(np.c_[x, y, z], bins=[3, 3, 2], weights=np.abs(z))
print(H3.shape, H3.sum(), H3.max(axis=(0, 1)), [len(e) for e in edges3])

labels = np.digitize(x, np.quantile(x, [0.25, 0.5, 0.75]))
means = np.array([y[labels == k].mean() for k in range(4)])
sums = np.bincount(labels, weights=y)
print("binned", means, np.allclose(sums / np.bincount(labels), means))
two = KDE(np.vstack([x, y]))
gx, gy = np.meshgrid(np.linspace(-4, 4, 8), np.linspace(-4, 4, 6))
surface = two(np.vstack([gx.ravel(), gy.ravel()])).reshape(gx.shape)
print(np.array_str(surface, precision=4, suppress_small=True))
i, j = np.unravel_index(surface.argmax(), surface.shape)
print("highest near", gx[i, j], gy[i, j])
