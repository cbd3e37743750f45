"""SciPy: functions that call ours back, and functions that take our arrays."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from swapped import library, same_as_numpy

scipy = library("scipy")

from scipy import (  # noqa: E402
    fft,
    integrate,
    interpolate,
    linalg,
    ndimage,
    optimize,
    signal,
    sparse,
    spatial,
    special,
    stats,
)
from scipy.cluster import hierarchy, vq  # noqa: E402
from scipy.sparse import csgraph  # noqa: E402


def waves(np: Any, n: int = 64) -> tuple[Any, Any]:
    """Places and a noisy signal over them."""
    x = np.linspace(0.0, 4.0, n)
    noise = np.random.default_rng(5).normal(size=n)
    return x, np.sin(3 * x) + 0.1 * noise


def rosenbrock(np: Any, x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_gradient(np: Any, x: Any) -> Any:
    x = np.array(x)
    gradient = np.zeros_like(x)
    gradient[1:-1] = (
        200 * (x[1:-1] - x[:-2] ** 2) - 400 * (x[2:] - x[1:-1] ** 2) * x[1:-1] - 2 * (1 - x[1:-1])
    )
    gradient[0] = -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0])
    gradient[-1] = 200 * (x[-1] - x[-2] ** 2)
    return gradient


METHODS = "Nelder-Mead Powell CG BFGS L-BFGS-B TNC SLSQP COBYLA trust-constr Newton-CG".split()


@pytest.mark.parametrize("method", METHODS)
@same_as_numpy()
def test_minimize(np: Any, method: str) -> Any:
    start = np.array([1.3, 0.7, 0.8]) * 1.1
    with_gradient = method in ("CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP", "Newton-CG")
    found = optimize.minimize(
        lambda x: rosenbrock(np, np.array(x)),
        start,
        method=method,
        jac=(lambda x: rosenbrock_gradient(np, x)) if with_gradient else None,
        options={"maxfun" if method == "TNC" else "maxiter": 60},
    )
    return found.x, found.x - start, found.fun, found.nfev, found.success, found.message


@pytest.mark.filterwarnings("ignore:'where' used without 'out':UserWarning")  # SciPy's own use
@same_as_numpy()
def test_minimize_with_bounds_and_constraints(np: Any) -> Any:
    weights = np.array([1.0, 2.0, 0.5]) + 0.0
    found = optimize.minimize(
        lambda x: ((np.asarray(x) - weights) ** 2).sum(),
        np.zeros(3),
        bounds=optimize.Bounds(np.zeros(3), np.full(3, 1.5)),
        constraints=[optimize.LinearConstraint(np.ones((1, 3)), 0, 2)],
        method="trust-constr",
    )
    linear = optimize.linprog(
        -weights, A_ub=np.array([[1.0, 1.0, 1.0]]), b_ub=np.array([4.0]), bounds=(0, 3)
    )
    assigned = optimize.linear_sum_assignment(np.array([[4, 1, 3], [2, 0, 5], [3, 2, 2]]) * 2)
    return found.x, linear.x, linear.fun, assigned


@same_as_numpy()
def test_global_minima(np: Any) -> Any:
    def bumpy(x: Any) -> Any:
        x = np.asarray(x)
        return (x**2).sum() - 3 * np.cos(4 * x).sum()

    evolved = optimize.differential_evolution(bumpy, [(-3, 3)] * 2, maxiter=8, rng=1)
    hopped = optimize.basinhopping(bumpy, np.ones(2), niter=3, rng=1)
    scalar = optimize.minimize_scalar(lambda x: np.cosh(np.array([x, x]) - 1).sum())
    return evolved.x, evolved.fun, hopped.x, hopped.fun, scalar.x


@pytest.mark.parametrize("method", ["hybr", "lm", "broyden1", "krylov", "df-sane"])
@same_as_numpy()
def test_root(np: Any, method: str) -> Any:
    def equations(x: Any) -> Any:
        x = np.asarray(x)
        return np.stack([x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]])

    found = optimize.root(equations, np.zeros(2) + 0.1, method=method)
    return found.x, equations(found.x), found.success


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
@same_as_numpy()
def test_least_squares(np: Any, method: str) -> Any:
    x, y = waves(np)

    def residual(p: Any) -> Any:
        return p[0] * np.sin(p[1] * x) - y

    def jacobian(p: Any) -> Any:
        return np.stack([np.sin(p[1] * x), p[0] * x * np.cos(p[1] * x)], axis=1)

    found = optimize.least_squares(residual, np.array([0.8, 2.9]), jac=jacobian, method=method)
    differences = optimize.least_squares(residual, [0.8, 2.9], method=method)
    return found.x, found.fun, found.cost, found.jac, differences.x


@same_as_numpy(fallbacks=1)
def test_curve_fit(np: Any) -> Any:
    x, y = waves(np)
    fitted, covariance = optimize.curve_fit(
        lambda x, a, w: a * np.sin(w * x), x, y, p0=np.array([0.8, 2.9]), sigma=np.ones_like(y)
    )
    return fitted, covariance, np.sqrt(np.diag(covariance))


@pytest.mark.parametrize("method", ["RK45", "DOP853", "Radau", "BDF", "LSODA"])
@same_as_numpy()
def test_solve_ivp(np: Any, method: str) -> Any:
    coupling = np.array([[0.0, 1.0], [-2.0, -0.1]]) * 1.5
    found = integrate.solve_ivp(
        lambda t, y: coupling @ y + np.array([0.0, np.sin(t)]),
        (0.0, 4.0),
        np.array([1.0, 0.0]),
        t_eval=np.linspace(0, 4, 9),
        method=method,
        events=lambda t, y: y[0],
    )
    return found.t, found.y, found.t_events, found.y.sum(axis=0) * coupling[0, 1], found.nfev


@same_as_numpy()
def test_integrals(np: Any) -> Any:
    x, y = waves(np)
    scale = np.array([0.5, 2.0]) * 1.0
    return (
        integrate.quad(lambda t: np.exp(-scale[0] * t**2), 0, 3),
        integrate.quad(lambda t: np.exp(-scale * t**2).sum(), 0, np.inf)[0],
        integrate.quad_vec(lambda t: np.exp(-scale * t**2), 0, 3)[0],
        integrate.dblquad(lambda a, b: np.cos(a * b), 0, 1, 0, 1)[0],
        integrate.simpson(y, x=x),
        integrate.trapezoid(y, x),
        integrate.cumulative_trapezoid(y, x),
        integrate.odeint(lambda y, t: -scale * y, np.ones(2), np.linspace(0, 1, 4)),
        integrate.fixed_quad(lambda t: np.sin(t), 0.0, 2.0, n=5)[0],
    )


@same_as_numpy()
def test_interpolation(np: Any) -> Any:
    x, y = waves(np)
    at = x[:-1] + 0.01
    grid = interpolate.RegularGridInterpolator((x, x), np.outer(y, y))
    points = np.stack([at, at], axis=1)
    spline = interpolate.CubicSpline(x, y)
    return (
        spline(at),
        spline(at, 1) * 2,
        interpolate.interp1d(x, y, kind="quadratic")(at),
        interpolate.make_interp_spline(x, y, k=3)(at),
        interpolate.PchipInterpolator(x, y)(at),
        interpolate.Akima1DInterpolator(x, y)(at),
        interpolate.BarycentricInterpolator(x[::8], y[::8], rng=0)(at),
        interpolate.UnivariateSpline(x, y, s=0.5)(at),
        grid(points),
        interpolate.griddata(points, y[:-1], points[:5] + 0.001, method="nearest"),
        interpolate.RBFInterpolator(np.stack([at, np.cos(at)], axis=1), y[:-1])(points[:5]),
    )


@same_as_numpy()
def test_signals(np: Any) -> Any:
    _, y = waves(np)
    b, a = signal.butter(3, 0.2)
    window = signal.get_window("hann", 15)
    return (
        signal.convolve(y, window / window.sum(), mode="same"),
        signal.fftconvolve(y, y),
        signal.correlate(y, window),
        signal.lfilter(b, a, y),
        signal.filtfilt(b, a, y),
        signal.sosfilt(signal.butter(3, 0.2, output="sos"), y),
        signal.find_peaks(y, height=0.1),
        signal.savgol_filter(y, 7, 2),
        signal.detrend(y),
        signal.resample(y, 20),
        signal.decimate(y, 4),
        signal.hilbert(y),
        signal.spectrogram(y, nperseg=16),
        signal.medfilt(y, 5),
        signal.freqz(b, a, worN=16),
        signal.convolve2d(np.outer(y[:9], y[:9]), np.ones((3, 3)) / 9),
    )


def test_welch_takes_one_signal_for_two() -> None:
    """It asks `y is x` after numpy.asarray(x), which is true of NumPy's arrays alone.

    It then multiplies the spectrum by its conjugate instead of squaring its absolute value, as it
    does for NumPy's arrays that are not the same object.
    """
    import lazynp as np

    _, y = waves(np)
    plain = numpy.array(y)
    _, ours = signal.welch(y, nperseg=16)
    _, of_two = signal.csd(plain, plain.copy(), nperseg=16)
    assert numpy.array_equal(ours, of_two.real)
    assert numpy.array_equal(
        signal.welch(numpy.asarray(y), nperseg=16), signal.welch(plain, nperseg=16)
    )


@same_as_numpy()
def test_images(np: Any) -> Any:
    _, y = waves(np)
    image = np.outer(y, y)[:32, :40]
    labels, n_labels = ndimage.label(image > 0.2)
    return (
        ndimage.gaussian_filter(image, 1.5),
        ndimage.uniform_filter(image, 3),
        ndimage.median_filter(image, 3),
        ndimage.sobel(image, axis=0),
        ndimage.convolve(image, np.ones((3, 3)) / 9),
        ndimage.rotate(image, 30, reshape=False),
        ndimage.zoom(image, 0.5),
        ndimage.shift(image, (1.5, 2)),
        ndimage.map_coordinates(image, np.array([[1.5, 2.5], [3.0, 4.0]])),
        labels,
        n_labels,
        ndimage.center_of_mass(image, labels, np.arange(1, n_labels + 1)),
        ndimage.sum_labels(image, labels, np.arange(1, n_labels + 1)),
        ndimage.binary_dilation(image > 0.5),
        ndimage.distance_transform_edt(image > 0),
        ndimage.generic_filter(image, lambda v: np.asarray(v).max(), size=2),
    )


@same_as_numpy(fallbacks=9)
def test_special_functions(np: Any) -> Any:
    x, _ = waves(np)
    y = special.erf(x) + special.gamma(x + 1) * special.j0(x)
    return (
        y,
        special.logsumexp(np.outer(x, x), axis=1),
        special.softmax(x),
        special.expit(x) - special.logit(x / 5 + 0.1),
        special.betainc(x + 1, 2.0, x / 5),
        special.xlogy(x, x),
        special.comb(np.arange(5), 2),
        special.factorial(np.arange(5)),
        special.ellipj(x, 0.3),
        special.eval_legendre(3, x),
        special.roots_hermite(4),
        special.binom(5, np.arange(5)),
    )


@same_as_numpy()
def test_statistics(np: Any) -> Any:
    x, y = waves(np)
    normal = stats.norm(loc=0.1, scale=1.2)
    kernel = stats.gaussian_kde(y)
    line = stats.linregress(x, y)
    return (
        normal.pdf(x),
        normal.cdf(x) * 2,
        stats.norm.ppf(x / 5 + 0.01),
        stats.gamma.fit(np.abs(y) + 0.1, floc=0),
        stats.multivariate_normal(np.zeros(2), np.eye(2)).pdf(np.stack([x, y], axis=1)),
        kernel(x),
        (line.slope, line.intercept, line.rvalue, line.pvalue),
        tuple(stats.ttest_ind(x, y)),
        tuple(stats.pearsonr(x, y)),
        tuple(stats.spearmanr(x, y)),
        tuple(stats.kstest(y, "norm")),
        tuple(stats.mannwhitneyu(x, y)),
        tuple(stats.shapiro(y)),
        stats.zscore(y),
        stats.rankdata(y),
        stats.skew(y),
        stats.kurtosis(y),
        stats.mode(np.round(y)).mode,
        stats.entropy(np.abs(y)),
        stats.binned_statistic(x, y, bins=5).statistic,
        stats.iqr(y),
        stats.bootstrap(
            (y,), lambda v, axis: np.asarray(v).mean(axis), n_resamples=20, rng=0
        ).confidence_interval.low,
    )


@same_as_numpy()
def test_sparse_matrices(np: Any) -> Any:
    _, y = waves(np)
    dense = np.where(np.outer(y, y) > 0.5, np.outer(y, y), 0.0)
    matrix = sparse.csr_matrix(dense)
    array = sparse.csr_array(dense)
    triplets = sparse.coo_array((y[:3], (np.array([0, 1, 2]), np.array([1, 2, 0]))), shape=(3, 3))
    band = sparse.diags([np.ones(63), -2 * np.ones(64), np.ones(63)], [-1, 0, 1], format="csc")
    return (
        matrix @ y,
        array @ y + y,
        y @ array,
        array.multiply(y).toarray(),
        array.dot(dense[:, :3]),
        (array + array.T).toarray(),
        triplets.toarray(),
        sparse.linalg.spsolve(band, y),
        sparse.linalg.cg(-band, y, maxiter=5)[0],
        np.abs(sparse.linalg.eigsh(-band, k=2, v0=y)[0]),
        csgraph.shortest_path(np.abs(np.outer(y[:5], y[:5]))),
        csgraph.connected_components(array)[0],
        array[np.array([1, 2])][:, np.array([0, 3])].toarray(),
        array.sum(axis=0),
        array[1, 2],
    )


@same_as_numpy()
def test_linear_operators(np: Any) -> Any:
    _, y = waves(np)
    operator = sparse.linalg.LinearOperator(
        (64, 64), matvec=lambda v: 3 * np.asarray(v) - np.roll(np.asarray(v), 1), dtype=float
    )
    return sparse.linalg.gmres(operator, y, maxiter=2)[0], operator @ y


@same_as_numpy()
def test_linear_algebra(np: Any) -> Any:
    _, y = waves(np)
    matrix = np.outer(y, y)[:6, :6] + 3 * np.eye(6)
    right = y[:6]
    return (
        linalg.solve(matrix, right),
        linalg.inv(matrix) @ right,
        linalg.det(matrix),
        linalg.lu(matrix),
        linalg.lu_solve(linalg.lu_factor(matrix), right),
        linalg.qr(matrix),
        linalg.cholesky(matrix),
        linalg.cho_solve(linalg.cho_factor(matrix), right),
        linalg.eigh(matrix),
        linalg.svd(matrix),
        linalg.expm(matrix * 0.1),
        linalg.norm(matrix),
        linalg.pinv(matrix),
        linalg.lstsq(matrix, right)[0],
        linalg.schur(matrix),
        linalg.toeplitz(right),
        linalg.block_diag(matrix, right),
        linalg.solve_banded((1, 1), np.ones((3, 6)) + np.arange(6), right),
        linalg.blas.ddot(right, right),
        linalg.blas.dgemm(1.0, matrix, matrix),
    )


@same_as_numpy()
def test_spatial(np: Any) -> Any:
    x, y = waves(np)
    points = np.stack([x, y], axis=1)
    neighbours = spatial.cKDTree(points).query(points[:6] + 0.01, k=2)
    rotation = spatial.transform.Rotation.from_euler("xyz", np.array([0.1, 0.2, 0.3]))
    return (
        neighbours,
        spatial.distance.cdist(points[:4], points[4:9]),
        spatial.distance.pdist(points[:6]),
        spatial.distance.squareform(spatial.distance.pdist(points[:6])),
        spatial.distance.cosine(x, y + 1),
        spatial.ConvexHull(points).vertices,
        spatial.Delaunay(points).simplices.shape,
        spatial.procrustes(points[:6], points[6:12])[2],
        rotation.apply(np.eye(3) * 2),
        rotation.as_matrix() @ np.arange(3.0),
        hierarchy.fcluster(hierarchy.linkage(points, "ward"), 3, criterion="maxclust"),
        vq.kmeans2(points, 3, rng=1, minit="++"),
    )


@same_as_numpy()
def test_transforms(np: Any) -> Any:
    _, y = waves(np)
    return (
        fft.fft(y),
        np.abs(fft.rfft(y)) ** 2,
        fft.dct(y, norm="ortho"),
        fft.ifft2(fft.fft2(np.outer(y, y))).real,
        fft.fftshift(fft.fftfreq(8)),
        fft.next_fast_len(y.size + 1),
    )


@same_as_numpy()
def test_what_is_written_after_the_call(np: Any) -> Any:
    x, y = waves(np)
    spline = interpolate.CubicSpline(x, y)
    tree = spatial.cKDTree(np.stack([x, y], axis=1))
    matrix = sparse.coo_array((y[:3], (np.arange(3), np.arange(3))), shape=(3, 3))
    before = (spline(x[:3] + 0.01), tree.query([0.1, 0.2]))
    y[:] = 7  # what keeps a reference sees it, as with NumPy
    x[0] = -1
    return before, spline(x[1:4]), tree.query([0.1, 0.2]), matrix.toarray()


@same_as_numpy()
def test_results_written_into_our_arrays(np: Any) -> Any:
    _, y = waves(np)
    out = np.zeros(64)
    ndimage.gaussian_filter1d(y, 2.0, output=out[::-1])
    special.erf(y[:32], out=out[:32])
    doubled = out * 2
    out[0] = 5
    inside = linalg.solve(np.eye(3) + 1, np.ones(3), overwrite_a=True, overwrite_b=True)
    return out, doubled, inside
