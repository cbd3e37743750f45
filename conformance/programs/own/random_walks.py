"""Random walks: return times, first passages, diffusion, self-avoiding walks, gambler's ruin."""

import numpy as np

np.random.seed(42)

walks = np.random.choice([-1, 1], size=(300, 500)).cumsum(axis=1)
crossed = np.abs(walks) >= 20
hit = crossed.any(axis=1)
first = crossed.argmax(axis=1)[hit] + 1
print(hit.sum(), "walks reach 20, after", first.mean(), "steps on average, earliest", first.min())

returns = (walks == 0).sum(axis=1)
values, counts = np.unique(returns, return_counts=True)
for v, c in list(zip(values, counts))[:5]:
    print(v, c, "*" * (c // 5))

# mean squared displacement in two dimensions
moves = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
choice = np.random.randint(0, 4, size=(200, 256))
tracks = moves[choice].cumsum(axis=1)
lags = 2 ** np.arange(0, 7)
msd = np.array([((tracks[:, lag:] - tracks[:, :-lag]) ** 2).sum(axis=2).mean() for lag in lags])
slope, offset = np.polyfit(np.log(lags), np.log(msd), 1)
print("msd", msd.round(3), "exponent %.4f" % slope)
distance = np.linalg.norm(tracks[:, -1], axis=1)
hist, edges = np.histogram(distance, bins=6, range=(0, 48))
print(hist, edges)


def self_avoiding(max_steps=200):
    grid = np.zeros((64, 64), dtype=bool)
    pos = np.array([32, 32])
    grid[tuple(pos)] = True
    for step in range(max_steps):
        options = [m for m in moves if not grid[tuple((pos + m) % 64)]]
        if not options:
            return step, grid
        pos = (pos + options[np.random.randint(len(options))]) % 64
        grid[pos[0], pos[1]] = True
    return max_steps, grid


lengths = []
for _ in range(8):
    length, grid = self_avoiding()
    lengths.append(length)
    assert grid.sum() == length + 1
print("stuck after", lengths)
rows = np.nonzero(grid.any(axis=1))[0]
cols = np.nonzero(grid.any(axis=0))[0]
box = grid[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
print(box.shape)
print("\n".join("".join(".#"[int(c)] for c in r) for r in box[:8]))

# gambler's ruin as a Markov chain
n, p = 10, 0.48
P = np.zeros((n + 1, n + 1))
P[0, 0] = P[n, n] = 1
i = np.arange(1, n)
P[i, i + 1], P[i, i - 1] = p, 1 - p
Q, R = P[1:n, 1:n], P[1:n, [0, n]]
N = np.linalg.inv(np.eye(n - 1) - Q)
print("ruin", (N @ R)[:, 0].round(4))
print("duration", N.sum(axis=1))
state = np.linalg.matrix_power(P, 64)[5]
print("after 64 games", state[[0, 5, n]])
money = np.full(500, 5)
while ((money > 0) & (money < n)).any():
    playing = (money > 0) & (money < n)
    money += np.where(playing, np.where(np.random.random(500) < p, 1, -1), 0)
ruined = np.mean(money == 0)
print("simulated ruin", ruined)
