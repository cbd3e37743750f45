"""European, Asian and barrier options by simulation, next to closed formulas."""

from math import erf

import numpy as np

rng = np.random.default_rng(20240229)
S0, K, r, sigma, T = 100.0, 105.0, 0.03, 0.2, 1.0

phi = np.vectorize(lambda x: 0.5 * (1 + erf(x / np.sqrt(2))))


def black_scholes(S, K, r, sigma, T, call=True):
    d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
    d2 = d1 - sigma * np.sqrt(T)
    sign = 1 if call else -1
    return sign * (S * phi(sign * d1) - K * np.exp(-r * T) * phi(sign * d2))


def paths(n_paths, n_steps, antithetic=True):
    dt = T / n_steps
    z = rng.standard_normal((n_paths // 2 if antithetic else n_paths, n_steps))
    if antithetic:
        z = np.concatenate([z, -z])
    steps = (r - 0.5 * sigma**2) * dt + sigma * np.sqrt(dt) * z
    return S0 * np.exp(np.cumsum(steps, axis=1))


def price(payoff):
    discounted = np.exp(-r * T) * payoff
    return discounted.mean(), discounted.std(ddof=1) / np.sqrt(len(discounted))


S = paths(4000, 50)
call = np.maximum(S[:, -1] - K, 0)
put = np.maximum(K - S[:, -1], 0)
asian = np.clip(S.mean(axis=1) - K, 0, None)
lookback = S.max(axis=1) - S[:, -1]
alive = ~np.any(S > 130, axis=1)
up_and_out = np.where(alive, call, 0.0)

prices = {}
for name in ("call", "put", "asian", "lookback", "up_and_out"):
    prices[name] = price(globals()[name])
    print("{:<12s}{:9.4f} +- {:.4f}".format(name, *prices[name]))
exact = black_scholes(S0, K, r, sigma, T)
print("exact call", exact, "within", abs(prices["call"][0] - exact) < 4 * prices["call"][1])

# control variate
X, Y = S[:, -1] * np.exp(-r * T), asian * np.exp(-r * T)
cov = np.cov(X, Y)
beta = cov[0, 1] / cov[0, 0]
controlled = Y - beta * (X - S0)
print("variance ratio %.3f" % (controlled.var() / Y.var()))

# implied volatility by bisection over a whole row of strikes
strikes = np.arange(80, 125, 10.0)
market = black_scholes(S0, strikes, r, 0.25 - 0.001 * (strikes - 100), T)
low, high = np.full_like(strikes, 0.01), np.full_like(strikes, 1.0)
for _ in range(40):
    mid = (low + high) / 2
    too_high = black_scholes(S0, strikes, r, mid, T) > market
    high[too_high] = mid[too_high]
    low[~too_high] = mid[~too_high]
print("smile", np.round(mid, 4))

# value at risk of a small portfolio of correlated assets
mu = np.array([0.05, 0.02, 0.08]) / 252
vol = np.array([0.2, 0.1, 0.35]) / np.sqrt(252)
corr = np.array([[1, 0.3, 0.5], [0.3, 1, -0.2], [0.5, -0.2, 1]])
L = np.linalg.cholesky(corr * np.outer(vol, vol))
returns = mu + rng.normal(size=(2000, 3)) @ L.T
pnl = returns @ np.array([0.5, 0.3, 0.2])
var95, var99 = np.quantile(-pnl, [0.95, 0.99])
shortfall = -pnl[-pnl >= var99].mean()
print(f"VaR {var95:.5f} {var99:.5f} ES {shortfall:.5f}")
print("sample correlation\n", np.corrcoef(returns.T).round(2))
