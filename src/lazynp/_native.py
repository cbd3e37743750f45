"""Writes the Python function that binds NumPy's signature to an op or to a method of the C type.

Such a function answers NotImplemented where neither applies; its caller then lets NumPy work.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from inspect import Parameter
from types import GetSetDescriptorType
from typing import Any

import numpy
from numpy._core import _methods

from lazynp import _core

_NO_VALUE = numpy._NoValue
_NOT_GIVEN = object()
_LAZY = frozenset({_core.ndarray, _core.LazyScalar})
_SEQUENCES = (list, tuple)
_LISTS_AND_NUMBERS = {*_SEQUENCES, bool, int, float, complex, type(None)}
_VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def are_lists(*items: Any) -> bool:
    """Whether all are lists and numbers, and not numbers alone: NumPy makes arrays of them."""
    types = set(map(type, items))
    return not types.isdisjoint(_SEQUENCES) and types <= _LISTS_AND_NUMBERS


def contains_lazy(items: Any) -> bool:
    """Whether a list or tuple holds an array of ours."""
    return isinstance(items, (list, tuple)) and not _LAZY.isdisjoint(map(type, items))


def _to_dtype(x: Any) -> numpy.dtype[Any]:
    """What NumPy takes for a dtype. An array is none, though it has one."""
    if type(x) is _core.ndarray:
        raise TypeError("an array is not a dtype")
    dtype: numpy.dtype[Any] = numpy.dtype(x)
    return dtype


def _parts(x: Any) -> Any:
    """The arrays of a list or tuple, or those that lie along the first axis of one array."""
    return x if isinstance(x, (list, tuple)) else tuple(x)


def _parameters(function: Callable[..., Any], op: Any) -> list[Parameter] | None:
    """Of NumPy's function, or as the op knows them where NumPy's shows none."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        if op is None or op.signature is None:
            return None
        names: dict[str, Any] = {}
        exec(f"def stand_in{op.signature}: ...", names)
        signature = inspect.signature(names["stand_in"])
    return list(signature.parameters.values())


def _method_parameters(name: str) -> list[Parameter]:
    """Of a method of ndarray; of the text that gets its **kwargs, where that says what they are."""
    texts = vars(_methods)
    functions = (getattr(numpy.ndarray, name), texts.get(f"_{name}"), texts.get(f"_a{name}"))
    found = [list(inspect.signature(f).parameters.values())[1:] for f in functions if f]
    is_open = Parameter.VAR_KEYWORD
    return next((few for few in found if is_open not in (p.kind for p in few)), found[0])


class _Writer:
    """The text of one function and the objects that its text names."""

    def __init__(self, name: str, parameters: list[Parameter]) -> None:
        self.name = name
        self.parameters = parameters
        self.body: list[str] = []
        self.names: dict[str, Any] = {
            "__name__": __name__,
            "_lazy": _LAZY,
            "_contains_lazy": contains_lazy,
            "_are_lists": are_lists,
            "_parts": _parts,
            "_record": _core.record,
            "_change": _core.change,
            "_dtype": _to_dtype,
            "_only_ours": _only_ours,
        }
        for parameter in self.parameters:
            self.names[f"_default_{parameter.name}"] = parameter.default

    def heading(self) -> str:
        """The def line, with defaults named instead of written."""
        stars: dict[Any, str] = {Parameter.VAR_POSITIONAL: "*", Parameter.VAR_KEYWORD: "**"}
        parts: list[str] = []
        before: Any = None
        for parameter in self.parameters:
            if before is Parameter.POSITIONAL_ONLY and parameter.kind is not before:
                parts.append("/")
            if parameter.kind is Parameter.KEYWORD_ONLY and before not in (
                Parameter.KEYWORD_ONLY,
                Parameter.VAR_POSITIONAL,
            ):
                parts.append("*")
            text = stars.get(parameter.kind, "") + parameter.name
            if parameter.default is not Parameter.empty:
                text += f"=_default_{parameter.name}"
            parts.append(text)
            before = parameter.kind
        if before is Parameter.POSITIONAL_ONLY:
            parts.append("/")
        return f"def {self.name}({', '.join(parts)}):"

    def is_default(self, parameter: Parameter) -> str:
        """The test that an argument was not given."""
        name, default = parameter.name, f"_default_{parameter.name}"
        if parameter.kind in _VARIADIC:
            return f"not {name}"
        if isinstance(parameter.default, str):
            return f"(type({name}) is str and {name} == {default})"
        return f"{name} is {default}"

    def finish(self) -> Callable[..., Any]:
        """The function, from the statements of its body."""
        text = "\n    ".join([self.heading(), *self.body, "return NotImplemented"])
        exec(compile(text, f"<lazynp {self.name}>", "exec"), self.names)
        function: Callable[..., Any] = self.names[self.name]
        return function


