"""SciPy and scikit-learn where they dispatch on the namespace of their arguments, which is ours."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from swapped import library

library("sklearn")

# Runs with SCIPY_ARRAY_API set before SciPy is imported. Results of ours, and NumPy's bits.
PROGRAM = """
import sys, warnings
import numpy, lazynp, sklearn
from scipy import integrate, ndimage, signal, special, stats
from sklearn import decomposition, linear_model, metrics, model_selection, preprocessing

sklearn.set_config(array_api_dispatch=True)
lazynp.config.lazy_scalars = True
random = numpy.random.default_rng(0)
FEATURES = random.normal(size=(60, 4))
TARGET = FEATURES @ [1.0, -0.5, 0.2, 0.0] + 0.1 * random.normal(size=60)

def parts(value):
    many = isinstance(value, (tuple, list))
    return [part for item in value for part in parts(item)] if many else [value]

def run(text, np):
    x, y = np.asarray(FEATURES), np.asarray(TARGET)
    return parts(eval(text, {**globals(), "np": np, "x": x, "y": y, "labels": (y > 0).astype(int)}))

for text in sys.stdin.read().splitlines():
    expected, recorded = run(text, numpy), lazynp.stats()["recorded"]
    result = run(text, lazynp)
    assert lazynp.stats()["recorded"] > recorded, text
    for ours, theirs in zip(result, expected, strict=True):
        assert type(theirs) is not numpy.ndarray or type(ours) is lazynp.ndarray, (text, ours)
        assert numpy.asarray(ours).tobytes() == numpy.asarray(theirs).tobytes(), (text, ours)
    print("same:", text)
"""
CALLS = """
preprocessing.StandardScaler().fit_transform(x)
preprocessing.MinMaxScaler().fit_transform(x)
preprocessing.PolynomialFeatures().fit_transform(x)
preprocessing.LabelEncoder().fit_transform(labels)
decomposition.PCA(2, svd_solver="full").fit_transform(x)
linear_model.Ridge(solver="svd").fit(x, y).predict(x)
linear_model.RidgeCV().fit(x, y).coef_
linear_model.RidgeClassifier(solver="svd").fit(x, labels).predict(x)
linear_model.LogisticRegression().fit(x, labels).predict(x)
model_selection.cross_val_score(linear_model.Ridge(solver="svd"), x, y).tolist()
model_selection.train_test_split(x, y, random_state=0)
metrics.r2_score(y, y * 0.9)
metrics.mean_squared_error(y, y * 0.9)
metrics.accuracy_score(labels, labels)
metrics.roc_curve(labels, y)
metrics.confusion_matrix(labels, 1 - labels)
metrics.pairwise.linear_kernel(x)
special.erf(y)
special.logsumexp(x, axis=1)
special.softmax(x)
stats.zscore(y)
stats.skew(y)
stats.tmean(y)
stats.tvar(y)
stats.mode(np.round(y))
signal.convolve(y, y[:5])
signal.detrend(y)
ndimage.gaussian_filter(x, 1.0)
integrate.simpson(y)
""".strip()


def run_with_dispatch(calls: str) -> subprocess.CompletedProcess[str]:
    """Runs the calls, one a line, in a process whose SciPy dispatches."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=calls,
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
    )


def test_results_are_ours_and_numpys_bits() -> None:
    done = run_with_dispatch(CALLS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("same:") == len(CALLS.splitlines())


@pytest.mark.parametrize("call", ["stats.ttest_1samp(y, 0.0)", "stats.pearsonr(y, y[::-1])"])
def test_scalars_of_numpys_do_not_mix(call: str) -> None:
    """They take `t[()]` of what they computed, which is NumPy's scalar, of NumPy's namespace."""
    done = run_with_dispatch(call)
    assert done.returncode != 0
    assert "Multiple namespaces" in done.stderr
