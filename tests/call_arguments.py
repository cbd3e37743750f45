"""Draws the arguments of a public function by the names of its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from call_scene import Scene
from public_functions import Parameter, PublicFunction

Draw = Callable[[Scene], str]
KEYWORD_SHARE = 0.22  # of optional parameters that are given


def words(*choices: str) -> Draw:
    return lambda scene: str(scene.pick(*choices))


def number(low: int, high: int) -> Draw:
    return lambda scene: str(scene.integer(low, high))


def first_array(scene: Scene) -> str:
    return scene.arrays[0] if scene.arrays else scene.array()


def list_of_arrays(scene: Scene) -> str:
    """A list of arrays of one shape, or of shapes that differ along the first axis."""
    names = []
    for _ in range(scene.integer(1, 3)):
        shape = scene.shape
        if shape and scene.chance(0.2):
            shape = (scene.integer(0, 3), *shape[1:])
        names.append(scene.array(shape=shape) if scene.chance(0.9) else scene.operand())
    brackets = scene.pick("[{}]", "({},)")
    return str(brackets.format(", ".join(names)))


def vector(family: str | None = None, sizes: tuple[int, ...] = (3, 4, 5, 1)) -> Draw:
    return lambda scene: scene.array(family, (scene.pick(*sizes),))


def square(scene: Scene) -> str:
    n = scene.pick(1, 2, 3, 4, 6)
    shape = (n, n) if scene.chance(0.75) else (2, n, n)
    return scene.array(shape=scene.shape if scene.chance(0.1) else shape)


def shape_word(scene: Scene) -> str:
    size = 1
    for n in scene.shape:
        size *= n
    choices = [str(scene.shape), "-1", str(size), f"({size}, 1)", f"(1, {size})", "(-1, 1)"]
    if size % 2 == 0:
        choices += [f"(2, {size // 2})", f"({size // 2}, 2)", "(2, -1)"]
    return str(scene.pick(*choices, "(2, 3)"))


def new_shape(scene: Scene) -> str:
    return str(scene.pick("3", "(2, 3)", "()", "(0, 2)", "[2, 2]", "(2, 1, 3)", "np.int64(2)"))


def wider_shape(scene: Scene) -> str:
    return str(scene.pick(scene.shape, (2, *scene.shape), (1, 2, *scene.shape), (7, 3)))


def index_array(scene: Scene) -> str:
    return scene.indices(scene.shape[0] if scene.shape else 1)


def flat_indices(scene: Scene) -> str:
    size = 1
    for n in scene.shape:
        size *= n
    return scene.indices(size)


def subscript(scene: Scene) -> str:
    return scene.subscript(scene.shape)


def operand(scene: Scene) -> str:
    return scene.operand()


def real_parameter(scene: Scene) -> str:
    """Of a distribution."""
    if scene.chance(0.25):
        return scene.array("float", (3,))
    return str(scene.pick("0.5", "1.0", "2", "3.5", "0.2", "-1", "[0.5, 1.5]"))


def slicing_words(scene: Scene) -> str:
    return str(scene.pick("1", "2", "3", "[1]", "[1, 2]", "[0, 5]", "np.array([1, 3])"))


def weights(scene: Scene) -> str:
    return scene.array("float")


TEXT_VALUES = words("'a'", "'1'", "''", "'-'", "['a', 'b']", "b'1'", "'%s'")
BOOLEAN = words("True", "False")
ORDER = words("'C'", "'F'", "'A'", "'K'", "'C'", "'K'")

# By the name of a parameter, or by "function parameter".
DRAWS: dict[str, Draw] = {
    # arrays
    **dict.fromkeys("a b x y z x1 x2 x3 x4 value element test_elements".split(), operand),
    **dict.fromkeys("array arr m ar ary prototype data object f A X B filt".split(), operand),
    **dict.fromkeys("ar1 ar2 a1 a2 c c1 c2 p u v values vals val other".split(), operand),
    **dict.fromkeys("actual desired sample choices begindates enddates dates t".split(), operand),
    **dict.fromkeys("arrays tup arys choicelist seqarrays keys".split(), list_of_arrays),
    "condition": Scene.mask,
    "mask": Scene.mask,
    "where": Scene.mask,
    "weights": weights,
    "args": operand,
    "xi": operand,
    "operands": operand,
    # shapes and indices
    "axis": Scene.axis,
    "axis1": Scene.one_axis,
    "axis2": Scene.one_axis,
    "source": Scene.one_axis,
    "destination": Scene.one_axis,
    "axes": lambda s: str(
        s.pick(tuple(s.random.sample(range(len(s.shape)), len(s.shape))), (0, 1), "None", 1)
    ),
    "shape": new_shape,
    "new_shape": shape_word,
    "newshape": shape_word,
    "size": words("None", "3", "(2, 2)", "()", "0", "(2, 3)"),
    "indices": index_array,
    "ind": flat_indices,
    "obj": index_array,
    "kth": lambda s: str(s.integer(0, max(0, (s.shape[-1] if s.shape else 1) - 1))),
    "repeats": words("2", "0", "3", "[1]", "np.array(2)", "[1, 2, 0]"),
    "reps": words("2", "(2, 1)", "(1, 2, 1)", "0", "()", "[3]"),
    "shift": words("1", "-2", "(1, 2)", "0", "7"),
    "indices_or_sections": slicing_words,
    "pad_width": words("1", "(1, 2)", "0", "2", "[(1, 1)]", "((0, 1), (2, 0))"),
    "multi_index": words("([1, 0], [2, 1])", "(1, 2)", "np.array([[0, 1], [1, 1]])"),
    "dims": words("(3, 4)", "(2, 3)", "5"),
    "dimensions": words("(2, 3)", "(4,)", "()", "[1, 2, 2]"),
    "window_shape": words("2", "(1, 2)", "1", "3", "(2, 2)"),
    # kinds and flags
    "dtype": Scene.dtype_word,
    "copy": words("True", "False", "None"),
    "order": ORDER,
    "casting": words("'same_kind'", "'unsafe'", "'safe'", "'no'", "'equiv'", "'unsafe'"),
    **dict.fromkeys(
        """keepdims subok endpoint density increasing invert assume_unique overwrite_input equal_nan
        return_index return_inverse return_counts sorted sparse rowvar bias right full_matrices
        compute_uv hermitian upper returned writeable include_initial retstep strict tensor verbose
        replace shuffle unsigned full equal_inf stable inplace method_flag suppress_small
        allow_duplicate pad_left unique""".split(),
        BOOLEAN,
    ),
    "like": words("None"),
    "device": words("'cpu'", "None", "'gpu'"),
    "kind": words("'quicksort'", "'stable'", "'mergesort'", "'heapsort'", "None", "'introselect'"),
    "side": words("'left'", "'right'"),
    "sorter": words("None", "[0, 1, 2]"),
    "mode": words("'raise'", "'wrap'", "'clip'", "'full'", "'same'", "'valid'"),
    "pad mode": words(
        *(
            f"'{w}'"
            for w in "constant edge wrap reflect symmetric maximum mean linear_ramp".split()
        ),
        *("'minimum'", "'median'", "'empty_'"),
    ),
    "method": words("'linear'", "'lower'", "'nearest'", "'weibull'", "'hazen'", "'inverted_cdf'"),
    "norm": words("None", "'ortho'", "'forward'", "'backward'"),
    "ord": words("None", "1", "2", "np.inf", "-np.inf", "'fro'", "'nuc'", "0", "3", "-1"),
    "indexing": words("'xy'", "'ij'"),
    "bitorder": words("'big'", "'little'"),
    "trim": words("'fb'", "'f'", "'b'", "'k'", "'.'", "'0'", "'-'"),
    "UPLO": words("'L'", "'U'"),
    # numbers
    **dict.fromkeys("n N M num k offset".split(), number(-1, 6)),
    "ndmin": number(0, 3),
    "ndim": number(0, 3),
    "decimals": number(-2, 4),
    "deg": number(0, 3),
    "ddof": words("0", "1", "2", "0.5"),
    "correction": words("0", "1", "1.5"),
    "mean": words("0.5", "np.float64(1.0)", "2", "0.0"),
    "initial": words("0", "1", "-3", "2.5", "100"),
    "q": words("50", "0.5", "[0.25, 0.5]", "0", "1", "[10, 90]", "100", "101", "np.array([0.1])"),
    "bins": words("4", "3", "[0, 1, 2.5, 4]", "'auto'", "'sqrt'", "np.arange(-5, 6)"),
    "range": words("(0, 5)", "(-2.0, 3.0)", "None", "(1, 1)"),
    "start": words("0", "1", "-2", "0.5", "[0, 1]", "1 + 1j"),
    "stop": words("5", "10", "-3", "2.5", "[4, 8]", "0"),
    "start_or_stop": words("5", "0", "2.5", "-3", "np.int32(4)"),
    "step": words("1", "2", "0.5", "-1", "3"),
    "base": words("2", "10", "16", "2.0", "36"),
    "rtol": words("1e-5", "0.1", "0"),
    "atol": words("1e-8", "0.5", "0"),
    "rcond": words("None", "1e-10", "0.1"),
    "tol": words("None", "1e-3", "100"),
    "fill_value": Scene.scalar,
    "nan": words("0.0", "-1", "7"),
    "posinf": words("None", "9.0"),
    "neginf": words("None", "-9.0"),
    "min": operand,
    "max": operand,
    "a_min": operand,
    "a_max": operand,
    "prepend": operand,
    "append": operand,
    "to_end": words("[9, 8]", "5", "None"),
    "to_begin": words("[9, 8]", "5", "None"),
    "period": words("None", "3", "360"),
    "discont": words("None", "2.0", "5"),
    "left": words("None", "-1.0", "0.1"),
    "d": words("1.0", "0.5", "2"),
    "s": words("None", "(3, 4)", "(2,)", "(4, 2)"),
    "dx": words("1.0", "0.5"),
    "xp": words("[0, 1, 2.5, 4]", "np.array([0.0, 1.0, 3.0, 5.0])"),
    "fp": words("[1.0, 3, -1, 2]", "np.array([1j, 2, 3, 4])"),
    "precision": number(0, 5),
    "minlength": number(0, 6),
    "edge_order": words("1", "2"),
    "prefix": TEXT_VALUES,
    "suffix": TEXT_VALUES,
    "sign": words("'-'", "'+'", "' '", "True"),
    "count": words("-1", "2", "3", "None"),
    "width": words("5", "[3, 6]", "0", "8"),
    "fillchar": words("' '", "'*'"),
    **dict.fromkeys("sub old new chars sep deletechars".split(), TEXT_VALUES),
    "end": words("None", "3", "2"),
    "encoding": words("'utf-8'", "'ascii'", "None"),
    "errors": words("'strict'", "'ignore'"),
    "scale": real_parameter,
    "loc": real_parameter,
    **dict.fromkeys(
        "low high lam alpha df dfnum dfden nonc mu kappa sigma".split(), real_parameter
    ),
    **dict.fromkeys("ngood nbad nsample".split(), words("3", "5", "[2, 4]", "1")),
    "pvals": words("[0.2, 0.8]", "[0.5, 0.25, 0.25]", "np.array([0.3, 0.7])"),
    "cov": words("[[1, 0.2], [0.2, 2]]", "np.eye(2)", "np.eye(3)"),
    "from_": Scene.dtype_word,
    "to": Scene.dtype_word,
    **dict.fromkeys("type1 type2 arg1 arg2".split(), Scene.dtype_word),
    "typechars": words("'fd'", "['d', 'F']"),
    "char": words("'d'", "'F'", "'?'"),
    "int_type": words("np.int8", "'u4'", "int"),
    "func1d": words("np.sum", "np.sort", "np.cumsum", "lambda v: v[0] * 2", "len"),
    "func": words("np.sum", "np.max", "np.mean"),
    "function": words("lambda i, j: i + j", "lambda i: i * 2", "np.add"),
    "mask_func": words("np.triu", "np.tril"),
    "condlist": lambda s: f"[{s.mask()}, {s.mask()}]",
    "funclist": words("[np.negative, 3]", "[1, 2]", "[lambda v: v * 2, np.abs, 0]"),
    "dst": lambda s: s.array(),
    "src": operand,
    "requirements": words("'C'", "['F', 'W']", "'O'", "None", "['A', 'E']"),
    "iter": words("range(4)", "[1, 2, 3]", "(i * 0.5 for i in range(3))", "'abc'"),
    "buffer": words("b'abcdefgh' * 2", "bytearray(16)", "values('f8', (3,), 1)"),
    "string": words("'1 2 3'", "'1,2'"),
    "strides": words("None", "(8,)"),
    "max_work": words("None", "0", "-1"),
    "weekmask": words("'1111100'", "'Mon Wed'"),
    "holidays": words("()", "['2000-01-05']"),
    "busdaycal": words("None"),
    "timezone": words("'naive'", "'UTC'"),
    "unit": words("None", "'D'", "'auto'"),
    "signature": words("None"),
    "optimize": words("True", "False", "'greedy'"),
    "element_type": words("'f8'"),
    # functions that take something of their own under a common name
    "where condition": Scene.mask,
    "piecewise x": lambda s: s.array(),
    "lexsort keys": lambda s: f"({s.array()}, {s.array()})",
    "select default": Scene.scalar,
    "diff n": number(0, 3),
    "vander N": words("3", "None", "0"),
    "kaiser beta": words("2.0", "0", "8.6"),
    "digitize bins": words("[0, 1, 2.5, 4]", "np.arange(-5, 6)", "[4, 1, 0]"),
    "histogramdd bins": words("3", "[2, 3]", "(2, 2, 2)"),
    "histogram2d bins": words("3", "[2, 3]"),
    "trim_zeros axis": words("None", "0", "-1"),
    "rot90 axes": words("(0, 1)", "(1, 0)", "(-1, -2)"),
    "rollaxis start": words("0", "1"),
    "array_split indices_or_sections": slicing_words,
    "choose a": lambda s: s.indices(2),
    "choose choices": list_of_arrays,
    "ndarray.choose choices": list_of_arrays,
    "unravel_index indices": words("[5, 3]", "7", "np.array([[1, 2], [3, 4]])", "99"),
    "unravel_index shape": words("(3, 4)", "(2, 2, 3)", "13"),
    "bincount x": lambda s: s.pick("[1, 2, 2, 0]", "np.array([3, 1, 1], 'u1')", "[]", s.array()),
    "bincount weights": words("None", "[0.5, 1, 2, 3]", "[1, 2, 3]"),
    "interp x": lambda s: s.operand(s.pick("float", "integer")),
    "packbits a": lambda s: s.array(s.pick("bool", "integer")),
    "unpackbits a": lambda s: f"values('u1', {s.shape}, 3)",
    "ix_ args": words("[0, 1]", "[True, False]", "np.array([2, 1])"),
    "broadcast_to shape": wider_shape,
    "ndarray.reshape shape": shape_word,
    "reshape shape": shape_word,
    "as_strided shape": words("None", "(2,)", "(1, 2)"),
    "lib.stride_tricks.as_strided shape": words("None", "(1,)"),
    "lib.stride_tricks.as_strided strides": words("None", "(0,)"),
    "ndarray.__getitem__ key": subscript,
    "ndarray.__setitem__ key": subscript,
    "ndarray.__delitem__ key": subscript,
    "ndarray.__contains__ key": Scene.scalar,
    "ndarray.item args": words("0", "-1", "(0, 0)", "1"),
    "ndarray.view args": words("'u1'", "'i8'", "np.float32", "'f4,f4'", "np.matrix", "np.recarray"),
    "ndarray.astype dtype": Scene.dtype_word,
    "ndarray.getfield dtype": words("'u1'", "'f4'", "'i2'"),
    "ndarray.setfield dtype": words("'u1'", "'f4'", "'i2'"),
    "ndarray.fill value": Scene.scalar,
    "ndarray.transpose axes": lambda s: str(
        s.pick(tuple(s.random.sample(range(len(s.shape)), len(s.shape))), "None", (1, 0))
    ),
    "ndarray.__pow__ mod": words("None"),
    "ndarray.__rpow__ mod": words("None"),
    "ndarray.__array__ dtype": Scene.dtype_word,
    "ndarray.__deepcopy__ memo": words("{}"),
    "ndarray.setflags write": BOOLEAN,
    "ndarray.setflags align": BOOLEAN,
    "ndarray.setflags uic": words("False"),
    "ndarray.resize refcheck": words("False"),
    "nditer op": operand,
    "at a": lambda s: s.array(),
    "reduce array": lambda s: s.array(),
    "accumulate array": lambda s: s.array(),
    "reduceat array": lambda s: s.array(),
    "at indices": index_array,
    "at b": operand,
    "reduceat indices": words("[0, 1]", "[0, 2, 1]", "[0]", "np.array([1, 0])"),
    "matrix_power n": number(-2, 4),
    "linalg.matrix_power n": number(-2, 4),
    "linalg.multi_dot arrays": lambda s: f"[{s.array(shape=(2, 3))}, {s.array(shape=(3, 4))}]",
    "linalg.cross x1": lambda s: s.array(shape=(4, 3)),
    "linalg.cross x2": lambda s: s.array(shape=(4, 3)),
    "cross a": lambda s: s.array(shape=s.pick((3,), (4, 3), (3, 3))),
    "cross b": lambda s: s.array(shape=s.pick((3,), (4, 3), (1, 3))),
    "einsum_path optimize": words("True", "'greedy'", "'optimal'"),
    "random.Generator.choice a": words("5", "[3, 4, 5]", "np.arange(6.0)"),
    "random.choice a": words("5", "[3, 4, 5]", "np.arange(6.0)"),
    "random.RandomState.choice a": words("5", "[3, 4, 5]", "np.arange(6.0)"),
    "fft2 axes": words("(0, 1)", "(-2, -1)", "(0,)"),
    "tensordot axes": words("1", "0", "2", "([0], [0])", "(1, 0)"),
    "linalg.tensordot axes": words("1", "0", "([0], [0])"),
    "result_type arrays_and_dtypes": lambda s: s.pick(s.dtype_word(), s.operand()),
    "ravel_multi_index mode": words("'raise'", "'wrap'", "'clip'", "('raise', 'wrap')"),
    "broadcast_shapes args": new_shape,
    "linalg.tensorsolve a": lambda s: s.array("float", (2, 3, 6)),
    "linalg.tensorsolve b": lambda s: s.array("float", (2, 3)),
    "linalg.tensorinv a": lambda s: s.array("float", (2, 3, 6)),
    "linalg.tensorinv ind": words("2", "1"),
    "linalg.lstsq b": lambda s: s.array(shape=s.shape[:1] if s.chance(0.5) else s.shape),
    "linalg.solve b": lambda s: s.array(shape=s.shape[:1] if s.chance(0.5) else s.shape),
    "testing.assert_array_max_ulp maxulp": words("1", "3"),
    "interp period": words("None", "3"),
}
# Groups of functions whose arrays have a form of their own.
MATRICES = frozenset(
    f"linalg.{name}"
    for name in """cholesky cond det eig eigh eigvals eigvalsh inv matrix_power matrix_rank pinv qr
    slogdet solve svd svdvals lstsq trace diagonal matrix_norm matrix_transpose""".split()
)
VECTORS = frozenset(
    """convolve correlate interp polyval polyadd polymul polysub polydiv polyder polyint polyfit
    roots poly bincount trim_zeros vander unwrap ediff1d digitize blackman linalg.outer""".split()
)
CRASHES_ON_STRINGS = ("ndarray.byteswap", "lexsort", "place")  # NumPy, on its StringDType
FAMILY_OF = {"char.": "text", "strings.": "text", "busday": "date", "is_busday": "date"}
FAMILY_OF |= {"linalg.": "float", "datetime": "date", "isnat": "date"}


def family_of(function: PublicFunction, scene_seed: int) -> str | None:
    """The family of dtypes that a function is about, mostly."""
    if function.name in CRASHES_ON_STRINGS:
        return "integer"
    if function.name.startswith("bitwise_") and "reduce" in function.name:
        return "integer"  # NumPy crashes where objects are folded in a dtype of numbers
    for start, family in FAMILY_OF.items():
        if function.name.startswith(start) and scene_seed % 8:
            return "complex" if start == "linalg." and scene_seed % 5 == 0 else family
    return None


def quiet_special(function: PublicFunction, scene: Scene) -> None:
    """With infinities LAPACK's svd and some distributions do not end, in NumPy either."""
    if function.name.startswith(("linalg.", "random.")):
        scene.special = False


