"""Where NumPy and the array API standard contradict each other: the one list of it.

Docstrings, docs/array_api.md and the reasons of expected failures are made from it or checked
against it. The quotes are the standard's words, version 2025.12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Contradiction:
    """What the standard says, what NumPy does, and what `lazynp.array_api` does about it."""

    about: str
    standard: tuple[str, ...]
    numpy: str
    array_api: str
    functions: tuple[str, ...] = ()  # that lazynp.array_api has of its own


_FLOOR_DIVISION = (
    "This specification prefers floor division to match ``floor(divide(x1, x2))`` in order to "
    "avoid surprising and unexpected results; however, array libraries may choose to more strictly "
    "follow Python behavior."
)

CONTRADICTIONS = (
    Contradiction(
        about="floor division where an operand is infinite",
        standard=(
            "If ``x1_i`` is ``+infinity`` and ``x2_i`` is a positive (i.e., greater than ``0``) "
            "finite number, the result is ``+infinity``. (**note**: libraries may return ``NaN`` "
            "to match Python behavior.)",
            "If ``x1_i`` is a positive (i.e., greater than ``0``) finite number and ``x2_i`` is "
            "``-infinity``, the result is ``-0``. (**note**: libraries may return ``-1.0`` to "
            "match Python behavior.)",
            _FLOOR_DIVISION,
        ),
        numpy="floor_divide is Python's //: infinity // x is NaN, and x // infinity is -1 where "
        "the signs differ",
        array_api="gives the floor of the quotient",
        functions=("floor_divide",),
    ),
    Contradiction(
        about="the operators // and //=",
        standard=(
            "Element-wise results, including special cases, must equal the results returned by the "
            "equivalent element-wise function :func:`~array_api.floor_divide`.",
            _FLOOR_DIVISION,
        ),
        numpy="x1 // x2 and x1 //= x2 are Python's: infinity // x is NaN, and x // infinity is -1 "
        "where the signs differ",
        array_api="has lazynp's arrays, whose operators are NumPy's; use floor_divide",
    ),
    Contradiction(
        about="the complex expm1",
        standard=(
            "If ``a`` is either ``+0`` or ``-0`` and ``b`` is ``+0``, the result is ``0 + 0j``.",
            "If ``a`` is ``+infinity`` and ``b`` is ``+0``, the result is ``+infinity + 0j``.",
            "If ``a`` is ``-infinity`` and ``b`` is ``+infinity``, the result is ``-1 + 0j`` "
            "(sign of imaginary component is unspecified).",
            "If ``a`` is ``+infinity`` and ``b`` is ``+infinity``, the result is "
            "``infinity + NaN j`` (sign of real component is unspecified).",
            "If ``a`` is ``-infinity`` and ``b`` is ``NaN``, the result is ``-1 + 0j`` "
            "(sign of imaginary component is unspecified).",
            "If ``a`` is ``+infinity`` and ``b`` is ``NaN``, the result is ``infinity + NaN j`` "
            "(sign of real component is unspecified).",
            "If ``a`` is ``NaN`` and ``b`` is ``+0``, the result is ``NaN + 0j``.",
        ),
        numpy="expm1 multiplies the exponential by the sine and cosine of the imaginary part, "
        "also where that is NaN, and keeps the sign of a real part that is zero",
        array_api="gives what the standard's table says",
        functions=("expm1",),
    ),
    Contradiction(
        about="the complex tanh where the real part is infinite",
        standard=(
            "If ``a`` is ``+infinity`` and ``b`` is a positive (i.e., greater than ``0``) finite "
            "number, the result is ``1 + 0j``.",
        ),
        numpy="the imaginary part is a zero with the sign of sin(2b), as that of C's ctanh",
        array_api="gives it the sign of b",
        functions=("tanh",),
    ),
    Contradiction(
        about="the parameters of clip",
        standard=("min: Optional[Union[int, float, array]]",),
        numpy="the second and third parameter of clip are a_min and a_max; min and max are "
        "keywords only",
        array_api="has clip(x, /, min=None, max=None)",
        functions=("clip",),
    ),
    Contradiction(
        about="whether sorting is stable",
        standard=(
            "If ``True``, the returned indices **must** maintain the relative order of ``x`` "
            "values which compare as equal.",
            "Default: ``True``.",
        ),
        numpy="argsort and sort keep the order of equal elements only when stable=True is said",
        array_api="sorts stably unless stable=False is said",
        functions=("argsort", "sort"),
    ),
    Contradiction(
        about="the dtype of eigenvalues of real matrices",
        standard=(
            "must have a complex floating-point array data type having the same precision as that "
            "of ``x``",
            "and have a complex floating-point array data type having the same precision as that "
            "of ``x``",
        ),
        numpy="eigenvalues and eigenvectors are real where all imaginary parts are zero",
        array_api="gives complex ones always",
        functions=("linalg.eig", "linalg.eigvals"),
    ),
    Contradiction(
        about="the tolerance of pinv",
        standard=("If ``None``, the default value is ``max(M, N) * eps``",),
        numpy="pinv without rtol takes 1e-15",
        array_api="takes the standard's tolerance",
        functions=("linalg.pinv",),
    ),
    Contradiction(
        about="the limits of floating-point dtypes",
        standard=("**eps**: *float*",),
        numpy="finfo of float32 and complex64 holds numpy.float32, which is no Python float",
        array_api="holds Python floats",
        functions=("finfo",),
    ),
    Contradiction(
        about="nothing to prepend or append",
        standard=("prepend: Optional[array]",),
        numpy="`diff(x, prepend=None)` subtracts None",
        array_api="takes None for nothing",
        functions=("diff",),
    ),
    Contradiction(
        about="casting complex arrays to real ones",
        standard=(
            "Casting a complex floating-point array to a real-valued data type should not be "
            "permitted.",
        ),
        numpy="astype drops the imaginary part and warns",
        array_api="raises TypeError",
        functions=("astype",),
    ),
    Contradiction(
        about="integers beyond the default integer dtype",
        standard=(
            "if all values are of type ``int`` or are a mixture of ``bool`` and ``int``, the "
            "output data type must be the default integer data type.",
        ),
        numpy="asarray(2**63) is of uint64, asarray(2**64) of object",
        array_api="raises OverflowError where no dtype is given",
        functions=("asarray",),
    ),
    Contradiction(
        about="lists of arrays before version 2025.12",
        standard=("out: List[array]",),
        numpy="meshgrid and broadcast_arrays return tuples, as the standard asks since 2025.12",
        array_api="returns tuples",
    ),
    Contradiction(
        about="the list of devices",
        standard=("out: Tuple[device, ...]",),
        numpy="`__array_namespace_info__().devices()` is a list",
        array_api="is a tuple",
        functions=("__array_namespace_info__",),
    ),
    Contradiction(
        about="results without dimensions",
        standard=(
            "if the sum is computed over the entire array, a zero-dimensional array containing "
            "the sum; otherwise, an array containing the sums.",
        ),
        numpy="every function gives a scalar where the result has no dimensions; a scalar has no "
        "`__dlpack__`, `mT` and `__setitem__`, and its namespace is numpy",
        array_api="gives arrays, and computes nothing for that; operators and indexing are those "
        "of lazynp's arrays, and give scalars",
    ),
)

BY_FUNCTION = {name: found for found in CONTRADICTIONS for name in found.functions}


def page() -> Iterator[str]:
    """The lines of docs/array_api.md."""
    yield "# The Python array API standard"
    yield ""
    yield "This page is printed by `python -m lazynp.array_api`."
    yield ""
    yield "`lazynp` is NumPy, also where NumPy contradicts the standard. `lazynp.array_api` is for"
    yield "programs that want the standard: its names and no others, with its signatures. Arrays"
    yield "are lazynp's, and so are their operators, their indexing and what"
    yield "`x.__array_namespace__()` answers: `lazynp`. What differs:"
    for found in CONTRADICTIONS:
        names = ", ".join(f"`{name}`" for name in found.functions)
        yield f"\n## {found.about[0].upper()}{found.about[1:]}\n"
        yield from (f"> {quote}\n" for quote in found.standard)
        yield f"- NumPy: {found.numpy}."
        yield f"- `lazynp.array_api`: {found.array_api}{f' ({names})' if names else ''}."
