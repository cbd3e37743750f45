"""Waiting times in queues: Lindley's recursion, several servers, priority by heap, Little's law."""

import heapq

import numpy as np

rng = np.random.default_rng(5)
n = 2000
lam, mu = 0.8, 1.0
arrivals = np.cumsum(rng.exponential(1 / lam, n))
service = rng.exponential(1 / mu, n)

# one server: W[k+1] = max(0, W[k] + S[k] - A[k+1]), as running extremes of a walk
steps = service[:-1] - np.diff(arrivals)
walk = np.concatenate(([0.0], np.cumsum(steps)))
wait = walk - np.minimum.accumulate(walk)
loop = np.zeros(n)
for k in range(n - 1):
    loop[k + 1] = max(0.0, loop[k] + steps[k])
print("one server:", wait.mean(), "loop agrees:", np.allclose(wait, loop))
print("theory", lam / (mu * (mu - lam)))

departures = arrivals + wait + service
events = np.concatenate([arrivals, departures])
change = np.repeat([1, -1], n)
order = np.argsort(events, kind="stable")
length = np.cumsum(change[order])
span = np.diff(events[order])
mean_length = (length[:-1] * span).sum() / span.sum()
print("mean length", mean_length, "Little", lam * (wait + service).mean())
shares = np.bincount(length[:-1], weights=span) / span.sum()
print("shares", np.array2string(shares[:5], formatter={"float_kind": lambda x: "%.4f" % x}))


def many_servers(c):
    free = np.zeros(c)
    waits = np.empty(n)
    used = np.zeros(c, dtype=int)
    for k, (a, s) in enumerate(zip(arrivals, service * c)):
        j = int(np.argmin(free))
        start = max(a, free[j])
        waits[k] = start - a
        free[j] = start + s
        used[j] += 1
    return waits, used


for c in (1, 2, 4):
    waits, used = many_servers(c)
    late = np.count_nonzero(waits > 1)
    print(
        f"{c} servers: mean {waits.mean():.4f} p95 {np.percentile(waits, 95):.4f} late {late}", used
    )

# priorities: shortest job first
waiting, finished, clock = [], np.full(n, np.nan), 0.0
nxt = 0
while nxt < n or waiting:
    while nxt < n and arrivals[nxt] <= clock:
        heapq.heappush(waiting, (service[nxt], nxt))
        nxt += 1
    if not waiting:
        clock = arrivals[nxt]
        continue
    s, k = heapq.heappop(waiting)
    clock += s
    finished[k] = clock
sojourn = finished - arrivals
print("shortest first", sojourn.mean(), "worst", sojourn.max(), np.isnan(finished).any())
thirds = np.array_split(np.argsort(service), 3)
print([round(float(sojourn[t].mean()), 3) for t in thirds])
busy = np.searchsorted(departures, arrivals, side="left")
in_system = np.arange(n) - busy
print("found on arrival", np.bincount(in_system)[:6])
