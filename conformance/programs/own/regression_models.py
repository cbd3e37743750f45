"""Least squares in several ways: lstsq, ridge, weighted, polynomial, logistic by Newton, lasso."""

import numpy as np

rng = np.random.default_rng(10)
n, d = 80, 5
X = rng.normal(size=(n, d))
X[:, 4] = X[:, 3] + 0.05 * rng.normal(size=n)  # nearly collinear
beta = np.array([1.5, 0.0, -2.0, 0.5, 0.0])
y = 3.0 + X @ beta + 0.3 * rng.normal(size=n)


def ols(X, y):
    A = np.column_stack([np.ones(len(X)), X])
    coef, ss, rank, sv = np.linalg.lstsq(A, y, rcond=None)
    resid = y - A @ coef
    s2 = resid @ resid / (len(y) - A.shape[1])
    se = np.sqrt(s2 * np.diag(np.linalg.inv(A.T @ A)))
    return coef, se, 1 - resid.var() / y.var(), rank, sv


coef, se, r2, rank, sv = ols(X, y)
print("      coef      se       t")
for i, (c, s) in enumerate(zip(coef, se)):
    print(f"b{i} {c:8.4f} {s:7.4f} {c / s:7.2f}")
print("R2 %.5f rank %d condition %.2f" % (r2, rank, sv[0] / sv[-1]))

mu, sd = X.mean(axis=0), X.std(axis=0)
Xs = (X - mu) / sd
yc = y - y.mean()
lambdas = np.logspace(-2, 3, 6)
U, s, Vt = np.linalg.svd(Xs, full_matrices=False)
path = np.array([Vt.T @ (s / (s**2 + lam) * (U.T @ yc)) for lam in lambdas])
dof = (s**2 / (s**2 + lambdas[:, None])).sum(axis=1)
for lam, row, k in zip(lambdas, path, dof):
    print(f"{lam:10.3f}", np.array2string(row, precision=3, floatmode="fixed"), f"{k:.2f}")


def lasso(X, y, lam, n_iter=60):
    w = np.zeros(X.shape[1])
    norm = (X**2).sum(axis=0)
    r = y.copy()
    for _ in range(n_iter):
        for j in range(len(w)):
            r += X[:, j] * w[j]
            rho = X[:, j] @ r
            w[j] = np.sign(rho) * max(abs(rho) - lam, 0) / norm[j]
            r -= X[:, j] * w[j]
    return w


sparse = lasso(Xs, yc, 20.0)
print("lasso", sparse, "zeros", np.flatnonzero(sparse == 0))

# k-fold choice of the degree of a polynomial
t = np.sort(rng.uniform(-1, 1, 60))
f = np.sin(4 * t) + 0.1 * rng.standard_normal(60)
folds = np.array_split(rng.permutation(60), 5)
scores = {}
for degree in range(1, 10, 2):
    err = []
    for k in range(5):
        test = folds[k]
        train = np.concatenate([folds[j] for j in range(5) if j != k])
        c = np.linalg.lstsq(np.vander(t[train], degree + 1), f[train], rcond=None)[0]
        err.append(np.mean((np.polyval(c, t[test]) - f[test]) ** 2))
    scores[degree] = np.mean(err)
    print(degree, "%.5f" % scores[degree])
best = min(scores, key=scores.get)
print("best degree", best)

# logistic regression by Newton's method
p_true = 1 / (1 + np.exp(-(0.5 + 2 * X[:, 0] - X[:, 1])))
labels = (rng.random(n) < p_true).astype(int)
A = np.c_[np.ones(n), X[:, :2]]
w = np.zeros(3)
for it in range(20):
    p = 1 / (1 + np.exp(-A @ w))
    grad = A.T @ (labels - p)
    H = A.T @ (A * (p * (1 - p))[:, None])
    delta = np.linalg.solve(H, grad)
    w += delta
    if np.abs(delta).max() < 1e-10:
        break
loglik = np.sum(labels * np.log(p) + (1 - labels) * np.log1p(-p))
accuracy = ((p > 0.5) == labels).mean()
print("logistic", w, "after", it + 1, "loglik %.4f" % loglik, "accuracy", accuracy)
threshold = np.sort(p)[::-1]
tpr = np.array([(p >= c)[labels == 1].mean() for c in threshold])
fpr = np.array([(p >= c)[labels == 0].mean() for c in threshold])
auc = np.trapezoid(tpr, fpr)
print("auc", auc)
