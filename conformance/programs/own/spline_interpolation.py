"""Natural cubic splines, barycentric and Chebyshev interpolation of the same samples."""

import numpy as np


class CubicSpline:
    def __init__(self, x, y):
        self.x, self.y = np.asarray(x, float), np.asarray(y, float)
        if np.any(np.diff(self.x) <= 0):
            raise ValueError("x must increase")
        h = np.diff(self.x)
        slope = np.diff(self.y) / h
        n = len(self.x)
        lower, main, upper = h[:-1].copy(), 2 * (h[:-1] + h[1:]), h[1:].copy()
        rhs = 6 * np.diff(slope)
        for i in range(1, n - 2):  # Thomas
            w = lower[i] / main[i - 1]
            main[i] -= w * upper[i - 1]
            rhs[i] -= w * rhs[i - 1]
        m = np.zeros(n)
        for i in range(n - 3, -1, -1):
            m[i + 1] = (rhs[i] - upper[i] * m[i + 2]) / main[i]
        self.c = np.stack(
            [self.y[:-1], slope - h * (2 * m[:-1] + m[1:]) / 6, m[:-1] / 2, np.diff(m) / (6 * h)]
        )

    def __call__(self, t, nu=0):
        i = np.clip(np.searchsorted(self.x, t, side="right") - 1, 0, len(self.x) - 2)
        d = t - self.x[i]
        a, b, c, e = self.c[:, i]
        if nu == 0:
            return a + d * (b + d * (c + d * e))
        if nu == 1:
            return b + d * (2 * c + 3 * d * e)
        return 2 * c + 6 * d * e


def barycentric(x, y, t):
    diff = x[:, None] - x[None, :]
    np.fill_diagonal(diff, 1.0)
    w = 1.0 / diff.prod(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        k = w / (t[:, None] - x)
        p = (k @ y) / k.sum(axis=1)
    hit = np.isnan(p)
    if hit.any():
        where = np.abs(t[hit][:, None] - x).argmin(axis=1)
        p[hit] = y[where]
    return p


f = lambda x: np.sin(3 * x) + 0.3 * x**2
x = np.array([-2.0, -1.4, -1.1, -0.5, 0.0, 0.3, 0.9, 1.5, 2.0])
t = np.linspace(-2, 2, 41)
spline = CubicSpline(x, f(x))
errors = {
    "spline": np.abs(spline(t) - f(t)).max(),
    "polynomial": np.abs(barycentric(x, f(x), t) - f(t)).max(),
    "linear": np.abs(np.interp(t, x, f(x)) - f(t)).max(),
}
for name, e in errors.items():
    print(f"{name:12} {e:.6f}")
print("derivative at 0:", spline(0.0, 1), "second at the ends:", spline(np.array([-2, 2]), 2))

nodes = np.polynomial.chebyshev.chebpts1(12) * 2
cheb = np.polynomial.Chebyshev.fit(nodes, f(nodes), 11, domain=[-2, 2])
print(np.abs(cheb(t) - f(t)).max().round(8), cheb.degree())
coef = cheb.coef
print(coef[:4])
p = np.polyfit(t, f(t), 5)
print("polyfit", p, "roots", np.sort_complex(np.roots(p)).round(4))
dp = np.polyder(p)
print("extrema of the fit", np.sort(np.roots(dp).real).round(3))
steps = np.piecewise(t, [t < -1, (t >= -1) & (t < 1), t >= 1], [-1, lambda s: s**2, 7])
print(steps[::8])
try:
    CubicSpline([0, 1, 1], [1, 2, 3])
except ValueError as e:
    message = str(e)
    print("ValueError:", message)
