"""What the standard's inspection functions answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lazynp as np


class Info(np.__array_namespace_info__):  # type: ignore[misc]
    """NumPy's answers about dtypes, devices and capabilities, in the standard's types."""

    def devices(self) -> tuple[str, ...]:  # type: ignore[override]
        """The devices that arrays can be on.

        >>> Info().devices()
        ('cpu',)
        """
        return tuple(super().devices())


@dataclass(frozen=True)
class FloatLimits:
    """Limits of a floating-point dtype as Python floats."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: Any


def float_limits(type: Any) -> FloatLimits:
    """The limits of a floating-point dtype, of a complex one's parts, or of an array's.

    >>> float_limits(np.float32).eps
    1.1920928955078125e-07
    """
    found = np.finfo(type)
    names = ("eps", "max", "min", "smallest_normal")
    values = {name: float(getattr(found, name)) for name in names}
    return FloatLimits(bits=found.bits, dtype=found.dtype, **values)