def _attribute_text(writer: _Writer, parameter: Parameter | None, attribute: Any) -> str | None:
    """The expression for one attribute of an op; None: it has no default and no parameter."""
    name, kind, default = str(attribute[0]), str(attribute[1]), attribute[-1]
    writer.names[f"_attribute_{name}"] = default
    if parameter is None:
        return f"_attribute_{name}"
    if kind.startswith("dtype"):
        return f"(_attribute_{name} if {name} is None else _dtype({name}))"
    if parameter.default is _NO_VALUE:
        return f"(_attribute_{name} if {name} is _default_{name} else {name})"
    return name


def _try_op(writer: _Writer, op: Any) -> None:
    """Statements that record `op` where everything that was given fits it."""
    by_name = {p.name: p for p in writer.parameters}
    attributes = [_attribute_text(writer, by_name.get(a[0]), a) for a in op.attributes]
    used = {a[0] for a in op.attributes}
    optional = [by_name[name] for name in op.optional_inputs if name in by_name]
    rest = [p for p in writer.parameters if p.name not in used and p not in optional]
    n_inputs = 1 if op.n_inputs < 0 else op.n_inputs - len(op.optional_inputs)
    chosen, others = rest[:n_inputs], rest[n_inputs:]
    starred = [p for p in chosen if p.kind in _VARIADIC]
    is_any_number = op.n_inputs < 0 and chosen == starred  # f(*arrays)
    if len(chosen) < n_inputs or (starred and not is_any_number):
        return
    inputs = [p.name for p in chosen]
    conditions = [
        f"not ({writer.is_default(p)})" for p in chosen if p.default is not Parameter.empty
    ]
    for parameter in others:
        if parameter.default is Parameter.empty and parameter.kind not in _VARIADIC:
            return
        is_default = writer.is_default(parameter)
        is_device = parameter.name == "device"
        conditions.append(f"({is_default} or device == 'cpu')" if is_device else is_default)
    has_ours = _has_ours(op, [*inputs, *(p.name for p in optional)])
    given = f"({''.join(f'{x}, ' for x in attributes)})"
    call = f"_record({op.name!r}, {{}}, {given})"
    if op.function_changes_array:
        call = f"_change({op.name!r}, {inputs.pop(0)}, {{}}, {given})"
    operands = (
        f"_parts({inputs[0]})" if op.n_inputs < 0 else f"({''.join(f'{x}, ' for x in inputs)})"
    )
    for parameter in optional:
        more = f"({parameter.name},)"
        operands += f" + (() if {writer.is_default(parameter)} else {more})"
    record = call.format(operands)
    for name in op.array_api_keywords:
        is_given = f"not {writer.is_default(by_name[name])}"
        without = [p for p in writer.parameters if p.name not in op.array_api_keywords]
        writer.body += [
            f"if {' and '.join([is_given, *conditions])}:",
            f"    return _only_ours(lambda: {record}, lambda: _numpy({_passed_on(without)}))",
        ]
    writer.body += [
        f"if {' and '.join([*has_ours, *conditions]) or 'True'}:",
        f"    return {record}",
    ]


def _passed_on(parameters: list[Parameter]) -> str:
    """The arguments of a call that hands them on."""
    only_by_name = Parameter.KEYWORD_ONLY
    return ", ".join(f"{p.name}={p.name}" if p.kind is only_by_name else p.name for p in parameters)


def _only_ours(record: Callable[[], Any], without: Callable[[], Any]) -> Any:
    """A call with a keyword that NumPy lacks; errors are those of NumPy's call without it."""
    try:
        return record()
    except Exception as error:
        raised = error
        try:
            without()
        except Exception as theirs:
            raised = theirs
    raised.__dict__["__lazynp_final__"] = True
    raise raised


