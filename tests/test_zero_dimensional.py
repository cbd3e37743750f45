"""Arrays without dimensions and numbers: NumPy's loops take another way where a stride is 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from comparison import canonical

import lazynp as np

pytestmark = pytest.mark.filterwarnings("ignore")


def unaligned(module: Any, value: Any) -> Any:
    """One element, of a column of packed records."""
    records = numpy.zeros(2, dtype=[("before", "i1"), ("value", value.dtype)])
    records["value"] = value
    return module.asarray(records["value"])[1:]


# Of a module, a NumPy scalar: an operand that has its value.
FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "array": lambda m, v: m.array(v),
    "reshaped": lambda m, v: m.reshape(m.array([v]), ()),
    "filled": lambda m, v: m.full((), v),
    "taken out": lambda m, v: m.array([v, v])[0, ...],
    "shared": lambda m, v: m.asarray(numpy.array(v)),
    "computed": lambda m, v: m.positive(m.array(v), out=...),
    "one element": lambda m, v: m.array([v]),
    "unaligned": lambda m, v: unaligned(m, v)[0, ...],
    "one unaligned": unaligned,
    "NumPy's scalar": lambda m, v: v,
    "Python's": lambda m, v: v.item(),
}


def values_of(code: str) -> numpy.ndarray:
    rng = numpy.random.default_rng(0)
    values = rng.uniform(0.1, 30, 12)
    return (values + 1j * rng.uniform(0.1, 30, 12) if code in "FD" else values).astype(code)


def takes(name: str, code: str) -> bool:
    """Whether NumPy has a loop for operands of one dtype."""
    ufunc = getattr(numpy, name)
    try:
        with numpy.errstate(all="ignore"):
            ufunc(*[values_of(code)] * ufunc.nin)
    except TypeError:
        return False
    return True


PAIRS = [
    (name, code)
    for name, ufunc in np._core.ufuncs.items()
    if ufunc.nin <= 2 and ufunc.nout == 1 and ufunc.signature is None
    for code in "fdFD"
    if takes(name, code)
]


@pytest.mark.parametrize("name, code", PAIRS)
def test_ufuncs_of_one_element(name: str, code: str) -> None:
    theirs, ours = getattr(numpy, name), getattr(np, name)
    for form, operand in FORMS.items():
        for value in values_of(code):
            expected = theirs(*[operand(numpy, value)] * theirs.nin)
            got = ours(*[operand(np, value)] * theirs.nin)
            assert canonical(got) == canonical(expected), (form, value)
