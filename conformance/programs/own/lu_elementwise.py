"""LU decomposition, substitution and determinants, element by element and by rows."""

import numpy as np


class SingularMatrix(Exception):
    pass


def lu(A):
    """Doolittle with partial pivoting, in scalar loops."""
    U = np.array(A, dtype=float)
    n = U.shape[0]
    L = np.eye(n)
    P = np.arange(n)
    swaps = 0
    for k in range(n - 1):
        p = k
        for i in range(k + 1, n):
            if abs(U[i, k]) > abs(U[p, k]):
                p = i
        if U[p, k] == 0:
            raise SingularMatrix(f"column {k}")
        if p != k:
            U[[k, p]] = U[[p, k]]
            L[[k, p], :k] = L[[p, k], :k]
            P[k], P[p] = P[p], P[k]
            swaps += 1
        for i in range(k + 1, n):
            L[i, k] = U[i, k] / U[k, k]
            for j in range(k, n):
                U[i, j] -= L[i, k] * U[k, j]
    if U[n - 1, n - 1] == 0:
        raise SingularMatrix("last pivot")
    return P, L, U, swaps


def forward(L, b):
    y = np.zeros_like(b, dtype=float)
    for i in range(len(b)):
        y[i] = (b[i] - L[i, :i] @ y[:i]) / L[i, i]
    return y


def backward(U, y):
    x = np.zeros_like(y)
    for i in reversed(range(len(y))):
        x[i] = (y[i] - U[i, i + 1 :] @ x[i + 1 :]) / U[i, i]
    return x


def inverse(A):
    P, L, U, _ = lu(A)
    columns = [backward(U, forward(L, e)) for e in np.eye(len(A))[P].T]
    return np.array(columns).T


def gauss_jordan(A):
    """Reduced row echelon form and rank."""
    M = A.astype(float)
    row, pivots = 0, []
    for col in range(M.shape[1]):
        below = np.abs(M[row:, col])
        if row == M.shape[0] or below.max() < 1e-12:
            continue
        k = row + below.argmax()
        M[[row, k]] = M[[k, row]]
        M[row] /= M[row, col]
        others = np.arange(M.shape[0]) != row
        M[others] -= np.outer(M[others, col], M[row])
        pivots.append(col)
        row += 1
        if row == M.shape[0]:
            break
    return M, pivots


rng = np.random.default_rng(12)
A = rng.integers(-9, 10, size=(7, 7)).astype(float)
P, L, U, swaps = lu(A)
print("PA = LU:", np.allclose(A[P], L @ U), "permutation", P, "swaps", swaps)
with np.printoptions(precision=3, suppress=True):
    print(U)
det = (-1) ** swaps * U.diagonal().prod()
print("det", det, np.isclose(det, np.linalg.det(A)))
b = A @ np.arange(1.0, 8.0)
x = backward(U, forward(L, b[P]))
print("x", x.round(10))
r = b - A @ x
print("residual small:", np.linalg.norm(r, np.inf) < 1e-10, np.linalg.norm(A, 1), np.linalg.norm(A))
print("inverse:", np.allclose(inverse(A) @ A, np.eye(7)))

hilbert = 1.0 / (np.arange(1, 7)[:, None] + np.arange(6))
condition = np.linalg.cond(hilbert)
error = np.abs(inverse(hilbert) @ hilbert - np.eye(6)).max()
print("hilbert cond %.4e" % condition, "error below 1e-8:", error < 1e-8)
R, pivots = gauss_jordan(np.array([[1, 2, 3, 4], [2, 4, 6, 8], [1, 0, 1, 0]]))
print(R, pivots, len(pivots) == np.linalg.matrix_rank(R))
for bad in (np.ones((3, 3)), np.zeros((2, 2))):
    try:
        lu(bad)
    except SingularMatrix as e:
        print("singular:", e)
try:
    np.linalg.inv(np.zeros((2, 2)))
except np.linalg.LinAlgError as e:
    message = str(e)
    print(type(e).__name__, message)
# fraction-free elimination over the integers
M = rng.integers(-4, 5, size=(5, 5)) + 9 * np.eye(5, dtype=int)
exact = np.linalg.det(M).round()
B, previous = M.astype(object), 1
for k in range(4):
    for i in range(k + 1, 5):
        for j in range(k + 1, 5):
            B[i, j] = (B[i, j] * B[k, k] - B[i, k] * B[k, j]) // previous
    previous = B[k, k]
bareiss = B[4, 4]
print("integer determinant", bareiss, float(exact))
