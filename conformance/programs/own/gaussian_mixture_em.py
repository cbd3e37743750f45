"""Expectation maximization for a mixture of Gaussians, with model selection and sampling."""

import numpy as np


def logsumexp(a, axis=None, keepdims=False):
    m = np.max(a, axis=axis, keepdims=True)
    out = m + np.log(np.sum(np.exp(a - m), axis=axis, keepdims=True))
    return out if keepdims else np.squeeze(out, axis=axis)


class GaussianMixture:
    def __init__(self, k, reg=1e-6):
        self.k, self.reg = k, reg

    def log_prob(self, X):
        out = np.empty((len(X), self.k))
        for j in range(self.k):
            L = np.linalg.cholesky(self.covs[j])
            half = np.linalg.solve(L, (X - self.means[j]).T)
            logdet = 2 * np.log(np.diag(L)).sum()
            out[:, j] = -0.5 * (X.shape[1] * np.log(2 * np.pi) + logdet + (half**2).sum(0))
        return out + np.log(self.weights)

    def fit(self, X, rng, n_iter=60, tol=1e-6):
        n, d = X.shape
        self.means = X[rng.choice(n, self.k, replace=False)]
        self.covs = np.tile(np.cov(X.T), (self.k, 1, 1))
        self.weights = np.full(self.k, 1 / self.k)
        self.history = [-np.inf]
        for _ in range(n_iter):
            lp = self.log_prob(X)
            total = logsumexp(lp, axis=1, keepdims=True)
            resp = np.exp(lp - total)
            self.history.append(float(total.sum()))
            nk = resp.sum(axis=0)
            self.weights = nk / n
            self.means = resp.T @ X / nk[:, None]
            diff = X[None] - self.means[:, None]
            self.covs = np.einsum("nk,kni,knj->kij", resp, diff, diff) / nk[:, None, None]
            self.covs[:, np.arange(d), np.arange(d)] += self.reg
            if self.history[-1] - self.history[-2] < tol * abs(self.history[-1]):
                break
        return self

    def bic(self, X):
        d = X.shape[1]
        n_par = self.k * (1 + d + d * (d + 1) // 2) - 1
        return n_par * np.log(len(X)) - 2 * self.history[-1]

    def sample(self, n, rng):
        comp = rng.choice(self.k, size=n, p=self.weights)
        noise = rng.standard_normal((n, self.means.shape[1], 1))
        return self.means[comp] + (np.linalg.cholesky(self.covs)[comp] @ noise)[..., 0], comp


rng = np.random.default_rng(17)
A = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], size=120)
B = rng.multivariate_normal([4, -1], [[0.5, 0], [0, 2]], size=80)
X = np.concatenate((A, B))
truth = np.r_[np.zeros(120, int), np.ones(80, int)]

bics = []
for k in (1, 2, 3):
    g = GaussianMixture(k).fit(X, np.random.default_rng(k))
    bics.append(g.bic(X))
    print(f"k={k}: {len(g.history) - 1} iterations, loglik {g.history[-1]:.4f}, BIC {bics[-1]:.4f}")
best = 1 + int(np.argmin(bics))
g = GaussianMixture(2).fit(X, np.random.default_rng(2))
order = np.argsort(g.means[:, 0])
print("weights", g.weights[order])
print("means", g.means[order].tolist())
print("covariances\n", g.covs[order].round(3))
hard = g.log_prob(X).argmax(axis=1)
agreement = max((hard == truth).mean(), (hard != truth).mean())
print("agreement", agreement)
sample, comp = g.sample(500, rng)
print("sample", sample.mean(axis=0), np.bincount(comp))
sign, logdet = np.linalg.slogdet(g.covs)
print("slogdet", sign, logdet[order])
monotone = bool((np.diff(g.history[1:]) > -1e-9).all())
print(monotone, best)
