"""Writes the Python function that binds NumPy's signature to an op or to a method of the C type."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Any

import numpy

from lazynp import _core
from lazynp._fallback import call

_NO_VALUE = numpy._NoValue
_LAZY = frozenset({_core.ndarray, _core.LazyScalar})
_VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
# Methods of ndarray that change the array, while the function of that name returns another one.
CHANGES_ITS_ARRAY = frozenset({"sort", "partition", "resize"})


def contains_lazy(items: Any) -> bool:
    """Whether a list or tuple holds an array of ours."""
    return isinstance(items, (list, tuple)) and not _LAZY.isdisjoint(map(type, items))


class _Writer:
    """The text of one function and the objects that its text names."""

    def __init__(self, function: Callable[..., Any], signature: inspect.Signature) -> None:
        self.function = function
        self.parameters = list(signature.parameters.values())
        self.names = {
            "_call": call,
            "_function": function,
            "_lazy": _LAZY,
            "_contains_lazy": contains_lazy,
            "_record": _core.record,
            "_dtype": numpy.dtype,
        }
        for parameter in self.parameters:
            self.names[f"_default_{parameter.name}"] = parameter.default

    def heading(self) -> str:
        """The def line, with defaults named instead of written."""
        parts, has_star, n_positional_only = [], False, 0
        for parameter in self.parameters:
            if parameter.kind is Parameter.POSITIONAL_ONLY:
                n_positional_only += 1
            if parameter.kind is Parameter.KEYWORD_ONLY and not has_star:
                parts.append("*")
                has_star = True
            star = {Parameter.VAR_POSITIONAL: "*", Parameter.VAR_KEYWORD: "**"}
            text = star.get(parameter.kind, "") + parameter.name
            has_star |= parameter.kind is Parameter.VAR_POSITIONAL
            if parameter.default is not Parameter.empty:
                text += f"=_default_{parameter.name}"
            parts.append(text)
        if n_positional_only:
            parts.insert(n_positional_only, "/")
        return f"def {self.function.__name__}({', '.join(parts)}):"

    def is_default(self, parameter: Parameter) -> str:
        """The test that an argument was not given."""
        if parameter.kind in _VARIADIC:
            return f"not {parameter.name}"
        return f"{parameter.name} is _default_{parameter.name}"

    def fallback(self) -> list[str]:
        """Statements that hand everything that was given to NumPy."""
        required, keywords, lines = [], [], []
        for parameter in self.parameters:
            name = parameter.name
            if parameter.kind is Parameter.VAR_POSITIONAL:
                required.append(f"*{name}")
            elif parameter.kind is Parameter.VAR_KEYWORD:
                lines.append(f"keywords.update({name})")
            elif parameter.kind is Parameter.POSITIONAL_ONLY or (
                parameter.default is Parameter.empty
                and parameter.kind is not Parameter.KEYWORD_ONLY
            ):
                required.append(name)
            else:
                keywords.append(parameter)
        # An optional positional-only argument that was not given must not be passed on.
        optional = [
            p.name
            for p in self.parameters
            if p.kind is Parameter.POSITIONAL_ONLY and p.default is not Parameter.empty
        ]
        given = f"({', '.join(required)}{',' if required else ''})"
        body = ["keywords = {}", *lines]
        for parameter in keywords:
            body.append(f"if {parameter.name} is not _default_{parameter.name}:")
            body.append(f"    keywords[{parameter.name!r}] = {parameter.name}")
        if optional:
            body.append(f"given = {given}")
            for name in reversed(optional):
                body.append(f"if given[-1] is _default_{name} and len(given) > {len(required) - len(optional)}:")
                body.append("    given = given[:-1]")
            given = "given"
        return [*body, f"return _call(_function, {given}, keywords)"]

    def compile(self, body: list[str]) -> Callable[..., Any]:
        """The function, from the statements of its body."""
        text = "\n    ".join([self.heading(), *body])
        exec(compile(text, f"<lazynp {self.function.__name__}>", "exec"), self.names)
        return self.names[self.function.__name__]  # type: ignore[return-value]


def bind_to_op(function: Callable[..., Any], op: Any) -> Callable[..., Any] | None:
    """A function with NumPy's signature that records `op`; None where the names do not fit."""
    writer = _Writer(function, inspect.signature(function))
    by_name = {p.name: p for p in writer.parameters}
    attributes, used = [], set()
    for name, kind, is_optional, default in op.attributes:
        parameter = by_name.get(name)
        if parameter is None:
            if default is None and not is_optional:
                return None
            writer.names[f"_attribute_{name}"] = default
            attributes.append(f"_attribute_{name}")
            continue
        used.add(name)
        text = name
        if kind == "dtype":
            writer.names[f"_attribute_{name}"] = None if default is None else numpy.dtype(default)
            text = f"(_attribute_{name} if {name} is None else _dtype({name}))"
        if parameter.default is _NO_VALUE:
            writer.names[f"_attribute_{name}"] = default
            text = f"(_attribute_{name} if {name} is _default_{name} else {text})"
        attributes.append(text)
    rest = [p for p in writer.parameters if p.name not in used]
    n_inputs = 1 if op.n_inputs < 0 else op.n_inputs
    if len(rest) < n_inputs or any(p.kind in _VARIADIC for p in rest[:n_inputs]):
        return None
    inputs = [p.name for p in rest[:n_inputs]]
    conditions = [
        f"{p.name} is not _default_{p.name}"
        for p in rest[:n_inputs]
        if p.default is not Parameter.empty
    ]
    if op.n_inputs < 0:
        conditions.insert(0, f"_contains_lazy({inputs[0]})")
        operands = inputs[0]
    else:
        if inputs:
            conditions.insert(0, f"({' or '.join(f'type({x}) in _lazy' for x in inputs)})")
        operands = f"({', '.join(inputs)}{',' if inputs else ''})"
    conditions += [writer.is_default(p) for p in rest[n_inputs:]]
    given = f"({', '.join(attributes)}{',' if attributes else ''})"
    body = [
        f"if {' and '.join(conditions) or 'True'}:",
        f"    result = _record({op.name!r}, {operands}, {given})",
        "    if result is not NotImplemented:",
        "        return result",
        *writer.fallback(),
    ]
    return writer.compile(body)


