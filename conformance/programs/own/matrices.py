"""np.matrix and friends as in old programs: products, bmat, linear algebra, printing, Kalman steps."""

from math import sqrt

import numpy as np
from numpy import asmatrix, bmat, eye, matrix, zeros
from numpy.linalg import LinAlgError, eig, eigh, inv, matrix_rank, pinv, qr, slogdet, solve

A = matrix([[2, 1], [1, 3]])
B = np.asmatrix("1 2; 3 4")
x = matrix("1; 2")
print(A, repr(B), A * B, A * x, A**2, A**-1, A.T, A.I * A, A.A, A.A1, type(A.A).__name__)
print(
    A[0],
    A[0].shape,
    A[:, 1],
    A[0, 1],
    A[A > 1],
    type(A[0]).__name__,
    A.sum(),
    A.sum(axis=0),
    A.mean(1),
    A.max(0),
    A.argmax(1),
)
print(
    np.multiply(A, B),
    A + 1,
    2 * A,
    A / 2.0,
    np.dot(A, x),
    A @ B,
    A == B,
    (A * x).A1,
    A.flatten(),
    A.ravel(),
    A.reshape(1, 4),
)
print(
    type(A * B).__name__,
    type(A + np.ones((2, 2))).__name__,
    type(np.ones((2, 2)) * A).__name__,
    type(np.asarray(A)).__name__,
    isinstance(A, np.ndarray),
    type(np.sqrt(A)).__name__,
)
C = bmat([[A, zeros((2, 1))], [zeros((1, 2)), eye(1)]])
print(
    C,
    bmat("A, B; B, A").shape,
    np.block([[A, B]]).shape,
    type(np.hstack([A, B])).__name__,
    np.diag(A),
    np.trace(A),
    A.tolist(),
)
A[0, 0] = 5
A[1] = [7, 8]
C[:2, :2] += 10
print(
    A, C, A.dtype, A.getT() is A.T, A.squeeze().shape, [row.tolist() for row in A], [v for v in x]
)
try:
    print(A * matrix([1, 2]))
except ValueError as error:
    print("ValueError:", error)
try:
    matrix([[[1]]])
except ValueError as error:
    print("ValueError:", error)

S = np.array([[4.0, 1, 0], [1, 3, 1], [0, 1, 2]])
b = np.array([1.0, 2.0, 3.0])
print(
    solve(S, b),
    inv(S) @ b,
    S @ solve(S, b) - b < 1e-12,
    slogdet(S),
    matrix_rank(np.outer(b, b)),
    np.linalg.det(S),
)
values, vectors = eigh(S)
print(
    values,
    np.abs(vectors).round(6),
    np.allclose(vectors @ np.diag(values) @ vectors.T, S),
    eig(matrix([[0, 1], [-1, 0]]))[0],
)
result = eig(S)
print(
    type(result).__name__,
    np.sort(result.eigenvalues),
    result._fields,
    np.linalg.eigvalsh(S),
    np.linalg.norm(S, 2),
    np.linalg.cond(S),
)
Q, R = qr(S)
print(
    np.abs(R).round(6),
    np.allclose(Q @ R, S),
    np.tril(R, -1).any(),
    qr(S, mode="r").shape,
    np.linalg.cholesky(S).round(6),
)
U, s, Vt = np.linalg.svd(np.vander([1.0, 2, 3, 4], 3), full_matrices=False)
print(
    s,
    U.shape,
    Vt.shape,
    pinv(S).round(5),
    np.linalg.svd(S, compute_uv=False),
    np.linalg.matrix_power(matrix([[1, 1], [1, 0]]), 12),
)
try:
    inv(matrix([[1, 2], [2, 4]]))
except LinAlgError as error:
    print("LinAlgError:", error)


def lu(a):
    a = a.astype(float)
    n = len(a)
    order = np.arange(n)
    for k in range(n - 1):
        p = k + np.abs(a[k:, k]).argmax()
        if p != k:
            a[[k, p]] = a[[p, k]]
            order[[k, p]] = order[[p, k]]
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return np.tril(a, -1) + np.eye(n), np.triu(a), order


L, U2, order = lu(np.array([[1, 2, 4], [3, 8, 14], [2, 6, 13]]))
print(L, U2, order, L @ U2)


def gram_schmidt(vectors):
    basis = []
    for v in vectors:
        w = v - sum(np.dot(v, u) * u for u in basis)
        if sqrt(w @ w) > 1e-10:
            basis.append(w / np.linalg.norm(w))
    return np.array(basis)


basis = gram_schmidt(np.array([[3.0, 1.0, 0.0], [2.0, 2.0, 1.0], [5.0, 3.0, 1.0]]))
print(basis, basis.shape, (basis @ basis.T).round(12))
F = asmatrix(np.array([[1, 0.1], [0, 1]]))
H = matrix([1.0, 0.0])
P = asmatrix(np.eye(2)) * 10
state = zeros((2, 1))
state = asmatrix(state)
estimates = []
for k, z in enumerate([0.1, 0.25, 0.28, 0.41, 0.5]):
    state = F * state
    P = F * P * F.T + 1e-3 * eye(2)
    K = P * H.T * (H * P * H.T + 0.05).I
    state = state + K * (z - H * state)
    P = (eye(2) - K * H) * P
    estimates.append(float(state[0, 0]))
    print(f"{k} {estimates[-1]:.6f} {state[1, 0]:.6f} {P[0, 0]:.6f}")
print(
    type(state).__name__,
    type(P).__name__,
    P.shape,
    np.ravel(P),
    np.squeeze(np.asarray(state)),
    state.item(1),
)
G = np.zeros((5, 5), dtype=int)
for i, j in [(0, 1), (1, 2), (2, 3), (3, 0), (2, 4)]:
    G[i, j] = G[j, i] = 1
laplacian = np.diag(G.sum(axis=1)) - G
print(
    laplacian,
    np.linalg.eigvalsh(laplacian).round(6) + 0.0,
    (np.linalg.matrix_power(G, 3).diagonal() // 2).tolist(),
)
reach = np.eye(5, dtype=bool)
for _ in range(3):
    reach |= (reach.astype(int) @ G) > 0
print(reach.all(), reach.sum(axis=1), np.linalg.matrix_power(G, 2)[0], np.triu(G).nonzero())
np.set_printoptions(precision=3, suppress=True, linewidth=60)
print(
    matrix(np.linspace(0, 1, 9)).T[:3],
    asmatrix(S) * 1e-3,
    np.random.RandomState(0).rand(2, 3),
    matrix([[1 + 2j, 3]]).H,
)
