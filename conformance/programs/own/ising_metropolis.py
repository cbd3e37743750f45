"""Two-dimensional Ising model: checkerboard Metropolis with the legacy RandomState."""

import numpy as np

N = 24
rs = np.random.RandomState(1234)
checker = np.indices((N, N)).sum(axis=0) % 2


def neighbours(s):
    return np.roll(s, 1, 0) + np.roll(s, -1, 0) + np.roll(s, 1, 1) + np.roll(s, -1, 1)


def sweep(s, beta):
    accepted = 0
    for color in (0, 1):
        dE = 2 * s * neighbours(s)
        flip = (checker == color) & (rs.rand(N, N) < np.exp(-beta * dE))
        s[flip] *= -1
        accepted += flip.sum()
    return accepted


def energy(s):
    return -0.5 * (s * neighbours(s)).sum() / s.size


def autocorrelation(x, n):
    x = x - x.mean()
    return np.array([1.0] + [np.dot(x[:-k], x[k:]) / np.dot(x, x) for k in range(1, n)])


temperatures = np.arange(1.5, 3.6, 0.5)
rows = []
s = np.ones((N, N), dtype=int)
for T in temperatures:
    for _ in range(20):
        sweep(s, 1 / T)
    m, e, acc = [], [], 0
    for _ in range(40):
        acc += sweep(s, 1 / T)
        m.append(abs(s.mean()))
        e.append(energy(s))
    m, e = np.array(m), np.array(e)
    rows.append((T, m.mean(), e.mean(), e.var() * s.size / T**2, m.var() * s.size / T))
    print(f"T={T:.2f} |m|={m.mean():.4f} e={e.mean():.4f} accepted {acc / (40 * s.size):.3f}")
results = np.array(rows)
peak = results[results[:, 3].argmax(), 0]
print("heat capacity is largest at", peak)
tau = autocorrelation(m, 6)
print("autocorrelation", np.array_str(tau, precision=3))


# clusters of the last state, by label propagation
labels = np.arange(1, s.size + 1).reshape(s.shape)
labels = np.where(s > 0, labels, 0)
while True:
    before = labels.copy()
    for axis in (0, 1):
        for shift in (1, -1):
            other = np.roll(labels, shift, axis)
            labels = np.where((s > 0) & (other > labels), other, labels)
    if (labels == before).all():
        break
_, sizes = np.unique(labels[labels > 0], return_counts=True)
sizes[::-1].sort()
print("clusters", len(sizes), "largest", sizes[:3])
final = "\n".join("".join("#" if v > 0 else "." for v in row) for row in s[:6])
print(final)
state = rs.get_state()[2]