def bind_to_method(function: Callable[..., Any], name: str) -> Callable[..., Any] | None:
    """A function with NumPy's signature that calls a method of our array type."""
    if name in CHANGES_ITS_ARRAY:
        return None
    writer = _Writer(function, inspect.signature(function))
    method = list(inspect.signature(getattr(numpy.ndarray, name)).parameters.values())[1:]
    by_name = {p.name: p for p in method}
    takes_any = any(p.kind is Parameter.VAR_KEYWORD for p in method)
    array, *others = [p for p in writer.parameters if p.kind not in _VARIADIC]
    if array.name not in ("a", "x"):
        return None
    conditions, positional, keywords = [f"type({array.name}) in _lazy"], [], []
    for position, parameter in enumerate(others):
        twin = by_name.get(parameter.name)
        if parameter.default is Parameter.empty:
            in_place = position < len(method) and method[position].kind not in _VARIADIC
            if not in_place or (twin is not None and method[position] is not twin):
                return None
            positional.append(parameter.name)
        elif twin is not None or takes_any:
            keywords.append(parameter)
        else:
            conditions.append(writer.is_default(parameter))
    conditions += [writer.is_default(p) for p in writer.parameters if p.kind in _VARIADIC]
    same_default = [p for p in keywords if _same_default(p, by_name.get(p.name))]
    body = [f"if {' and '.join(conditions)}:"]
    fixed = [f"{p.name}={p.name}" for p in keywords if p not in same_default]
    if same_default:
        unchanged = " and ".join(map(writer.is_default, same_default))
        body += [f"    if {unchanged}:"]
        body += [f"        return {array.name}.{name}({', '.join(positional + fixed)})"]
        body += ["    keywords = {}"]
        for p in same_default:
            body += [f"    if {p.name} is not _default_{p.name}:"]
            body += [f"        keywords[{p.name!r}] = {p.name}"]
        fixed.append("**keywords")
    body += [f"    return {array.name}.{name}({', '.join(positional + fixed)})"]
    return writer.compile([*body, *writer.fallback()])


def _same_default(parameter: Parameter, twin: Parameter | None) -> bool:
    if twin is None or parameter.default is _NO_VALUE:
        return True
    return bool(parameter.default == twin.default)