def argument(function: PublicFunction, parameter: Parameter, scene: Scene) -> str:
    """The text of one argument."""
    short = function.name.split(".")[-1]
    name = parameter.name
    for key in (f"{function.name} {name}", f"{short} {name}"):
        if key in DRAWS:
            return DRAWS[key](scene)
    if function.name in MATRICES and name in ("a", "x", "A"):
        return square(scene)
    if function.name in VECTORS and name in ("a", "v", "x", "y", "p", "m", "u", "ary", "a1", "a2"):
        return vector()(scene)
    if function.name == "einsum":
        return scene.operand()
    draw = DRAWS.get(name, Scene.operand)
    return draw(scene)


_EINSUM = (
    "ij,jk->ik",
    "ij->ji",
    "ii->i",
    "ij->",
    "i,i->",
    "ij,ij->i",
    "...j,j",
    "ij,kj",
    "i,j->ij",
)


def arguments(function: PublicFunction, scene: Scene) -> list[str]:
    """The texts of the arguments of a call; `out=` is added by the caller."""
    given: list[str] = []
    if function.name.split(".")[-1] == "einsum":
        given.append(repr(scene.pick(*_EINSUM)))
        n_operands = given[0].count(",") + 1
        return given + [scene.array(shape=(3, 3) if "ii" in given[0] else scene.shape)] * n_operands
    must_name = False
    for parameter in function.parameters:
        if parameter.name == "out":
            must_name = True
            continue
        kind = parameter.kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            if must_name:
                continue
            n_given = scene.pick(1, 2, 1, 3, 0)
            given += [argument(function, parameter, scene) for _ in range(n_given)]
            continue
        if parameter.name == "where" and leaves_gaps(function):
            continue
        if not parameter.is_required and not scene.chance(KEYWORD_SHARE):
            must_name = True
            continue
        text = argument(function, parameter, scene)
        by_name = kind is inspect.Parameter.KEYWORD_ONLY or (
            kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and (must_name or scene.chance(0.1))
        )
        if kind is inspect.Parameter.POSITIONAL_ONLY and must_name:
            continue
        must_name = must_name or by_name
        given.append(f"{parameter.name}={text}" if by_name else text)
    return given


def leaves_gaps(function: PublicFunction) -> bool:
    """Whether `where=` leaves elements of a new result as they were found in memory."""
    return function.is_ufunc or function.name.split(".")[-1] in ("clip", "outer")


def takes_out(function: PublicFunction) -> bool:
    return any(parameter.name == "out" for parameter in function.parameters)
