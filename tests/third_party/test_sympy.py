"""sympy: expressions made into functions, called on our arrays."""

from __future__ import annotations

from typing import Any

from swapped import library, same_as_numpy

sympy = library("sympy")
x, y = sympy.symbols("x y")


@same_as_numpy()
def test_lambdify(np: Any) -> Any:
    places = np.linspace(0.1, 2, 7)
    expression = sympy.exp(-(x**2)) * sympy.sin(x * y) + sympy.sqrt(x) / (1 + y)
    f = sympy.lambdify((x, y), expression, "numpy")
    slope = sympy.lambdify((x, y), sympy.diff(expression, x), "numpy")
    pieces = sympy.lambdify(x, sympy.Piecewise((x**2, x < 1), (2 - x, True)), "numpy")
    matrix = sympy.lambdify((x, y), sympy.Matrix([[x, y], [y, x * y]]), "numpy")
    return f(places, places + 1), slope(places, 2.0), pieces(places), matrix(1.0, 2.0)


@same_as_numpy()
def test_lambdify_over_the_programs_module(np: Any) -> Any:
    places = np.linspace(0.1, 2, 7)
    f = sympy.lambdify(x, sympy.cos(x) ** 2 + sympy.Abs(x - 1), modules=[np])
    result = f(places)
    return result, type(result) is type(places), result.sum()


@same_as_numpy()
def test_matrices_of_ours(np: Any) -> Any:
    matrix = sympy.Matrix((np.arange(4.0).reshape(2, 2) + 1).tolist())
    values = np.array(matrix.inv().tolist(), dtype=float)
    return values @ np.array([[1.0, 2.0], [3.0, 4.0]])
