# Functions with keywords of the array API standard that NumPy lacks; a test names those missing.
from collections.abc import Sequence
from typing import Any, Literal, SupportsIndex, TypeVar, overload

from numpy import floating, generic, integer, intp
from numpy.typing import ArrayLike, DTypeLike, NDArray

_Scalar = TypeVar("_Scalar", bound=generic)

@overload
def sort(
    a: NDArray[_Scalar],
    axis: SupportsIndex | None = -1,
    kind: str | None = None,
    order: str | Sequence[str] | None = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> NDArray[_Scalar]: ...
@overload
def sort(
    a: ArrayLike,
    axis: SupportsIndex | None = -1,
    kind: str | None = None,
    order: str | Sequence[str] | None = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> NDArray[Any]: ...
def argsort(
    a: ArrayLike,
    axis: SupportsIndex | None = -1,
    kind: str | None = None,
    order: str | Sequence[str] | None = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> NDArray[intp]: ...
@overload
def fftfreq(
    n: int | integer[Any],
    d: float = 1.0,
    device: Literal["cpu"] | None = None,
    *,
    dtype: DTypeLike | None = None,
) -> NDArray[floating[Any]]: ...
@overload
def fftfreq(
    n: int | integer[Any],
    d: ArrayLike = 1.0,
    device: Literal["cpu"] | None = None,
    *,
    dtype: DTypeLike | None = None,
) -> NDArray[Any]: ...
@overload
def rfftfreq(
    n: int | integer[Any],
    d: float = 1.0,
    device: Literal["cpu"] | None = None,
    *,
    dtype: DTypeLike | None = None,
) -> NDArray[floating[Any]]: ...
@overload
def rfftfreq(
    n: int | integer[Any],
    d: ArrayLike = 1.0,
    device: Literal["cpu"] | None = None,
    *,
    dtype: DTypeLike | None = None,
) -> NDArray[Any]: ...
