"""What `python -m lazynp info` says: versions, the machine, BLAS, threads, bounds, settings."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

import numpy

from lazynp import _core
from lazynp._config import SWITCHES, config
from lazynp._explain import bytes_text

Section = dict[str, Any]


def machine_info() -> dict[str, Section]:
    """Everything, by sections; JSON can hold it.

    >>> machine_info()["versions"]["numpy"] == numpy.__version__
    True
    """
    return {
        "versions": _versions(),
        "machine": _machine(),
        "blas": _blas(),
        "engine": _engine(),
        "settings": {name: getattr(config, name) for name in SWITCHES},
    }


def text_of(info: dict[str, Section]) -> str:
    """The same for people: a line each, numbers of bytes with units."""
    lines: list[str] = []
    for section, rows in info.items():
        lines.append(section)
        for name, value in rows.items():
            label = name.removesuffix("_bytes").replace("_", " ")
            lines.append(f"  {label:<20} {_shown(name, value)}")
    return "\n".join(lines)


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if name.endswith("bytes"):
        return "no limit" if name == "memory_limit_bytes" and value == 0 else bytes_text(value)
    return str(value)


def _version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _versions() -> Section:
    return {
        "lazynp": _version_of("lazynp") or "not installed: run from its sources",
        "numpy": numpy.__version__,
        "scipy": _version_of("scipy"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _machine() -> Section:
    n_usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "usable_cores": n_usable,
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "gpu": None,  # lazynp computes on the processor only
    }


def _blas() -> Section:
    """What the OpenBLAS that products use says of itself."""
    path = _core.blas_path()
    if not path:
        return {"library": "none: products use Eigen"}
    library = ctypes.CDLL(path)
    config_text = _asked(library, "get_config", ctypes.c_char_p)
    return {
        "library": path,
        "version": " ".join(config_text.split()[:2]) if config_text else None,
        "configuration": config_text,
        "kernels": _asked(library, "get_corename", ctypes.c_char_p),
        "threads": _asked(library, "get_num_threads", ctypes.c_int),
    }


def _asked(library: ctypes.CDLL, name: str, result: Any) -> Any:
    """What a function openblas_<name> answers; None: this build has none of that name."""
    for prefix, suffix in (("scipy_", "64_"), ("", "64_"), ("scipy_", ""), ("", "")):
        function = getattr(library, f"{prefix}openblas_{name}{suffix}", None)
        if function is not None:
            function.restype = result
            answer = function()
            return answer.decode() if isinstance(answer, bytes) else answer
    return None


def _engine() -> Section:
    stats = _core.stats()
    return {
        "kernels": _core.cpu_level(),
        "threads": _core.num_threads(),
        "native_operations": len(_core.ops()),
        "pending_bytes": stats["pending_limit_bytes"],
        "pending_operations": stats["pending_limit_depth"],
    }
