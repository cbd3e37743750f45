"""statsmodels: models fitted to our arrays."""

from __future__ import annotations

from typing import Any

from swapped import library, same_as_numpy

pandas = library("pandas")
sm = library("statsmodels.api")
smf = library("statsmodels.formula.api")


def data(np: Any) -> tuple[Any, Any]:
    random = np.random.default_rng(2)
    features = random.normal(size=(50, 2))
    return features, features @ np.array([1.0, -0.5]) + 0.1 * random.normal(size=50)


@same_as_numpy()
def test_linear_models(np: Any) -> Any:
    features, target = data(np)
    fitted = sm.OLS(target, sm.add_constant(features)).fit()
    weighted = sm.WLS(target, features, weights=np.abs(target) + 1).fit()
    robust = sm.RLM(target, features).fit()
    return (
        fitted.params,
        fitted.bse * 2,
        fitted.pvalues,
        fitted.rsquared,
        fitted.resid - target,
        fitted.predict(sm.add_constant(features)[:5]),
        weighted.params,
        robust.params,
        fitted.summary().tables[1].as_text(),
    )


@same_as_numpy()
def test_generalized_models(np: Any) -> Any:
    features, target = data(np)
    counts = np.floor(np.exp(target))
    poisson = sm.GLM(counts, features, family=sm.families.Poisson()).fit()
    logit = sm.Logit((target > 0.5).astype(int), features[:, :1]).fit(disp=0)
    return poisson.params, poisson.deviance, logit.params


@same_as_numpy()
def test_series(np: Any) -> Any:
    _, target = data(np)
    walk = np.cumsum(target)
    return (
        sm.tsa.acf(walk, nlags=5),
        sm.tsa.AutoReg(walk, 2).fit().params,
        sm.tsa.stattools.adfuller(walk, maxlag=2, result_object=False)[:2],
        sm.nonparametric.lowess(walk, np.arange(50.0), frac=0.3),
    )


@same_as_numpy()
def test_formulas(np: Any) -> Any:
    features, target = data(np)
    frame = pandas.DataFrame({"y": target, "a": features[:, 0], "b": features[:, 1]})
    fitted = smf.ols("y ~ a + b", frame).fit()
    return fitted.params.to_numpy(), np.asarray(fitted.resid).sum()
