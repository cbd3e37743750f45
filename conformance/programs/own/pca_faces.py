"""Principal components by SVD and by covariance, whitening, reconstruction, a class with fit."""

import numpy as np


class PCA:
    def __init__(self, n_components=None, whiten=False):
        self.n_components = n_components
        self.whiten = whiten

    def fit(self, X):
        X = np.asarray(X, dtype=np.float64)
        self.mean_ = X.mean(axis=0)
        U, S, Vt = np.linalg.svd(X - self.mean_, full_matrices=False)
        signs = np.sign(U[np.abs(U).argmax(axis=0), np.arange(U.shape[1])])
        Vt *= signs[:, np.newaxis]
        var = S**2 / (len(X) - 1)
        k = self.n_components
        if isinstance(k, float):
            k = int(np.searchsorted(np.cumsum(var) / var.sum(), k) + 1)
        self.components_ = Vt[:k]
        self.explained_ = var[:k]
        self.ratio_ = var[:k] / var.sum()
        return self

    def transform(self, X):
        Z = (X - self.mean_) @ self.components_.T
        return Z / np.sqrt(self.explained_) if self.whiten else Z

    def inverse(self, Z):
        if self.whiten:
            Z = Z * np.sqrt(self.explained_)
        return Z @ self.components_ + self.mean_

    def __repr__(self):
        return f"PCA({self.components_.shape[0]} of {self.mean_.size}, {self.ratio_.sum():.3f})"


rng = np.random.default_rng(1)
side = 12
yy, xx = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
patterns = np.array(
    [np.exp(-4 * (xx**2 + yy**2)), xx, yy, np.cos(3 * xx), (np.abs(yy) < 0.3) * 1.0]
)
weights = rng.normal(size=(120, 5)) * np.array([3, 2, 1.5, 1, 0.5])
images = np.einsum("nk,kij->nij", weights, patterns) + 0.05 * rng.normal(size=(120, side, side))
X = images.reshape(len(images), -1)

pca = PCA(0.99).fit(X)
print(pca)
print("ratios", np.round(pca.ratio_, 4))
Z = pca.transform(X)
print("scores uncorrelated:", np.allclose(np.cov(Z.T), np.diag(pca.explained_)))
C = np.cov(X, rowvar=False)
w = np.linalg.eigvalsh(C)[::-1]
print("same spectrum:", np.allclose(w[: len(pca.explained_)], pca.explained_))

errors = []
for k in range(1, 7):
    p = PCA(k).fit(X)
    errors.append(np.sqrt(np.mean((p.inverse(p.transform(X)) - X) ** 2)))
errors = np.array(errors)
print("rms by components", errors.round(4))
white = PCA(3, whiten=True).fit(X).transform(X)
print("whitened", white.std(axis=0, ddof=1), np.abs(white.mean(axis=0)).max() < 1e-12)

outlier = np.argsort(((pca.inverse(Z) - X) ** 2).sum(axis=1))[-3:]
print("worst images", outlier)
first = pca.components_[0].reshape(side, side)
shades = np.digitize(first, np.linspace(first.min(), first.max(), 5)[1:-1])
print("\n".join("".join(" .:#"[v] for v in row) for row in shades[::2]))
G = X @ X.T
D2 = np.diag(G)[:, None] + np.diag(G)[None, :] - 2 * G
J = np.eye(len(X)) - 1 / len(X)
mds = -0.5 * J @ D2 @ J
top = np.linalg.eigvalsh(mds)[-3:][::-1]
print("classical scaling", np.allclose(top / (len(X) - 1), pca.explained_[:3]))
