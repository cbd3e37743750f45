"""Householder QR, shifted QR iteration, Jacobi rotations and Lanczos, next to numpy.linalg."""

import numpy as np

rng = np.random.default_rng(7)


def householder_qr(A):
    m, n = A.shape
    R = A.astype(float).copy()
    Q = np.eye(m)
    for k in range(min(m - 1, n)):
        x = R[k:, k]
        v = x.copy()
        v[0] += np.copysign(np.linalg.norm(x), x[0])
        v /= np.linalg.norm(v)
        R[k:, k:] -= 2 * np.outer(v, v @ R[k:, k:])
        Q[:, k:] -= 2 * np.outer(Q[:, k:] @ v, v)
    return Q, np.triu(R)


def qr_iteration(A, tol=1e-12):
    A = A.copy()
    n = len(A)
    values = []
    while n > 1:
        for _ in range(200):
            mu = A[n - 1, n - 1]
            Q, R = np.linalg.qr(A[:n, :n] - mu * np.eye(n))
            A[:n, :n] = R @ Q + mu * np.eye(n)
            if np.abs(A[n - 1, : n - 1]).sum() < tol:
                break
        values.append(A[n - 1, n - 1])
        n -= 1
    values.append(A[0, 0])
    return np.sort(values)


def jacobi(A, n_sweeps=8):
    A, V = A.copy(), np.eye(len(A))
    for _ in range(n_sweeps):
        for p in range(len(A)):
            for q in range(p + 1, len(A)):
                if abs(A[p, q]) < 1e-15:
                    continue
                theta = 0.5 * np.arctan2(2 * A[p, q], A[q, q] - A[p, p])
                c, s = np.cos(theta), np.sin(theta)
                G = np.array([[c, s], [-s, c]])
                A[[p, q]] = G.T @ A[[p, q]]
                A[:, [p, q]] = A[:, [p, q]] @ G
                V[:, [p, q]] = V[:, [p, q]] @ G
    order = np.argsort(np.diag(A))
    return np.diag(A)[order], V[:, order]


def lanczos(A, v, m):
    alpha, beta = np.zeros(m), np.zeros(m - 1)
    V = np.zeros((m, len(v)))
    V[0] = v / np.linalg.norm(v)
    for j in range(m):
        w = A @ V[j]
        alpha[j] = w @ V[j]
        w -= V[: j + 1].T @ (V[: j + 1] @ w)
        w -= V[: j + 1].T @ (V[: j + 1] @ w)
        if j + 1 < m:
            beta[j] = np.linalg.norm(w)
            V[j + 1] = w / beta[j]
    return np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1)


B = rng.normal(size=(7, 4))
Q, R = householder_qr(B)
print("QR:", np.allclose(Q @ R, B), np.allclose(Q.T @ Q, np.eye(7)))
Qn, Rn = np.linalg.qr(B, mode="complete")
print("same up to signs:", np.allclose(np.abs(R), np.abs(Rn)))

M = rng.standard_normal((8, 8))
S = (M + M.T) / 2
mine = qr_iteration(S)
w, V = np.linalg.eigh(S)
print("eigenvalues\n", w)
print("QR iteration error below 1e-8:", np.max(np.abs(mine - w)) < 1e-8)
wj, Vj = jacobi(S)
print("Jacobi:", np.allclose(wj, w), np.abs(np.abs(np.sum(Vj * V, axis=0)) - 1).max() < 1e-8)

big = np.diag(np.r_[np.linspace(0, 1, 48), 3.0, 5.0])
T = lanczos(big, np.ones(50), 12)
ritz = np.linalg.eigvalsh(T)
print("Ritz values", ritz[-3:])

x = np.ones(8)
for i in range(60):
    x = S @ x
    x = x / np.abs(x).max()
dominant = (x @ S @ x) / (x @ x)
print("power method %.6f" % dominant)
values, vectors = np.linalg.eig(M)
order = np.lexsort((values.imag, values.real))
print("general", np.round(values[order], 5))
print("trace, det:", np.isclose(values.sum(), np.trace(M)), np.linalg.det(M).round(6))
sv = np.linalg.svd(B, compute_uv=False)
print("singular values", sv, "rank", np.linalg.matrix_rank(B))