def _has_ours(op: Any, inputs: list[str]) -> list[str]:
    """The condition that there is an array of ours, where the op needs one to be meant."""
    if op.n_inputs < 0:
        of_lists = f"type({inputs[0]}) in (list, tuple) and _are_lists(*{inputs[0]})"
        return [f"(type({inputs[0]}) in _lazy or _contains_lazy({inputs[0]}) or {of_lists})"]
    if op.function_changes_array:
        return [f"type({inputs[0]}) in _lazy"]
    if not inputs or op.creates:
        return []
    joint = " or " if op.takes_sequences else " and "
    are_ours = joint.join(f"type({x}) in _lazy" for x in inputs)
    if op.kind in ("composite", "view"):
        return [f"({are_ours})"]  # a text may return the list itself, a view needs its base
    return [f"({are_ours} or _are_lists({', '.join(inputs)}))"]


def _try_method(writer: _Writer, name: str) -> None:
    """Statements that call a method of our array type where it has what was given."""
    method = _method_parameters(name)
    by_name = {p.name: p for p in method if p.kind not in _VARIADIC}
    takes_any = any(p.kind is Parameter.VAR_KEYWORD for p in method)
    array, *others = [p for p in writer.parameters if p.kind not in _VARIADIC]
    if array.name not in ("a", "x"):
        return
    conditions, positional, keywords, fixed = [f"type({array.name}) in _lazy"], [], [], []
    for position, parameter in enumerate(others):
        twin = by_name.get(parameter.name)
        if parameter.default is Parameter.empty:
            if position >= len(method) or (method[position] is not twin and twin is not None):
                return
            if method[position].kind in _VARIADIC:
                return
            positional.append(parameter.name)
        elif twin is not None and _differs(parameter.default, twin.default):
            fixed.append(f"{parameter.name}={parameter.name}")
        elif twin is not None or takes_any:
            keywords.append(parameter)
        else:
            conditions.append(writer.is_default(parameter))
    conditions += [writer.is_default(p) for p in writer.parameters if p.kind in _VARIADIC]
    call = f"return {array.name}.{name}({', '.join(positional + fixed)}"
    body = [f"if {' and '.join(conditions)}:"]
    if keywords:
        separator = ", " if positional or fixed else ""
        body += [f"    if {' and '.join(map(writer.is_default, keywords))}:"]
        body += [f"        {call})", "    keywords = {}"]
        for p in keywords:
            body += [f"    if {p.name} is not _default_{p.name}:"]
            body += [f"        keywords[{p.name!r}] = {p.name}"]
        call += f"{separator}**keywords"
    writer.body += [*body, f"    {call})"]


def _try_attribute(writer: _Writer) -> None:
    """Statements that read the attribute of our array type that has the function's name."""
    array = writer.parameters[0].name
    writer.body += [f"if type({array}) in _lazy:", f"    return {array}.{writer.name}"]


def _try_short_form(writer: _Writer, method: str) -> None:
    """Statements for a call with one argument that means a method of it."""
    array, *others = writer.parameters
    for parameter in others:  # None would be an argument
        writer.names[f"_default_{parameter.name}"] = _NOT_GIVEN
    conditions = [f"type({array.name}) in _lazy", *map(writer.is_default, others)]
    writer.body += [f"if {' and '.join(conditions)}:", f"    return {array.name}.{method}()"]


def _differs(default: Any, of_method: Any) -> bool:
    return default is not _NO_VALUE and default is not of_method and default != of_method


def more_keywords(op: Any) -> list[Parameter]:
    """The array API standard's keywords of an op that NumPy's function does not have."""
    defaults = {attribute[0]: attribute[-1] for attribute in op.attributes}
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=defaults[name])
        for name in op.array_api_keywords
    ]


def bind(function: Callable[..., Any], method: str | None, op: Any) -> Callable[..., Any] | None:
    """The native way of a NumPy function: a method of our type first, then an op."""
    if (parameters := _parameters(function, op)) is None:
        return None
    more = [p.replace(default=_NO_VALUE) for p in more_keywords(op)] if op else []
    writer = _Writer(function.__name__, parameters + more)
    writer.names["_numpy"] = function
    is_attribute = isinstance(getattr(numpy.ndarray, writer.name, None), GetSetDescriptorType)
    if is_attribute and len(writer.parameters) == 1:
        _try_attribute(writer)
        return writer.finish()
    if method is not None and not (op and (op.method_changes_array or op.function_changes_array)):
        _try_method(writer, method)
    if op is not None:
        _try_op(writer, op)
        if op.with_first_argument:
            _try_short_form(writer, op.with_first_argument)
    return writer.finish() if writer.body else None
