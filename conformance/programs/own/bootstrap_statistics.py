"""Resampling: bootstrap intervals, permutation test, jackknife, quantile definitions, ranks."""

import numpy as np

rng = np.random.default_rng(99)
control = rng.gamma(3.0, 2.0, size=40).round(2)
treated = (rng.gamma(3.0, 2.0, size=35) + 1.0).round(2)


def describe(name, x):
    q1, q2, q3 = np.percentile(x, [25, 50, 75])
    skew = np.mean((x - x.mean()) ** 3) / x.std() ** 3
    print(
        f"{name:8} n={x.size} mean={x.mean():.3f} sd={x.std(ddof=1):.3f} "
        f"median={q2:.3f} iqr={q3 - q1:.3f} skew={skew:.3f} range={np.ptp(x):.2f}"
    )


def bootstrap(x, statistic, n=1000, level=0.95):
    idx = rng.integers(0, len(x), size=(n, len(x)))
    values = statistic(x[idx], axis=1)
    alpha = (1 - level) / 2
    return values, np.quantile(values, [alpha, 1 - alpha])


describe("control", control)
describe("treated", treated)
intervals = {}
for f in (np.mean, np.median, np.std):
    values, intervals[f.__name__] = bootstrap(control, f)
    print(f.__name__, intervals[f.__name__], "bias", (values.mean() - f(control)).round(4))

# permutation test of the difference of means
pooled = np.concatenate([control, treated])
observed = treated.mean() - control.mean()
diffs = np.empty(800)
for k in range(800):
    shuffled = rng.permutation(pooled)
    diffs[k] = shuffled[40:].mean() - shuffled[:40].mean()
p_value = (np.abs(diffs) >= abs(observed)).mean()
print("difference %.4f p = %.4f" % (observed, p_value))

# jackknife without a loop
n = control.size
leave_one_out = (control.sum() - control) / (n - 1)
se = np.sqrt((n - 1) / n * np.sum((leave_one_out - leave_one_out.mean()) ** 2))
print("jackknife se", se, np.isclose(se, control.std(ddof=1) / np.sqrt(n)))


# ranks with ties, Spearman
def ranks(x):
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2.0)[inverse]


a = np.round(control[:30], 0)
b = np.round(a + rng.normal(0, 2, 30), 0)
rho = np.corrcoef(ranks(a), ranks(b))[0, 1]
print("spearman", rho)
u_statistic = ranks(pooled)[:40].sum() - 40 * 41 / 2
print("Mann-Whitney U", u_statistic)

methods = [
    "linear",
    "lower",
    "higher",
    "nearest",
    "midpoint",
    "hazen",
    "weibull",
    "median_unbiased",
]
for method in methods:
    print(f"{method:16s}", np.quantile(control, [0.1, 0.5, 0.9], method=method))
weighted = np.average(control, weights=np.linspace(1, 2, n), returned=True)
print("weighted", weighted)
trimmed = np.sort(control)[4:-4].mean()
mad = np.median(np.abs(control - np.median(control)))
outliers = control[np.abs(control - np.median(control)) > 3 * mad]
print(trimmed, mad, outliers)
ecdf = np.searchsorted(np.sort(control), [2, 5, 8, 12], side="right") / n
print("ecdf", ecdf)
with_gaps = control.copy()
with_gaps[::7] = np.nan
print(
    np.nanmean(with_gaps),
    np.nanstd(with_gaps),
    np.nanpercentile(with_gaps, 90),
    np.isnan(with_gaps).sum(),
)
