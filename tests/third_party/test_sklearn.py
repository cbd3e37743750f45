"""scikit-learn: estimators, pipelines, scores and metrics over our arrays."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from swapped import library, same_as_numpy

sklearn = library("sklearn")

from sklearn import (  # noqa: E402
    cluster,
    compose,
    datasets,
    decomposition,
    discriminant_analysis,
    ensemble,
    feature_selection,
    gaussian_process,
    impute,
    linear_model,
    manifold,
    metrics,
    mixture,
    model_selection,
    naive_bayes,
    neighbors,
    neural_network,
    pipeline,
    preprocessing,
    svm,
    tree,
)


def table(np: Any, n_rows: int = 60, n_columns: int = 4) -> tuple[Any, Any]:
    """Features made lazily, and a target that depends on them."""
    random = np.random.default_rng(3)
    features = random.normal(size=(n_rows, n_columns))
    features[:, 1] = features[:, 0] * 0.5 + features[:, 1]
    target = np.sin(features[:, 0]) + 2 * features[:, 1] - features[:, 2] ** 2
    return features, target


def classes(np: Any) -> tuple[Any, Any]:
    features, target = table(np)
    return features, (target > np.median(target)).astype(int)


REGRESSORS = {
    "LinearRegression": lambda: linear_model.LinearRegression(),
    "Ridge": lambda: linear_model.Ridge(),
    "Lasso": lambda: linear_model.Lasso(alpha=0.01),
    "ElasticNet": lambda: linear_model.ElasticNet(alpha=0.01),
    "SGDRegressor": lambda: linear_model.SGDRegressor(random_state=0),
    "HuberRegressor": lambda: linear_model.HuberRegressor(),
    "SVR": lambda: svm.SVR(),
    "KNeighborsRegressor": lambda: neighbors.KNeighborsRegressor(),
    "DecisionTreeRegressor": lambda: tree.DecisionTreeRegressor(random_state=0),
    "RandomForestRegressor": lambda: ensemble.RandomForestRegressor(8, random_state=0),
    "GradientBoostingRegressor": lambda: ensemble.GradientBoostingRegressor(
        n_estimators=8, random_state=0
    ),
    "HistGradientBoostingRegressor": lambda: ensemble.HistGradientBoostingRegressor(
        max_iter=5, random_state=0
    ),
    "MLPRegressor": lambda: neural_network.MLPRegressor(
        hidden_layer_sizes=(4,), solver="lbfgs", max_iter=9000, random_state=0
    ),
    "GaussianProcessRegressor": lambda: gaussian_process.GaussianProcessRegressor(alpha=0.1),
}


# What was converted is compared with what was given, by numpy.may_share_memory.
N_REGRESSOR_FALLBACKS = {"Lasso": 1, "ElasticNet": 1}


@pytest.mark.parametrize("name", REGRESSORS)
@same_as_numpy(fallbacks=N_REGRESSOR_FALLBACKS)
def test_regressors(np: Any, name: str) -> Any:
    features, target = table(np)
    model = REGRESSORS[name]().fit(features, target)
    predicted = model.predict(features[::2])
    residual = target[::2] - predicted
    return predicted, residual, np.abs(residual).max(), model.score(features, target)


CLASSIFIERS = {
    "LogisticRegression": lambda: linear_model.LogisticRegression(),
    "SVC": lambda: svm.SVC(),
    "LinearSVC": lambda: svm.LinearSVC(random_state=0),
    "GaussianNB": lambda: naive_bayes.GaussianNB(),
    "KNeighborsClassifier": lambda: neighbors.KNeighborsClassifier(),
    "DecisionTreeClassifier": lambda: tree.DecisionTreeClassifier(random_state=0),
    "RandomForestClassifier": lambda: ensemble.RandomForestClassifier(8, random_state=0),
    "AdaBoostClassifier": lambda: ensemble.AdaBoostClassifier(n_estimators=5, random_state=0),
    "LinearDiscriminantAnalysis": lambda: discriminant_analysis.LinearDiscriminantAnalysis(),
    "QuadraticDiscriminantAnalysis": lambda: discriminant_analysis.QuadraticDiscriminantAnalysis(),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
@same_as_numpy(fallbacks=1)
def test_classifiers(np: Any, name: str) -> Any:
    features, labels = classes(np)
    model = CLASSIFIERS[name]().fit(features, labels)
    predicted = model.predict(features)
    confidence = getattr(model, "predict_proba", None) or model.decision_function
    return (
        predicted,
        np.mean(predicted == labels),
        confidence(features) * 2,
        model.score(features, labels),
        model.classes_,
    )


TRANSFORMERS = {
    "StandardScaler": lambda: preprocessing.StandardScaler(),
    "MinMaxScaler": lambda: preprocessing.MinMaxScaler(),
    "RobustScaler": lambda: preprocessing.RobustScaler(),
    "QuantileTransformer": lambda: preprocessing.QuantileTransformer(n_quantiles=20),
    "PowerTransformer": lambda: preprocessing.PowerTransformer(),
    "PolynomialFeatures": lambda: preprocessing.PolynomialFeatures(2),
    "SplineTransformer": lambda: preprocessing.SplineTransformer(),
    "KBinsDiscretizer": lambda: preprocessing.KBinsDiscretizer(
        encode="ordinal", quantile_method="averaged_inverted_cdf"
    ),
    "PCA": lambda: decomposition.PCA(2),
    "TruncatedSVD": lambda: decomposition.TruncatedSVD(2, random_state=0),
    "FastICA": lambda: decomposition.FastICA(2, random_state=0, max_iter=1000),
    "KernelPCA": lambda: decomposition.KernelPCA(2, fit_inverse_transform=True),
    "VarianceThreshold": lambda: feature_selection.VarianceThreshold(1.0),
    "SimpleImputer": lambda: impute.SimpleImputer(),
    "KNNImputer": lambda: impute.KNNImputer(),
}


N_TRANSFORMER_FALLBACKS = {
    **dict.fromkeys(("StandardScaler", "MinMaxScaler", "RobustScaler"), 2),
    **dict.fromkeys(("QuantileTransformer", "PowerTransformer", "KBinsDiscretizer", "FastICA"), 2),
    "KernelPCA": 1,
    "SimpleImputer": 3,
    "KNNImputer": 3,
}


@pytest.mark.parametrize("name", TRANSFORMERS)
@same_as_numpy(fallbacks=N_TRANSFORMER_FALLBACKS)
def test_transformers(np: Any, name: str) -> Any:
    features, _ = table(np)
    if name.endswith("Imputer"):
        features[::7, 1] = np.nan
    model = TRANSFORMERS[name]()
    transformed = model.fit_transform(features)
    again = model.transform(features[:10])
    can_invert = hasattr(model, "inverse_transform") and not name.endswith("Imputer")
    inverse = model.inverse_transform(transformed) if can_invert else transformed * 2
    return transformed, again - again.mean(axis=0), inverse


@same_as_numpy(fallbacks=1)
def test_clusters(np: Any) -> Any:
    features, _ = table(np)
    k_means = cluster.KMeans(3, n_init=2, random_state=0).fit(features)
    centres = k_means.cluster_centers_
    nearest = ((features[:, np.newaxis] - centres) ** 2).sum(axis=2).argmin(axis=1)
    density = cluster.DBSCAN(eps=0.9).fit_predict(features)
    ward = cluster.AgglomerativeClustering(3).fit_predict(features)
    mixed = mixture.GaussianMixture(2, random_state=0).fit(features)
    placed = manifold.Isomap(n_neighbors=8).fit_transform(features)
    return (
        *(k_means.labels_, nearest, k_means.inertia_, density, ward),
        *(mixed.means_, mixed.score_samples(features), np.abs(placed).max()),
    )


@same_as_numpy(fallbacks=12)
def test_pipelines(np: Any) -> Any:
    features, labels = classes(np)
    columns = compose.ColumnTransformer(
        [("scaled", preprocessing.StandardScaler(), [0, 1])], remainder="passthrough"
    )
    model = pipeline.make_pipeline(columns, decomposition.PCA(3), linear_model.LogisticRegression())
    scores = model_selection.cross_val_score(model, features, labels, cv=4)
    grid = model_selection.GridSearchCV(
        linear_model.Ridge(), {"alpha": np.logspace(-2, 2, 5)}, cv=3
    ).fit(features, labels)
    return scores, scores.mean() + 1, grid.best_params_, grid.cv_results_["mean_test_score"]


@same_as_numpy()
def test_splits(np: Any) -> Any:
    features, labels = classes(np)
    split = model_selection.train_test_split(features, labels, random_state=0, stratify=labels)
    folds = [
        (features[train].sum(axis=0), labels[test])
        for train, test in model_selection.KFold(3).split(features)
    ]
    shuffled = sklearn.utils.shuffle(features, random_state=0)
    resampled = sklearn.utils.resample(labels, random_state=0)
    return split, folds, shuffled, resampled


@same_as_numpy(fallbacks=9)
def test_metrics(np: Any) -> Any:
    features, labels = classes(np)
    _, target = table(np)
    guess = target + 0.1 * np.cos(target * 9)
    guessed = (guess > 0.2).astype(int)
    return (
        metrics.accuracy_score(labels, guessed),
        metrics.confusion_matrix(labels, guessed),
        metrics.f1_score(labels, guessed),
        metrics.roc_auc_score(labels, guess),
        metrics.roc_curve(labels, guess),
        metrics.log_loss(labels, 1 / (1 + np.exp(-guess))),
        metrics.mean_squared_error(target, guess),
        metrics.mean_absolute_error(target, guess),
        metrics.r2_score(target, guess),
        metrics.silhouette_score(features, labels),
        metrics.pairwise_distances(features[:5], features[5:9]),
        metrics.pairwise.rbf_kernel(features[:5]),
        metrics.classification_report(labels, guessed),
    )


@same_as_numpy()
def test_encoders(np: Any) -> Any:
    _, labels = classes(np)
    sizes = np.where(labels == 1, 30, 10)[:, np.newaxis]
    one_hot = preprocessing.OneHotEncoder(sparse_output=False).fit_transform(sizes)
    encoded = preprocessing.LabelEncoder().fit_transform(sizes[:, 0])
    binary = preprocessing.label_binarize(labels, classes=[0, 1, 2])
    return one_hot, encoded, binary


@same_as_numpy()
def test_data_sets_are_scaled_and_learned(np: Any) -> Any:
    digits = datasets.load_digits()
    features = np.array(digits.data[:200]) / 16
    model = linear_model.LogisticRegression(max_iter=200).fit(features, digits.target[:200])
    weights = np.array(model.coef_)
    logits = features @ weights.T + model.intercept_
    return logits.argmax(axis=1), model.predict(features), np.abs(weights).sum()


def test_the_features_stay_as_they_were() -> None:
    import lazynp as np

    features, _ = table(np)
    before = numpy.array(features)
    scaled = preprocessing.StandardScaler(copy=True).fit_transform(features)
    features[0] = 99
    assert numpy.array_equal(numpy.asarray(features)[1:], before[1:])
    expected = preprocessing.StandardScaler().fit_transform(before)
    assert numpy.array_equal(numpy.asarray(scaled), expected)
