"""One op = one block: no pass, plan, engine, gradient or Python file lists operations.

The names are read in the code, not in comments or docstrings. `csrc/python` writes some methods of
ndarray by hand and names the ops that it records; a table of ops stands nowhere.
"""

from __future__ import annotations

import ast
import builtins
import operator
import pathlib
import re
from collections.abc import Iterator

import numpy
import pytest

import lazynp

ROOT = pathlib.Path(__file__).parents[1]
OPS = lazynp._core.ops()
NAMES = {name for op in OPS for name in (op.name, *op.numpy, *op.scipy_special)}

# Words that are also names of ops and mean something else where they stand.
OTHER_MEANINGS = {
    "csrc/cpu/blas_library.cpp": {"dot"},  # a function of BLAS
    "csrc/engine/explain.cpp": {"write"},  # a kind of group
    "csrc/python/array_flags.cpp": {"write"},  # a flag of arrays
    "csrc/python/array_api.cpp": {"empty"},  # a function of NumPy that is called
    "csrc/python/array_conversion.cpp": {"any"},  # a method of NumPy that is called
    "csrc/python/bind_ops.cpp": {"view", "write"},  # kinds of ops
    "csrc/python/lazy_scalar.cpp": {"ceil", "floor", "trunc"},  # functions of Python's math
    "csrc/python/record_state.cpp": {"divide", "log", "write"},  # keys of errstate, a file's method
    "csrc/python/ufunc_call.cpp": {"where"},  # a parameter
    "csrc/python/ufunc_methods.cpp": {"where"},
    "csrc/python/numpy_fallback.cpp": {"take"},  # a function of this module
    "src/lazynp/_namespace.py": {"view"},  # a kind of ops
    "src/lazynp/_native.py": {"view"},  # a kind of ops
    # the function whose text it is, and those that the text calls
    "src/lazynp/_unique_rows.py": {"unique", "moveaxis", "lexsort", "ones", "empty", "diff"},
}


def strings_of_cpp(text: str) -> list[str]:
    """String literals outside comments."""
    return re.findall(r'"((?:[^"\\\n]|\\.)*)"', re.sub(r"//[^\n]*", "", text))


def names_in_python(text: str) -> Iterator[str]:
    """Strings, words of strings that are split, and NumPy's functions where they are not called."""
    tree = ast.parse(text)
    skipped = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # docstrings
    skipped |= {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in skipped:
                yield node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "split" and isinstance(node.func.value, ast.Constant):
                yield from str(node.func.value.value).split()
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "numpy"
            and id(node) not in skipped
        ):
            yield node.attr


def belongs_to_a_type(name: str) -> bool:
    return any(hasattr(owner, name) for owner in (numpy.ndarray, numpy.ufunc, operator, builtins))


def found_in(path: pathlib.Path) -> set[str]:
    """The ops that a file names."""
    text = path.read_text()
    names = names_in_python(text) if path.suffix == ".py" else strings_of_cpp(text)
    return (NAMES & set(names)) - OTHER_MEANINGS.get(str(path.relative_to(ROOT)), set())


def files_of(*folders: str) -> list[pathlib.Path]:
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).iterdir())
        if path.suffix in (".cpp", ".h", ".py")
    ]


@pytest.mark.parametrize(
    "folder",
    [
        "csrc/base",
        "csrc/graph",
        "csrc/passes",
        "csrc/engine",
        "csrc/autodiff",
        "csrc/cpu",
        "src/lazynp",
    ],
)
def test_no_file_lists_an_op(folder: str) -> None:
    for path in files_of(folder):
        assert not found_in(path), f"{path} names {sorted(found_in(path))}"


def test_the_array_type_names_its_own_methods_and_what_it_records() -> None:
    """A name is an attribute of ndarray or ufunc, an operator of Python, or in op_named()."""
    for path in files_of("csrc/python"):
        recorded = set(re.findall(r'(?:op_named|apply)\("(\w+)"', path.read_text()))
        tables = {name for name in found_in(path) - recorded if not belongs_to_a_type(name)}
        assert not tables, f"{path} names {sorted(tables)}"


def test_every_word_with_another_meaning_is_still_there() -> None:
    for name, words in OTHER_MEANINGS.items():
        text = (ROOT / name).read_text()
        names = names_in_python(text) if name.endswith(".py") else strings_of_cpp(text)
        assert words <= set(names), f"{name} no longer has {sorted(words - set(names))}"


def test_the_reader_finds_names() -> None:
    code = 'f("""add where""".split(), numpy.sqrt, "sort", {"exp": 1}, numpy.cos(1))  # "tanh"'
    assert set(names_in_python(f'"""cos"""\n{code}')) >= {"add", "where", "sqrt", "sort", "exp"}
    assert not {"cos", "tanh"} & set(names_in_python(f'"""cos"""\n{code}'))
    assert strings_of_cpp('a("sort"); // "exp"') == ["sort"]


def test_python_operators_have_one_op_each() -> None:
    functions = [op.python_operator for op in OPS if op.python_operator]
    assert len(functions) == len(set(functions)) == 23
    assert all(hasattr(operator, name) or hasattr(builtins, name) for name in functions)
