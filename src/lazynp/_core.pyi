# The compiled module: its public names, and for the package itself that there are others.
from abc import ABCMeta
from typing import Any, TypeVar, TypeVarTuple, overload

import numpy

__all__ = [
    "GradientDetached",
    "HistoryReleased",
    "LazyError",
    "LazyScalar",
    "NoGradient",
    "adopt",
    "evaluate",
]

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_Array = TypeVar("_Array", bound=numpy.ndarray[Any, Any])

class LazyError(RuntimeError): ...
class HistoryReleased(LazyError): ...
class NoGradient(LazyError): ...
class GradientDetached(UserWarning): ...

# It answers isinstance as the NumPy scalar of its dtype does. Nobody constructs one.
class LazyScalar(numpy.number[Any], metaclass=ABCMeta): ...

@overload
def evaluate(array: _T, /) -> _T: ...
@overload
def evaluate(*arrays: *_Ts) -> tuple[*_Ts]: ...
def adopt(ndarray: _Array) -> _Array: ...
def __getattr__(name: str) -> Any: ...
