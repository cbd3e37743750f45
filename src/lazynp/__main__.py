"""python -m lazynp demo | run | info | ops: what lazynp does, on this machine."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import sys

DESCRIPTION = "lazynp: NumPy whose calls are recorded and run when a value is needed."


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lazynp", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="train on real digits, run one NumPy program twice")
    _add_demo_options(demo)
    run = commands.add_parser("run", help="run a Python program with `import numpy` meaning lazynp")
    run.add_argument("program", help="path of the program")
    run.add_argument("arguments", nargs=argparse.REMAINDER, help="handed to the program")
    commands.add_parser("info", help="versions, threads, settings")
    commands.add_parser("ops", help="the table of native operations (docs/ops.md)")
    options = parser.parse_args(arguments)
    return _COMMANDS[options.command](options)


def _add_demo_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", default="lazynp_demo", help="folder for the pictures (%(default)s)"
    )
    parser.add_argument("--epochs", type=int, default=30, help="of training (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="fewer epochs, a smaller simulation")
    parser.add_argument("--no-files", action="store_true", help="write no pictures")


def _demo(options: argparse.Namespace) -> int:
    from lazynp.demo import Missing, run_demo

    try:
        run_demo(options)
    except Missing as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _run(options: argparse.Namespace) -> int:
    from lazynp._swap_import import run_program

    run_program(options.program, options.arguments)
    return 0


def _own_version() -> str:
    try:
        return importlib.metadata.version("lazynp")
    except importlib.metadata.PackageNotFoundError:
        return "not installed: run from its sources"


def _info(_: argparse.Namespace) -> int:
    import numpy

    from lazynp import _core, config

    rows = {
        "lazynp": _own_version(),
        "numpy": numpy.__version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        "kernels": _core.cpu_level(),
        "threads": _core.num_threads(),
        "native operations": len(_core.ops()),
        "settings": config,
    }
    for name, value in rows.items():
        print(f"{name:<18} {value}")
    return 0


def _ops(_: argparse.Namespace) -> int:
    from lazynp._ops_table import ops_markdown

    print(ops_markdown(), end="")
    return 0


_COMMANDS = {"demo": _demo, "run": _run, "info": _info, "ops": _ops}

if __name__ == "__main__":
    sys.exit(main())
