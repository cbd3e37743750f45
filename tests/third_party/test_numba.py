"""numba: compiled functions over the memory of our arrays."""

from __future__ import annotations

from typing import Any

from swapped import library, numpys, same_as_numpy

numba = library("numba")


@numba.njit
def running_total(values: Any) -> Any:
    total = values.copy()
    for i in range(1, len(total)):
        total[i] += total[i - 1]
    return total


@numba.njit
def double_in_place(values: Any) -> None:
    for i in range(len(values)):
        values[i] *= 2


@numba.vectorize(["float64(float64, float64)"])
def hypotenuse(x: Any, y: Any) -> Any:
    return (x * x + y * y) ** 0.5


@same_as_numpy()
def test_compiled_functions(np: Any) -> Any:
    values = np.sin(np.arange(10.0))
    total = running_total(numpys(values))
    double_in_place(numpys(values))
    double_in_place(numpys(values[::2]))
    return np.asarray(total) * 2, values, np.diff(np.asarray(total))


@same_as_numpy()
def test_compiled_ufuncs(np: Any) -> Any:
    x = np.linspace(0, 1, 5)
    return np.asarray(hypotenuse(numpys(x), numpys(x + 1))) - x


@same_as_numpy()
def test_pending_work_sees_the_old_values(np: Any) -> Any:
    values = np.arange(6.0) + 1
    before = values * 10
    double_in_place(numpys(values))
    return before, values, values + before
