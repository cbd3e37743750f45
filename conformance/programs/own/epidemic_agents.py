"""An epidemic three ways: differential equations, stochastic agents on a torus, a fitted curve."""

import numpy as np

N, beta, gamma = 400, 0.35, 0.1


def sir(y, t):
    s, i, r = y
    return np.array([-beta * s * i, beta * s * i - gamma * i, gamma * i])


def rk4(f, y, ts):
    out = np.empty((len(ts), len(y)))
    out[0] = y
    for k, (t, h) in enumerate(zip(ts[:-1], np.diff(ts))):
        k1 = f(y, t)
        k2 = f(y + h / 2 * k1, t + h / 2)
        k3 = f(y + h / 2 * k2, t + h / 2)
        k4 = f(y + h * k3, t + h)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        out[k + 1] = y
    return out


ts = np.linspace(0, 120, 241)
curve = rk4(sir, np.array([0.99, 0.01, 0.0]), ts)
peak = curve[:, 1].argmax()
print(f"peak {curve[peak, 1]:.5f} on day {ts[peak]:.1f}, final size {curve[-1, 2]:.5f}")
final = 0.9
for _ in range(100):
    final = 1 - 0.99 * np.exp(-beta / gamma * final)
print("final size equation", final, "sum stays", np.ptp(curve.sum(axis=1)) < 1e-12)


class Agents:
    SUSCEPTIBLE, INFECTED, RECOVERED = range(3)

    def __init__(self, n, seed):
        self.rng = np.random.default_rng(seed)
        self.pos = self.rng.random((n, 2))
        self.state = np.zeros(n, dtype=np.int8)
        self.days = np.zeros(n, dtype=np.int16)
        self.infected_by = np.full(n, -1)
        self.state[self.rng.choice(n, 4, replace=False)] = self.INFECTED

    def step(self):
        self.pos = (self.pos + self.rng.normal(0, 0.03, self.pos.shape)) % 1.0
        ill = np.flatnonzero(self.state == self.INFECTED)
        well = np.flatnonzero(self.state == self.SUSCEPTIBLE)
        d = np.abs(self.pos[well, None] - self.pos[ill])
        d = np.minimum(d, 1 - d)
        close = (d**2).sum(axis=-1) < 0.05**2
        caught = close & (self.rng.random(close.shape) < 0.25)
        new = caught.any(axis=1)
        self.infected_by[well[new]] = ill[caught[new].argmax(axis=1)]
        self.days[ill] += 1
        done = ill[self.rng.random(ill.size) < 0.1]
        self.state[well[new]] = self.INFECTED
        self.state[done] = self.RECOVERED

    def counts(self):
        return np.bincount(self.state, minlength=3)


world = Agents(N, 4)
history = [world.counts()]
while history[-1][1] and len(history) < 150:
    world.step()
    history.append(world.counts())
history = np.array(history)
print("days", len(history) - 1, "most ill", history[:, 1].max(), "end", history[-1])
children = np.bincount(world.infected_by[world.infected_by >= 0], minlength=N)
print("infections passed on", np.bincount(children)[:6], "by the worst", children.max())
print("mean illness", world.days[world.state == Agents.RECOVERED].mean())
generation = np.zeros(N, dtype=int)
for k in np.argsort(-world.days):
    chain, j = 0, k
    while world.infected_by[j] >= 0:
        chain, j = chain + 1, world.infected_by[j]
    generation[k] = chain
print("generations", generation.max(), np.unique(generation[:50]))

early = history[1:12, 1]
days = np.arange(early.size)
rate, log0 = np.polyfit(days, np.log(np.maximum(early, 1)), 1)
print("growth per day %.4f, doubling in %.2f days" % (rate, np.log(2) / rate))
smooth = np.convolve(history[:, 1], np.ones(7) / 7, mode="valid")
weekly = np.add.reduceat(history[:, 1], np.arange(0, len(history), 7))
print("weekly", weekly[:10])
print("turning points", np.count_nonzero(np.diff(np.sign(np.diff(smooth)))))
print("cumulative", np.maximum.accumulate(N - history[:, 0])[::20])
