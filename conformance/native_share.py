"""How much of NumPy's numeric namespace runs natively: pairs of public function and dtype kind.

    python conformance/native_share.py               # docs/native_share.md: the share and the rest
    python conformance/native_share.py --min 85      # exit status 1 below that percentage

A function counts for a kind (bool, int64, uint8, float64, complex128) if NumPy takes that kind. It
is native if lazynp's call gives NumPy's bits and nothing was served by NumPy on the way. Every
function of numpy, numpy.linalg and numpy.fft is called here or named in NOT_NUMERIC with a reason.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

import numpy

import lazynp
from lazynp import _fallback

KINDS = {"bool": "?", "int": "l", "uint": "B", "float": "d", "complex": "D"}

# Not about the elements of numeric arrays.
NOT_NUMERIC = {
    "they read or write files, text or other objects": """array2string array_repr array_str
        base_repr binary_repr format_float_positional format_float_scientific from_dlpack frombuffer
        fromfile fromiter fromregex fromstring genfromtxt load loadtxt save savetxt savez
        savez_compressed""",
    "they import what NumPy holds": """array asarray asanyarray asarray_chkfinite ascontiguousarray
        asfortranarray require""",
    "they speak of dtypes, shapes or memory only": """broadcast_shapes can_cast common_type isdtype
        issubdtype min_scalar_type mintypecode promote_types result_type typename may_share_memory
        shares_memory iscomplexobj isrealobj isfortran isscalar iterable ndim shape size""",
    "they read or set NumPy's state": """get_include get_printoptions getbufsize geterr geterrcall
        info printoptions set_printoptions setbufsize seterr seterrcall show_config show_runtime
        test""",
    "of dates": "busday_count busday_offset datetime_as_string datetime_data is_busday isnat",
    "they make ufuncs or iterators of Python's objects": "frompyfunc nested_iters",
    "of the matrix class": "asmatrix bmat",
    "it plans, and computes nothing": "einsum_path",
}

# Made of: m a matrix 4 x 4, v and w vectors of 6, s a sorted vector, i indices, t truth.
CALLS = {
    "all any amax amin argmax argmin argsort around count_nonzero cumprod cumsum "
    "cumulative_prod cumulative_sum diff ediff1d fix flatnonzero argwhere max min median "
    "nonzero prod ptp round sort std sum trim_zeros var mean nan_to_num nanargmax nanargmin "
    "nancumprod nancumsum nanmax nanmean nanmedian nanmin nanprod nanstd nansum nanvar unique "
    "unique_all unique_counts unique_inverse unique_values unwrap real imag angle isreal "
    "iscomplex isneginf isposinf real_if_close sort_complex trapezoid gradient diag diagflat "
    "vander poly roots i0 sinc copy ravel squeeze atleast_1d atleast_2d atleast_3d flip "
    "zeros_like ones_like": "np.{name}(v)",
    "corrcoef cov triu tril trace transpose matrix_transpose permute_dims diagonal fliplr "
    "flipud rot90 unstack diag_indices_from tril_indices_from triu_indices_from": "np.{name}(m)",
    "allclose array_equal array_equiv convolve correlate dot inner vdot vecdot isclose isin "
    "kron outer intersect1d setdiff1d setxor1d union1d append polyadd polymul "
    "polysub": "np.{name}(v, w)",
    "polydiv": "np.polydiv(v, w[:3])",
    "polyder polyint": "np.{name}(v)",
    "polyfit": "np.polyfit(v, w, 2)",
    "polyval": "np.polyval(v, w)",
    "tensordot matmul": "np.{name}(m, m)",
    "matvec": "np.matvec(m, m[0])",
    "vecmat": "np.vecmat(m[0], m)",
    "cross": "np.cross(v[:3], w[:3])",
    "einsum": "np.einsum('ij,jk->ik', m, m)",
    "stack vstack hstack dstack column_stack concat concatenate block row_stack": (
        "np.{name}([v, w])"
    ),
    "array_split split hsplit": "np.{name}(v, 2)",
    "vsplit": "np.vsplit(m, 2)",
    "dsplit": "np.dsplit(np.stack([m, m], axis=2), 2)",
    "broadcast_arrays meshgrid": "np.{name}(v, w)",
    "broadcast_to": "np.broadcast_to(v, (3, 6))",
    "expand_dims": "np.expand_dims(v, 0)",
    "moveaxis rollaxis swapaxes": "np.{name}(m, 0, 1)",
    "reshape": "np.reshape(v, (2, 3))",
    "resize": "np.resize(v, (2, 5))",
    "repeat tile roll": "np.{name}(v, 2)",
    "pad": "np.pad(v, 2)",
    "insert": "np.insert(v, 1, w[0])",
    "delete": "np.delete(v, 1)",
    "astype": "np.astype(v, v.dtype)",
    "average": "np.average(v, weights=w)",
    "percentile nanpercentile": "np.{name}(v, 30)",
    "quantile nanquantile": "np.{name}(v, 0.3)",
    "bincount": "np.bincount(v)",
    "clip": "np.clip(v, w[0], w[1])",
    "compress extract": "np.{name}(t, v)",
    "choose": "np.choose(i % 2, [v, w])",
    "select": "np.select([t, ~t], [v, w])",
    "piecewise": "np.piecewise(v, [t], [lambda x: x, 1])",
    "where": "np.where(t, v, w)",
    "searchsorted": "np.searchsorted(s, v)",
    "digitize": "np.digitize(v, s)",
    "interp": "np.interp(v, s, w)",
    "histogram histogram_bin_edges": "np.{name}(v)",
    "histogram2d": "np.histogram2d(v, w)",
    "histogramdd": "np.histogramdd(m)",
    "lexsort": "np.lexsort((v, w))",
    "partition argpartition": "np.{name}(v, 2)",
    "take": "np.take(v, i)",
    "take_along_axis": "np.take_along_axis(v, i, 0)",
    "ix_": "m[np.ix_(i[:2] % 4, i[:2] % 4)]",
    "put": "(c := v.copy(), np.put(c, i, w))[0]",
    "put_along_axis": "(c := v.copy(), np.put_along_axis(c, i, w, 0))[0]",
    "place putmask": "(c := v.copy(), np.{name}(c, t, w))[0]",
    "copyto": "(c := v.copy(), np.copyto(c, w, where=t))[0]",
    "fill_diagonal": "(c := m.copy(), np.fill_diagonal(c, v[0]))[0]",
    "packbits unpackbits": "np.{name}(v)",
    "apply_along_axis": "np.apply_along_axis(lambda x: x, 0, m)",
    "apply_over_axes": "np.apply_over_axes(np.sum, m, [0])",
    "empty_like": "np.empty_like(v).shape",
    "full": "np.full(3, v[0])",
    "full_like": "np.full_like(v, w[0])",
}
# Of these only the dtype of what they make, or of an index, is free.
CREATIONS = {
    "arange": "np.arange(5, dtype=dtype)",
    "linspace logspace geomspace": "np.{name}(1, 5, 5, dtype=dtype)",
    "zeros ones": "np.{name}(3, dtype=dtype)",
    "empty": "np.empty(3, dtype=dtype).shape",
    "eye identity tri": "np.{name}(3, dtype=dtype)",
    "fromfunction": "np.fromfunction(lambda i: i, (3,), dtype=dtype)",
    "indices": "np.indices((2, 3), dtype=dtype)",
}
ONCE = {
    "bartlett blackman hamming hanning": "np.{name}(7)",
    "kaiser": "np.kaiser(7, 2.0)",
    "diag_indices": "np.diag_indices(3)",
    "mask_indices": "np.mask_indices(3, np.triu)",
    "tril_indices triu_indices": "np.{name}(3)",
    "ravel_multi_index": "np.ravel_multi_index((i % 2, i % 3), (2, 3))",
    "unravel_index": "np.unravel_index(i, (2, 3))",
}
LINALG = {
    "cholesky": "np.linalg.cholesky(np.eye(4, dtype=dtype) * 2)",
    "cond det eig eigvals inv norm matrix_norm pinv qr slogdet svd svdvals matrix_rank trace "
    "diagonal matrix_transpose": "np.linalg.{name}(m)",
    "eigh eigvalsh": "np.linalg.{name}(m)",
    "vector_norm": "np.linalg.vector_norm(v)",
    "cross": "np.linalg.cross(v[:3], w[:3])",
    "matrix_power": "np.linalg.matrix_power(m, 3)",
    "solve lstsq": "np.linalg.{name}(m, m[0])",
    "matmul tensordot": "np.linalg.{name}(m, m)",
    "multi_dot": "np.linalg.multi_dot([m, m, m])",
    "outer vecdot": "np.linalg.{name}(v, w)",
    "tensorinv": "np.linalg.tensorinv(m.reshape(2, 2, 4))",
    "tensorsolve": "np.linalg.tensorsolve(m.reshape(2, 2, 4), m[0].reshape(2, 2))",
}
FFT = {
    "fft ifft rfft irfft hfft ihfft fftshift ifftshift": "np.fft.{name}(v)",
    "fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn": "np.fft.{name}(m)",
}
FFT_ONCE = {"fftfreq rfftfreq": "np.fft.{name}(8, 0.5)"}


class Row(NamedTuple):
    """One function with one kind of dtype."""

    function: str
    kind: str
    is_native: bool
    why: str  # where not


def expanded(table: dict[str, str]) -> dict[str, str]:
    """One entry per name."""
    return {
        name: call.replace("{name}", name)
        for names, call in table.items()
        for name in names.split()
        if call
    }


def ufunc_calls() -> dict[str, str]:
    operands = {1: "v", 2: "v, w"}
    calls = {
        name: f"np.{name}({operands[function.nin]})"
        for name in numpy.__all__
        if isinstance(function := getattr(numpy, name), numpy.ufunc) and function.nin in operands
    }
    return {**calls, "ldexp": "np.ldexp(v, i)", "left_shift": "np.left_shift(v, i)"}


def public_functions(module: ModuleType) -> list[str]:
    return [
        name
        for name in module.__all__
        if callable(getattr(module, name)) and not isinstance(getattr(module, name), type)
    ]


def arguments(dtype: str) -> dict[str, Any]:
    """NumPy's arrays for one dtype."""
    v = numpy.array([3, 1, 2, 5, 1, 4])
    m = numpy.array([[4, 1, 2, 1], [1, 5, 1, 2], [2, 1, 6, 1], [1, 2, 1, 7]])
    made = {"v": v, "w": v[::-1].copy(), "s": numpy.sort(v), "m": m}
    made = {name: x.astype(dtype) for name, x in made.items()}
    if dtype in "dD":
        made = {name: x * 1.25 for name, x in made.items()}
    return {**made, "i": numpy.array([0, 2, 1, 5, 4, 3]), "t": v > 2}


