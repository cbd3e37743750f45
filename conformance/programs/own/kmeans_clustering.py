"""k-means++ and Lloyd's iterations, silhouettes, and agglomerative clustering by hand."""

import numpy as np


class KMeans:
    def __init__(self, k, seed=0, max_iter=100):
        self.k, self.max_iter = k, max_iter
        self.random = np.random.RandomState(seed)

    def _init(self, X):
        centers = [X[self.random.randint(len(X))]]
        for _ in range(1, self.k):
            d2 = np.min([np.sum((X - c) ** 2, axis=1) for c in centers], axis=0)
            cdf = np.cumsum(d2 / d2.sum())
            centers.append(X[np.searchsorted(cdf, self.random.rand())])
        return np.array(centers)

    def fit(self, X):
        self.centers = self._init(X)
        self.inertia_history = []
        for self.n_iter in range(1, self.max_iter + 1):
            d2 = ((X[:, None, :] - self.centers[None]) ** 2).sum(-1)
            self.labels = d2.argmin(1)
            self.inertia_history.append(d2.min(1).sum())
            new = self.centers.copy()
            for j in range(self.k):
                members = X[self.labels == j]
                if len(members):
                    new[j] = members.mean(0)
            if np.allclose(new, self.centers):
                break
            self.centers = new
        return self


def silhouette(X, labels):
    D = np.sqrt(((X[:, None] - X) ** 2).sum(axis=2))
    score = np.zeros(len(X))
    for i, own in enumerate(labels):
        same = labels == own
        a = D[i, same].sum() / max(same.sum() - 1, 1)
        b = min(D[i, labels == other].mean() for other in np.unique(labels) if other != own)
        score[i] = (b - a) / max(a, b)
    return score


def single_linkage(X, n_clusters):
    D = np.linalg.norm(X[:, None] - X, axis=-1)
    np.fill_diagonal(D, np.inf)
    label = np.arange(len(X))
    merges = []
    while len(np.unique(label)) > n_clusters:
        i, j = divmod(int(D.argmin()), len(X))
        merges.append((i, j, D[i, j]))
        a, b = label[i], label[j]
        label[label == b] = a
        members = np.flatnonzero(label == a)
        D[np.ix_(members, members)] = np.inf
    return np.unique(label, return_inverse=True)[1], merges


rng = np.random.default_rng(3)
true_centers = np.array([[0, 0], [4, 4], [-4, 3]])
sizes = [30, 25, 20]
X = np.vstack([c + rng.normal(size=(n, 2)) for c, n in zip(true_centers, sizes)])
y = np.repeat(np.arange(3), sizes)
shuffle = rng.permutation(len(X))
X, y = X[shuffle], y[shuffle]

for k in (2, 3, 4):
    model = KMeans(k, seed=k).fit(X)
    s = silhouette(X, model.labels)
    print(
        f"k={k} inertia {model.inertia_history[-1]:.3f} after {model.n_iter}, "
        f"silhouette {s.mean():.4f}, sizes {np.bincount(model.labels).tolist()}"
    )
model = KMeans(3, seed=1).fit(X)
order = np.lexsort(model.centers.T[::-1])
print("centers\n", model.centers[order])
table = np.zeros((3, 3), dtype=int)
np.add.at(table, (y, model.labels), 1)
print(table)
purity = table.max(axis=0).sum() / len(X)
print("purity", purity)
decreasing = np.all(np.diff(model.inertia_history) <= 1e-9)
print("monotone:", decreasing)
labels, merges = single_linkage(X[:30], 4)
print("linkage", np.bincount(labels), "last distance", round(float(merges[-1][2]), 4))
spread = np.array([X[model.labels == j].std(axis=0) for j in range(3)])
print(spread[order].round(3))
