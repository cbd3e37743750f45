"""A small CSR matrix class and (preconditioned) conjugate gradients with it."""

import numpy as np


class CSR:
    def __init__(self, rows, cols, vals, shape):
        order = np.lexsort((cols, rows))
        rows, cols, vals = rows[order], cols[order], vals[order]
        new = np.r_[True, (np.diff(rows) != 0) | (np.diff(cols) != 0)]
        self.data = np.add.reduceat(vals, np.flatnonzero(new))
        self.indices = cols[new]
        self.indptr = np.zeros(shape[0] + 1, dtype=np.intp)
        np.cumsum(np.bincount(rows[new], minlength=shape[0]), out=self.indptr[1:])
        self.shape = shape

    @property
    def nnz(self):
        return len(self.data)

    def __matmul__(self, x):
        return np.add.reduceat(self.data * x[self.indices], self.indptr[:-1])

    def row_of_entries(self):
        return np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))

    def diagonal(self):
        d = np.zeros(self.shape[0])
        on = self.indices == self.row_of_entries()
        d[self.indices[on]] = self.data[on]
        return d

    def toarray(self):
        out = np.zeros(self.shape)
        out[self.row_of_entries(), self.indices] = self.data
        return out


def laplacian_2d(n, wind=0.0):
    k = np.arange(n * n).reshape(n, n)
    pairs = [(k[:, :-1], k[:, 1:]), (k[:-1], k[1:])]
    rows = np.concatenate([np.concatenate([a.ravel(), b.ravel()]) for a, b in pairs])
    cols = np.concatenate([np.concatenate([b.ravel(), a.ravel()]) for a, b in pairs])
    vals = np.full(rows.size, -1.0)
    main = np.arange(n * n)
    weight = 1 + 0.5 * np.sin(main)
    return CSR(
        np.concatenate([rows, main, main]),
        np.concatenate([cols, main, main]),
        np.concatenate([vals, np.full(n * n, 4.0), weight]),
        (n * n, n * n),
    )


def cg(A, b, M=None, tol=1e-10, maxiter=500):
    x = np.zeros_like(b)
    r = b - A @ x
    z = r if M is None else M * r
    p = z.copy()
    rz = r @ z
    residuals = [np.sqrt(r @ r)]
    for it in range(maxiter):
        Ap = A @ p
        alpha = rz / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        residuals.append(np.sqrt(r @ r))
        if residuals[-1] < tol * residuals[0]:
            break
        z = r if M is None else M * r
        rz, old = r @ z, rz
        p *= rz / old
        p += z
    return x, np.array(residuals)


n = 20
A = laplacian_2d(n)
grid = np.linspace(0, 1, n)
b = np.outer(np.sin(np.pi * grid), grid * (1 - grid)).ravel()
x, res = cg(A, b)
x_pre, res_pre = cg(A, b, 1 / A.diagonal())
print(f"{A.nnz} nonzeros; {len(res) - 1} iterations, preconditioned {len(res_pre) - 1}")
print("residuals", res[:4], "...", res[-1] < 1e-10)
dense = A.toarray()
direct = np.linalg.solve(dense, b)
print("error", np.abs(x - direct).max() < 1e-9, np.allclose(x_pre, direct))
print("symmetric", (dense == dense.T).all(), "condition %.3f" % np.linalg.cond(dense))
field = x.reshape(n, n)
print(np.array2string(field[::5, ::5], precision=3, suppress_small=True))
