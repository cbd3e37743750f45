"""pint: quantities of our arrays."""

from __future__ import annotations

from typing import Any

from swapped import library, same_as_numpy

pint = library("pint")
units = pint.UnitRegistry()


def described(quantity: Any) -> Any:
    """A quantity's number and unit."""
    if isinstance(quantity, units.Quantity):
        return type(quantity.magnitude).__name__, str(quantity.units), quantity.magnitude
    return quantity


@same_as_numpy(fallbacks=1)
def test_quantities(np: Any) -> Any:
    lengths = units.Quantity(np.arange(4.0) + 1, "m")
    times = np.linspace(1, 2, 4) * units.second
    speeds = lengths / times
    return [
        described(quantity)
        for quantity in (
            lengths, times, speeds, speeds.to("km/hour"), lengths + units.Quantity(1, "cm"),
            lengths.sum(), np.mean(speeds), np.sqrt(lengths**2), np.sin(times / units.second),
            np.concatenate([lengths, lengths]), np.cumsum(lengths), lengths[1:] - lengths[:-1],
            lengths > 2 * units.m, np.max(lengths), np.dot(lengths, speeds), lengths[0],
            np.diff(lengths),
            np.stack([lengths, lengths]), np.where(lengths > 2 * units.m, lengths, 0 * units.m),
            lengths.reshape(2, 2).T, np.clip(lengths, 2 * units.m, 3 * units.m),
        )
    ]  # fmt: skip


@same_as_numpy(fallbacks=1)
def test_operators_defer(np: Any) -> Any:
    values, length = np.arange(3.0) + 1, units.Quantity(2.0, "m")
    results = [
        values * length, length * values, values / length, np.multiply(values, length),
        values.sum() * length, values[0] * length, np.float64(3) * length, length * np.float64(3),
    ]  # fmt: skip
    return [described(result) for result in results]


@same_as_numpy()
def test_in_place(np: Any) -> Any:
    values = np.arange(4.0) + 1
    lengths = units.Quantity(values, "m")
    lengths[0] = 5 * units.km
    lengths *= 2
    values[1] = 100
    return described(lengths), values, str(lengths)
