"""Dynamic programming on tables: knapsack, coins, matrix chains, hidden Markov models."""

import numpy as np

values = np.array([60, 100, 120, 30, 75, 90, 20])
weights = np.array([10, 20, 30, 5, 15, 25, 3])
capacity = 60

best = np.zeros((len(values) + 1, capacity + 1), dtype=int)
for i, (v, w) in enumerate(zip(values, weights), start=1):
    best[i] = best[i - 1]
    best[i, w:] = np.maximum(best[i - 1, w:], best[i - 1, :-w] + v)
taken, room = [], capacity
for i in range(len(values), 0, -1):
    if best[i, room] != best[i - 1, room]:
        taken.append(i - 1)
        room -= weights[i - 1]
print("value", best[-1, -1], "items", sorted(taken), "room left", room)

coins = [1, 5, 10, 25]
ways = np.zeros(101, dtype=np.int64)
ways[0] = 1
fewest = np.full(101, np.iinfo(np.int64).max // 2)
fewest[0] = 0
for c in coins:
    for amount in range(c, 101):
        ways[amount] += ways[amount - c]
        fewest[amount] = min(fewest[amount], fewest[amount - c] + 1)
print("ways", ways[[10, 50, 100]], "fewest", fewest[[30, 67, 99]])

dims = np.array([30, 35, 15, 5, 10, 20, 25])
n = len(dims) - 1
cost = np.zeros((n, n))
split = np.zeros((n, n), dtype=int)
for span in range(1, n):
    for i in range(n - span):
        j = i + span
        k = np.arange(i, j)
        options = cost[i, k] + cost[k + 1, j] + dims[i] * dims[k + 1] * dims[j + 1]
        split[i, j] = k[options.argmin()]
        cost[i, j] = options.min()


def parentheses(i, j):
    if i == j:
        return chr(65 + i)
    k = split[i, j]
    return f"({parentheses(i, k)}{parentheses(k + 1, j)})"


print("chain", cost[0, -1], parentheses(0, n - 1))


class HMM:
    def __init__(self, start, transition, emission):
        self.start, self.A, self.B = map(np.asarray, (start, transition, emission))

    def sample(self, n, rng):
        states, seen = np.empty(n, dtype=np.int8), np.empty(n, dtype=np.int8)
        s = rng.choice(len(self.start), p=self.start)
        for t in range(n):
            states[t] = s
            seen[t] = rng.choice(self.B.shape[1], p=self.B[s])
            s = rng.choice(len(self.start), p=self.A[s])
        return states, seen

    def viterbi(self, seen):
        with np.errstate(divide="ignore"):
            logA, logB = np.log(self.A), np.log(self.B)
            delta = np.log(self.start) + logB[:, seen[0]]
        back = np.zeros((len(seen), len(self.start)), dtype=int)
        for t, o in enumerate(seen[1:], 1):
            scores = delta[:, None] + logA
            back[t] = scores.argmax(axis=0)
            delta = scores.max(axis=0) + logB[:, o]
        path = [int(delta.argmax())]
        for t in range(len(seen) - 1, 0, -1):
            path.append(back[t, path[-1]])
        return np.array(path[::-1]), delta.max()

    def posterior(self, seen):
        n = len(seen)
        alpha, beta, scale = np.zeros((n, 2)), np.ones((n, 2)), np.zeros(n)
        for t in range(n):
            alpha[t] = (alpha[t - 1] @ self.A if t else self.start) * self.B[:, seen[t]]
            scale[t] = alpha[t].sum()
            alpha[t] /= scale[t]
        for t in range(n - 2, -1, -1):
            beta[t] = self.A @ (self.B[:, seen[t + 1]] * beta[t + 1]) / scale[t + 1]
        return alpha * beta, np.log(scale).sum()


casino = HMM([1.0, 0.0], [[0.9, 0.1], [0.2, 0.8]], [[1 / 6] * 6, [0.1] * 5 + [0.5]])
states, rolls = casino.sample(80, np.random.default_rng(21))
path, logp = casino.viterbi(rolls)
gamma, loglik = casino.posterior(rolls)
print("rolls", "".join(map(str, rolls + 1)))
print("truth", "".join("FL"[s] for s in states))
print("guess", "".join("FL"[s] for s in path))
print(
    f"{logp:.5f} <= {loglik:.5f}",
    "agreement",
    np.mean(path == states),
    np.mean(gamma.argmax(1) == states),
)
rows_sum_to_one = np.allclose(gamma.sum(axis=1), 1)
w, v = np.linalg.eig(casino.A.T)
stationary = np.real(v[:, np.isclose(w, 1)][:, 0])
stationary /= stationary.sum()
print("stationary", stationary, rows_sum_to_one)
