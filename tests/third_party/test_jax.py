"""JAX: arrays made from ours, by asarray and DLPack, and ours from theirs."""

from __future__ import annotations

from typing import Any

import pytest
from swapped import library, numpys, same_as_numpy

jax = library("jax")
jnp = library("jax.numpy")
jax.config.update("jax_enable_x64", True)


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i4", "u1", "?", "c16"])
@same_as_numpy()
def test_arrays(np: Any, dtype: str) -> Any:
    values = (np.arange(12).reshape(3, 4) * 2).astype(dtype)
    plain = numpys(values)
    arrays = [jnp.from_dlpack(values), jnp.asarray(plain), jnp.array(plain), jax.device_put(plain)]
    return [(str(a.dtype), a.shape, np.asarray(a), np.array(a)) for a in arrays]


@same_as_numpy(fallbacks=1)
def test_arrays_of_theirs(np: Any) -> Any:
    theirs = jnp.arange(6.0).reshape(2, 3) / 2
    array, copied = np.asarray(theirs), np.array(theirs)
    copied[0, 0] = 9
    return array * 2, array.flags.writeable, copied, np.from_dlpack(theirs) + 1, np.sin(theirs)


@same_as_numpy()
def test_functions_over_ours(np: Any) -> Any:
    x = np.linspace(0.0, 1.0, 9)
    loss = jax.jit(lambda w, x: jnp.sum(jnp.sin(w * x) ** 2))
    theirs = jnp.from_dlpack(x)
    slope = jax.grad(loss)(2.0, theirs)
    rows = jax.vmap(lambda row: row / row.sum())(numpys(np.outer(x + 1, x + 1)))
    squared = jnp.dot(theirs, theirs)
    return (
        np.asarray(loss(2.0, theirs)),
        np.asarray(slope),
        np.asarray(rows) @ x,
        np.asarray(squared),
    )


@same_as_numpy(fallbacks=1)
def test_operators(np: Any) -> Any:
    values, theirs = np.arange(3.0) + 1, jnp.arange(3.0)
    results = [
        np.float64(2) * theirs, values[0] * theirs, values.sum() - theirs, np.add(values, theirs),
        numpys(values) + theirs, theirs * jnp.from_dlpack(values),
    ]  # fmt: skip
    return [(isinstance(r, jax.Array), np.asarray(r)) for r in results]


@same_as_numpy()
def test_what_is_written_after_the_call(np: Any) -> Any:
    values = np.zeros(4) + 1
    theirs = jnp.array(numpys(values))
    values[0] = 7
    updated = theirs.at[numpys(np.array([1, 2]))].set(numpys(np.array([5.0, 6.0])))
    return values, np.asarray(theirs), np.asarray(updated)


def test_its_code_takes_numpys_arrays_only() -> None:
    import lazynp as np

    for call in (jnp.asarray, jnp.sin, jax.jit(lambda x: x), lambda x: x + jnp.ones(3)):
        with pytest.raises(TypeError, match=r"not a valid JAX type|as a JAX value"):
            call(np.arange(3.0) * 2)
