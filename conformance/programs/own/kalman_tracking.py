"""Tracking in the plane: Kalman filter, smoother, extended filter for bearings, particle filter."""

import numpy as np


class KalmanFilter:
    """x' = F x + w, z = H x + v."""

    def __init__(self, F, H, Q, R, x0, P0):
        self.F, self.H, self.Q, self.R = F, H, Q, R
        self.x, self.P = np.array(x0, dtype=float), np.array(P0, dtype=float)
        self.log = []

    def predict(self):
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q
        return self

    def update(self, z):
        prior = self.x.copy(), self.P.copy()
        innovation = z - self.H @ self.x
        S = self.H @ self.P @ self.H.T + self.R
        K = np.linalg.solve(S.T, self.H @ self.P.T).T
        self.x += K @ innovation
        I_KH = np.eye(len(self.x)) - K @ self.H
        self.P = I_KH @ self.P @ I_KH.T + K @ self.R @ K.T  # Joseph
        self.log.append((*prior, self.x.copy(), self.P.copy()))
        return float(innovation @ np.linalg.solve(S, innovation))

    def smooth(self):
        xs, Ps = [self.log[-1][2]], [self.log[-1][3]]
        for k in range(len(self.log) - 2, -1, -1):
            x, P = self.log[k][2:]
            x_prior, P_prior = self.log[k + 1][:2]
            G = P @ self.F.T @ np.linalg.inv(P_prior)
            xs.insert(0, x + G @ (xs[0] - x_prior))
            Ps.insert(0, P + G @ (Ps[0] - P_prior) @ G.T)
        return np.array(xs), np.array(Ps)


dt, q, r = 0.5, 0.05, 0.8
F = np.eye(4) + dt * np.eye(4, k=2)
H = np.eye(2, 4)
G = np.kron([[dt**2 / 2], [dt]], np.eye(2))
Q, R = q * G @ G.T, r**2 * np.eye(2)
rng = np.random.default_rng(30)

n = 60
truth = np.empty((n, 4))
truth[0] = [0, 0, 1, 0.5]
for k in range(1, n):
    truth[k] = F @ truth[k - 1] + G @ rng.normal(0, np.sqrt(q), 2)
measured = truth[:, :2] + rng.normal(0, r, (n, 2))
missing = rng.random(n) < 0.1
measured[missing] = np.nan

kf = KalmanFilter(F, H, Q, R, [0, 0, 0, 0], 10 * np.eye(4))
nis = []
for z in measured:
    kf.predict()
    if np.isnan(z).any():
        kf.log.append((kf.x.copy(), kf.P.copy(), kf.x.copy(), kf.P.copy()))
    else:
        nis.append(kf.update(z))
filtered = np.array([entry[2] for entry in kf.log])
smoothed, Ps = kf.smooth()


def rmse(a):
    return np.sqrt(np.nanmean((a[:, :2] - truth[:, :2]) ** 2))


print(f"measured {rmse(measured):.4f} filtered {rmse(filtered):.4f} smoothed {rmse(smoothed):.4f}")
print("missing", missing.sum(), "mean NIS", np.mean(nis))
print("final state", filtered[-1], "\nfinal covariance\n", kf.P.round(4))
print(
    "covariance symmetric:",
    np.allclose(Ps, Ps.transpose(0, 2, 1)),
    (np.linalg.eigvalsh(Ps) > 0).all(),
)

# particles that see only the bearing from two stations
stations = np.array([[0.0, -20.0], [30.0, 10.0]])


def bearings(xy):
    d = xy[..., np.newaxis, :] - stations
    return np.arctan2(d[..., 1], d[..., 0])


def resample(w, rng):
    positions = (np.arange(len(w)) + rng.random()) / len(w)
    return np.searchsorted(np.cumsum(w), positions).clip(max=len(w) - 1)


N = 300
particles = truth[0] + rng.normal(size=(N, 4))
w = np.full(N, 1 / N)
track, n_resampled = [], 0
for k in range(1, 40):
    particles = particles @ F.T + rng.normal(0, np.sqrt(q), (N, 2)) @ G.T
    z = bearings(truth[k, :2]) + rng.normal(0, 0.03, 2)
    error = np.angle(np.exp(1j * (bearings(particles[:, :2]) - z)))
    w *= np.exp(-0.5 * (error**2).sum(axis=1) / 0.05**2) + 1e-300
    w /= w.sum()
    if 1 / np.sum(w**2) < N / 2:
        particles, w = particles[resample(w, rng)], np.full(N, 1 / N)
        n_resampled += 1
    track.append(np.average(particles, axis=0, weights=w))
track = np.vstack(track)
error = np.hypot(*(track[:, :2] - truth[1:40, :2]).T)
print("particles: mean error %.4f, resampled %d times" % (error.mean(), n_resampled))
