"""python -m lazynp demo | run | doctor | info | ops: what lazynp does, on this machine."""

from __future__ import annotations

import argparse
import sys
from typing import Any

DESCRIPTION = "lazynp: NumPy whose calls are recorded and run when a value is needed."


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lazynp", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="train on real digits, run one NumPy program twice")
    _add_demo_options(demo)
    run = commands.add_parser("run", help="run a Python program with `import numpy` meaning lazynp")
    _describe_program(run)
    doctor = commands.add_parser("doctor", help="run a program; say what was not lazy, and why")
    doctor.add_argument("--json", metavar="FILE", help="write the report there, too (-: to stdout)")
    _describe_program(doctor)
    info = commands.add_parser("info", help="versions, processor, BLAS, threads, bounds, settings")
    info.add_argument("--json", action="store_true", help="for programs to read")
    commands.add_parser("ops", help="the table of native operations (docs/ops.md)")
    ours, program = _split(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(ours)
    options.program = program
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


# ------------------------------------------------------------------ commands that run a program
def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What is for us, and the program with its own arguments, as Python takes it."""
    if arguments[:1] not in (["run"], ["doctor"]):
        return arguments, []
    i = 1
    while i < len(arguments) and arguments[i].startswith("-") and arguments[i] not in ("-m", "-c"):
        i += 2 if arguments[i] == "--json" else 1
    return arguments[:i], arguments[i:]


def _describe_program(parser: argparse.ArgumentParser) -> None:
    options = "[-h] [--json FILE]" if parser.prog.endswith("doctor") else "[-h]"
    parser.usage = f"%(prog)s {options} (SCRIPT | -m MODULE | -c TEXT) [ARGUMENT ...]"
    parser.description = (
        "Runs a script (a file, folder or zip file), module or text as Python does, with "
        "`import numpy` meaning lazynp in the program's own modules; libraries keep NumPy."
    )
    parser.set_defaults(parser=parser)


def _program(options: argparse.Namespace) -> Any:
    from lazynp._run_program import Program

    match options.program:
        case ["-m", module, *arguments]:
            return Program("module", module, arguments)
        case ["-c", text, *arguments]:
            return Program("text", text, arguments)
        case [str(path), *arguments] if path not in ("-m", "-c"):
            return Program("path", path, arguments)
    return options.parser.error("a program is needed: SCRIPT, -m MODULE or -c TEXT")


def _run(options: argparse.Namespace) -> int:
    from lazynp._run_program import run_program

    run_program(_program(options))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from lazynp._doctor import examine

    examine(_program(options), options.json)
    return 0


def _info(options: argparse.Namespace) -> int:
    import json

    from lazynp._machine_info import machine_info, text_of

    found = machine_info()
    print(json.dumps(found, indent=2) if options.json else text_of(found))
    return 0


def _ops(_: argparse.Namespace) -> int:
    from lazynp._ops_table import ops_markdown

    print(ops_markdown(), end="")
    return 0


_COMMANDS = {"demo": _demo, "run": _run, "doctor": _doctor, "info": _info, "ops": _ops}

if __name__ == "__main__":
    sys.exit(main())