def ours(x: Any) -> Any:
    return lazynp.array(x)


def leaves(x: Any) -> Iterator[tuple[Any, ...]]:
    """dtype, shape and bytes of everything in a result."""
    if isinstance(x, (tuple, list)):
        for item in x:
            yield from leaves(item)
    else:
        array = numpy.asarray(x)
        yield (array.dtype.str, array.shape, array.tobytes())


def evaluated(call: str, module: ModuleType, dtype: str, arrays: dict[str, Any]) -> Any:
    return eval(call, {"np": module, "dtype": dtype, **arrays})


def measured(name: str, kind: str, call: str) -> Row | None:
    """None: NumPy does not take this kind."""
    dtype = KINDS[kind]
    arrays = arguments(dtype)
    try:
        expected = list(leaves(evaluated(call, numpy, dtype, arrays)))
    except Exception:  # NumPy's classes of errors differ
        return None
    before = served_counts()
    try:
        got = list(leaves(evaluated(call, lazynp, dtype, {n: ours(x) for n, x in arrays.items()})))
    except Exception as error:
        return Row(name, kind, False, f"raises {type(error).__name__}: {error}")
    served = served_counts() - before
    if got != expected:
        return Row(name, kind, False, "other bits")
    return Row(name, kind, not served, ", ".join(sorted(served)))


