"""What is promised about storage and shared memory, and the statements that exercise each promise.

Importing this registers the statements. A test holds the table and the register together: every
promise has statements, and every statement stands for one.
"""

from __future__ import annotations

import aliasing_foreign
import aliasing_masks
import aliasing_values
import aliasing_views
import aliasing_watching
import aliasing_writes

SUBJECTS = (
    aliasing_views,
    aliasing_values,
    aliasing_writes,
    aliasing_masks,
    aliasing_foreign,
    aliasing_watching,
)

PROMISES: dict[str, tuple[str, ...]] = {
    # ---------------------------------------------------------- storage, versions, views
    "a view of a view is one affine descriptor of the base": (
        *("view: basic index", "view: transpose", "view: reshape", "view: other"),
        *("view: diagonal", "view: broadcast_to", "view: real, imag", "view: dtype"),
    ),
    "an array that nothing aliases is a node; `a += b` on it is a rename": (
        *("create", "write: in-place operator", "name: rebind", "name: another name"),
    ),
    "a read is of the newest version": ("read", "read: scalar", "value: scalar read", "evaluate"),
    "values are computed from the versions that were there when they were recorded": (
        *("value: binary", "value: unary, astype", "value: select, join", "value: reduction"),
        *("value: sort, take, fancy read", "value: copy, pickle", "release", "eager"),
    ),
    "a write is checked (cast, shape, read-only) when it is recorded": ("write: refused",),
    "a write to the whole base replaces it": ("write: whole array",),
    "a write to a part makes a new version that all views see": (
        *("write: setitem", "write: single element", "write: sort", "write: slice of flat"),
        *("write: fill, flat, copyto, put", "write: loop over rows", "write: loop over elements"),
        *("write: put, putmask, place with an array", "write: partition"),
        *("write: fill_diagonal", "write: swap rows"),
    ),
    "operands are bound before the write, so overlaps need no analysis": (
        *("write: shifted overlap", "out="),
    ),
    "`out=o` writes `o` and returns `o` itself": ("out= returns its argument",),
    "`where=` keeps old bytes": ("where=",),
    "`ufunc.at` is sequential": ("ufunc.at",),
    "fancy assignment: the last duplicate wins": (
        *("fancy: assign with duplicates", "fancy: in-place with duplicates"),
    ),
    "the store that Python issues after `a[k] += b` changes nothing": (
        "write: in-place on a subscript",
    ),
    "`a[m] = scalar` is a select": ("mask: scalar",),
    "`a[m] = array` checks the count, and goes by rank": ("mask: array",),
    "`a[m]` is a value of its own": ("mask: read",),
    "`a[m] op= x` writes where the mask is true": (
        *("mask: in-place operator", "mask: read, then in-place"),
    ),
    "`flags`, `strides`, `base`, `.T`, `.real`, `.imag`, `.flat` answer when recorded": (
        *("ask: flags, strides", "ask: base", "ask: flat"),
    ),
    "setting `.real`, `.imag`, `.shape`, `.dtype`, `setflags`, `resize`": (
        *("write: set real, imag", "set shape", "set dtype", "setflags", "resize"),
    ),
    "results lie in K order": ("ask: memory order of a result",),
    "`shares_memory` answers as NumPy does": ("ask: shares_memory",),
    # ---------------------------------------------------------- memory that NumPy sees
    "`array(x)` copies": ("array() copies, then the owner writes",),
    "`asarray(ndarray)` aliases; its owner may write at any moment": (
        *("import: asarray", "import: frombuffer", "import: a view of the owner's memory"),
        *("foreign: write", "foreign: read", "foreign: release"),
    ),
    "imports are compared by address; a write that overlaps goes through a temporary": (
        "import: overlapping views of one owner",
    ),
    "what a fallback made is native; what it gave back of ours aliases": (
        *("value: made by NumPy (fallback)", "view: made by NumPy (fallback)"),
        "write: made by NumPy (fallback)",
    ),
    "`writeable=False` proves nothing": ("import: read-only",),
    "`adopt` hands over and clears WRITEABLE": ("import: adopt",),
    "watching snapshots a SHARED operand": ("watch: memory shared with NumPy",),
    "gradients refer to the watched value, whatever is written later": (
        *("watch", "watch: gradient after writes"),
    ),
    "exports are zero-copy, and SHARED until the token dies": (
        *("export: asarray", "export: memoryview", "export: dlpack"),
        "foreign: write through a memoryview",
    ),
    "reading a raw address pins the memory": (
        *("export: __array_interface__", "export: ctypes.data"),
        "foreign: write through an address",
    ),
    "mixed expressions copy small ndarrays and run at once with large ones": (
        *("foreign: array and ndarray", "foreign: array += ndarray"),
        "foreign: a large ndarray, then changed",
    ),
    "`ndarray += lazy`, `np.add(nd, lazy, out=nd)`: at once, NumPy's result type": (
        *("foreign: ndarray += array", "foreign: numpy.add(out=ndarray)"),
    ),
    "real ndarrays and ours are asked about memory alike": (
        "foreign: shares_memory with an ndarray",
    ),
    "`__array_ufunc__ = None` and `__array_priority__` are honoured": (
        "foreign: objects that compute with arrays themselves",
    ),
    "random numbers are drawn in program order": ("value: random draw",),
}
