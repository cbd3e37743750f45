"""Breaks one storage rule at a time in a copy of the engine and lets the aliasing fuzz find it.

    python tests/sabotage.py --build DIR [--programs 500] [--only NAME]

DIR is a CMake build of this tree. Each sabotage replaces a piece of one source file, which
is compiled aside and linked into a module of its own; sources and build stay as they are. A piece
that is no longer there is an error: the rule has moved, and so must its sabotage.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUZZ = ROOT / "tests" / "fuzz_aliasing.py"


@dataclass(frozen=True)
class Sabotage:
    name: str
    rule: str  # what holds, until it is broken
    file: str
    original: str
    replacement: str


STORAGE = "csrc/graph/storage.cpp"
SABOTAGES = [
    Sabotage(
        "keep_cached_values",
        "a write drops the cached values of all views",
        STORAGE,
        "  forget_cached_values(storage);\n  ++storage.generation;\n  show(",
        "  ++storage.generation;\n  show(",
    ),
    Sabotage(
        "no_split_on_export",
        "an export leaves the old version to pending readers",
        STORAGE,
        "if (!is_exclusive(storage.current, 2)) "
        "set_current(storage, copied_leaf(storage.current));",
        "",
    ),
    Sabotage(
        "export_not_shared",
        "memory is SHARED while an export lives",
        STORAGE,
        "storage.current->flags |= shared_memory;",
        "",
    ),
    Sabotage(
        "import_not_shared",
        "imported memory is SHARED",
        STORAGE,
        "ensure_storage(handle).foreign = true;",
        "ensure_storage(handle);",
    ),
    Sabotage(
        "pin_forgotten",
        "memory whose address was read is SHARED for life",
        STORAGE,
        "  storage.pinned = true;",
        "",
    ),
    Sabotage(
        "write_under_readers",
        "a small write changes memory in place only if nobody else reads this version",
        STORAGE,
        "return node->references == n_holders && node->buffer",
        "return node->buffer",
    ),
    Sabotage(
        "watched_value_overwritten",
        "a watched value keeps its memory",
        STORAGE,
        "keeps_its_value = watched | watched_leaf | in_flight | shared_memory",
        "keeps_its_value = in_flight | shared_memory",
    ),
    Sabotage(
        "overlap_ignored",
        "a write to SHARED memory that overlaps its value goes through a copy",
        STORAGE,
        "overlap(addresses(to, region), addresses(from, layout))",
        "false",
    ),
    Sabotage(
        "view_does_not_alias",
        "a view is a handle on its base's storage",
        STORAGE,
        "  Storage& storage = ensure_storage(handle);\n  add_reference(&storage);\n  result =",
        "  const Value base = Value::share(base_of(handle));\n"
        "  if (handle.view) return init_handle(result, storage_hooks.copy("
        "storage_hooks.view(base, layout, dtype), dense_like(*layout, size_of(dtype))).node());\n"
        "  Storage& storage = ensure_storage(handle);\n  add_reference(&storage);\n  result =",
    ),
    Sabotage(
        "donate_a_value_in_use",
        "a run takes over memory only if nobody outside the graph sees it",
        "csrc/engine/pending.cpp",
        "node->buffer && node->references == node->uses &&",
        "node->buffer &&",
    ),
    Sabotage(
        "donate_before_last_use",
        "a write takes over the old version only if this is its last use",
        "csrc/engine/make_plan.cpp",
        "if (group.kind == GroupKind::write) group.donates_base = dies_in(seed.inputs[0], group);",
        "if (group.kind == GroupKind::write) group.donates_base = true;",
    ),
    Sabotage(
        "donate_what_history_needs",
        "a value that a gradient may compute with again keeps its memory",
        "csrc/engine/evaluate.cpp",
        "if (source->buffer && source->n_inputs == 0 && is_kept_by_history(from)) return false;",
        "",
    ),
    Sabotage(
        "first_duplicate_wins",
        "of duplicates in a fancy assignment the last one wins",
        "csrc/cpu/gather.cpp",
        "for (int64_t i = 0; i < length; ++i, data += step, other += other_step) {",
        "data += (length - 1) * step;\n      other += (length - 1) * other_step;\n"
        "      for (int64_t i = 0; i < length; ++i, data -= step, other -= other_step) {",
    ),
    Sabotage(
        "mask_rank_off",
        "values of a mask assignment go to the true elements in order",
        "csrc/cpu/mask.cpp",
        "int64_t rank = before[static_cast<size_t>(s)];",
        "int64_t rank = 0;",
    ),
]


@dataclass(frozen=True)
class Build:
    """Where a CMake build lies and how it compiles and links."""

    folder: Path

    def run(self, command: str) -> None:
        done = subprocess.run(command, shell=True, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{command[:200]} ...\n{done.stderr[-3000:]}")

    def compile_command(self, file: Path) -> tuple[str, str]:
        """The command for a source file, and its object file."""
        for entry in json.loads((self.folder / "compile_commands.json").read_text()):
            if Path(entry["file"]) == file:
                found = re.search(r" -o (\S+)", entry["command"])
                assert found is not None
                return entry["command"], found[1]
        raise SystemExit(f"{file} is not part of the build in {self.folder}")

    def link_command(self) -> str:
        cache = (self.folder / "CMakeCache.txt").read_text()
        ninja = re.search(r"CMAKE_MAKE_PROGRAM:\w+=(.*)", cache)
        program = ninja[1] if ninja and Path(ninja[1]).exists() else shutil.which("ninja")
        if program is None:
            raise SystemExit("ninja is needed to learn how the module is linked")
        command = [program, "-C", str(self.folder), "-t", "commands", "_core"]
        return subprocess.check_output(command, text=True).strip().splitlines()[-1]

    def build_module(self, sabotage: Sabotage, folder: Path) -> None:
        """Compiles the changed file and links a package with it into `folder`."""
        source = ROOT / sabotage.file
        text = source.read_text()
        if text.count(sabotage.original) != 1:
            raise SystemExit(f"{sabotage.name}: its piece of {sabotage.file} is not there once")
        changed = folder / source.name
        changed.write_text(text.replace(sabotage.original, sabotage.replacement))
        command, made = self.compile_command(source)
        fresh = folder / Path(made).name
        command = command.replace(f" -o {made}", f" -o {fresh}").replace(
            f"-c {source}", f"-c {changed}"
        )
        self.run(command + f" -I{source.parent}")

        link = self.link_command()
        output = re.search(r" -o (\S+)", link)
        assert output is not None
        package = make_package(folder)
        link = link.replace(f" -o {output[1]}", f" -o {package / Path(output[1]).name}")
        if made in link.split():
            link = link.replace(made, str(fresh))
        else:
            archive = folder / "liblazynp_core.a"
            shutil.copy(self.folder / archive.name, archive)
            self.run(f"ar r {shlex.quote(str(archive))} {shlex.quote(str(fresh))}")
            link = re.sub(rf"(?<=\s){archive.name}", str(archive), link)
        # What follows strips the module of the build itself, under the feet of whoever runs it.
        self.run(link.removeprefix(": && ").partition(" && ")[0])


def make_package(folder: Path) -> Path:
    """A package that has everything of ours but the compiled module."""
    package = folder / "site" / "lazynp"
    package.mkdir(parents=True)
    for path in (ROOT / "src" / "lazynp").iterdir():
        if path.suffix != ".so" and path.name != "__pycache__":
            (package / path.name).symlink_to(path)
    return package


NOTHING = Sabotage(
    "nothing",
    "all rules hold",
    STORAGE,
    "namespace lazynp {\n\nStorageHooks",
    "namespace lazynp {\n\nStorageHooks",
)


def programs_until_found(build: Build, sabotage: Sabotage, programs: int) -> int | None:
    """After how many programs the fuzz noticed; None: not at all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build.build_module(sabotage, folder)
        environment = os.environ | {"PYTHONPATH": str(folder / "site")}
        command = [sys.executable, str(FUZZ), "--programs", str(programs), "--stop-at", "1"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        seeds = re.search(r"--- seed (\d+)", done.stdout)
        if not seeds and done.returncode:
            raise SystemExit(f"{sabotage.name}: the fuzz did not run:\n{done.stderr[-2000:]}")
        return int(seeds[1]) + 1 if seeds else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--programs", type=int, default=500)
    parser.add_argument("--only", choices=[s.name for s in SABOTAGES])
    arguments = parser.parse_args()
    build = Build(arguments.build.resolve())
    if (found := programs_until_found(build, NOTHING, arguments.programs)) is not None:
        raise SystemExit(f"nothing was broken, and the fuzz failed at program {found}")
    missed = []
    for sabotage in SABOTAGES:
        if arguments.only in (None, sabotage.name):
            found = programs_until_found(build, sabotage, arguments.programs)
            print(
                f"{sabotage.name:28s} found after {found} programs  ({sabotage.rule})", flush=True
            )
            missed += [sabotage.name] if found is None else []
    if missed:
        raise SystemExit(f"not found within {arguments.programs} programs: {', '.join(missed)}")


if __name__ == "__main__":
    main()