def served_counts() -> Counter[str]:
    """How often NumPy served what, so far."""
    counts: Counter[str] = Counter()
    for fallback in _fallback.fallbacks():
        counts[fallback.name] += fallback.count
    return counts


def rows() -> list[Row]:
    """Every pair that NumPy takes."""
    with_kinds = {**ufunc_calls(), **expanded(CALLS), **expanded(CREATIONS)}
    with_kinds |= {f"linalg.{name}": call for name, call in expanded(LINALG).items()}
    with_kinds |= {f"fft.{name}": call for name, call in expanded(FFT).items()}
    once = expanded(ONCE) | {f"fft.{name}": call for name, call in expanded(FFT_ONCE).items()}
    pairs = [(name, kind, call) for name, call in with_kinds.items() for kind in KINDS]
    pairs += [(name, "float", call) for name, call in once.items()]
    _require_whole_namespace({name for name, _, _ in pairs})
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = [measured(*pair) for pair in pairs]
    return [row for row in found if row]


def _require_whole_namespace(called: set[str]) -> None:
    """No function is forgotten."""
    left_out = {name for names in NOT_NUMERIC.values() for name in names.split()}
    public = set(public_functions(numpy))
    public |= {f"linalg.{name}" for name in public_functions(numpy.linalg)}
    public |= {f"fft.{name}" for name in public_functions(numpy.fft)}
    public = {name for name in public if "." not in name or name.split(".")[1] != "test"}
    if missing := public - called - left_out - {"linalg.LinAlgError"}:
        raise SystemExit(f"neither called nor left out: {', '.join(sorted(missing))}")


def table(not_native: list[Row]) -> str:
    """The functions that are served by NumPy, with kinds and by what."""
    kinds = defaultdict(list)
    for row in not_native:
        kinds[row.function, row.why].append(row.kind)
    lines = ["| function | dtype kinds | served by |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {', '.join(of)} | {why or '-'} |"
        for (name, why), of in sorted(kinds.items())
    ]
    return "\n".join(lines)


def share_of(found: list[Row]) -> float:
    """Percentage of the pairs that are native."""
    return 100 * sum(row.is_native for row in found) / len(found)


def page(found: list[Row]) -> str:
    """The page of the documentation."""
    n_native = sum(row.is_native for row in found)
    return f"""# What NumPy still serves

{n_native} of {len(found)} pairs of a function of `numpy`, `numpy.linalg` or `numpy.fft` and a kind
of dtype (bool, int64, uint8, float64, complex128) are native: {share_of(found):.1f} %. In the
others the named primitive is served by NumPy and counted in `lazynp.fallbacks()`. Written by
`python conformance/native_share.py > docs/native_share.md`; a test compares. Functions that are not
about the elements of numeric arrays (files, text, dtypes, dates, NumPy's state) are listed in that
program with the reason.

{table([row for row in found if not row.is_native])}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--min", type=float, default=0.0, help="least percentage")
    options = parser.parse_args()
    found = rows()
    print(page(found), end="")
    return 0 if share_of(found) >= options.min else 1


if __name__ == "__main__":
    sys.exit(main())
