"""A file of a case, a consumer, and the ways to ask one."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

TOOLS = Path(os.environ["TOOLS"])
PYTHON = sys.executable


@dataclass(frozen=True)
class File:
    """A file in the tree of a case."""

    root: Path
    path: Path
    case: str
    variant: str

    @property
    def full(self):
        return self.root / self.path

    @property
    def name(self):
        return self.path.name

    @property
    def key(self):
        return self.case, self.path

    @cached_property
    def text(self):
        return self.full.read_text(encoding="utf-8-sig", errors="replace")

    @property
    def shebang(self):
        line = self.text.partition("\n")[0]
        return line if line.startswith("#!") else ""

    def matches(self, *patterns):
        """Whether its name, or the end of its path where the pattern has a slash, matches one."""
        path = f"/{self.path.as_posix()}"
        return any(
            fnmatch(path, f"*/{pattern}") if "/" in pattern else fnmatch(self.name, pattern)
            for pattern in patterns
        )

    def __str__(self):
        return f"{self.case}/{self.variant}/{self.path}"


@dataclass
class Consumer:
    """One program that reads files.

    `check` gets all its files and gives a list of complaints for each: `kind: text`, where a
    linter says the same kind of a file before and after, the rewrite did not bring it.
    """

    name: str
    claims: Callable
    check: Callable
    good: list
    broken: list
    needs: str | None = None
    required: bool = True

    def missing(self):
        """What it lacks to run, or nothing."""
        return f"no {self.needs}" if self.needs and not shutil.which(self.needs) else None


def named(*patterns):
    return lambda file: file.matches(*patterns)


def run(command, file=None, **options):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "TOOLS": str(TOOLS),
        "LC_ALL": "C.UTF-8",
        **options.pop("env", {}),
    }
    return subprocess.run(
        command,
        cwd=options.pop("cwd", file and file.full.parent),
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
        **options,
    )


def each(check):
    """A check of many files made of one of a single file; what it throws is a complaint."""

    def one(file):
        try:
            return check(file) or []
        except Exception as error:
            return [f"does not parse: {type(error).__name__} {error}"]

    def all_of(files):
        with ThreadPoolExecutor() as pool:
            return list(pool.map(one, files))

    return all_of


def refusal(result):
    """The complaint of a command that failed."""
    if result.returncode == 0:
        return []
    said = (result.stderr.strip() or result.stdout.strip())[-400:]
    return [f"does not parse: {said or result.returncode}"]


def command(*arguments, **options):
    """A check by a command that exits with another status than 0; `{}` stands for the file."""

    def check(file):
        return refusal(
            run([part.replace("{}", str(file.full)) for part in arguments], file, **options)
        )

    return each(check)


def in_node(name, text=None):
    """A check by node.mjs, of the file or of what `text` makes of it."""

    def check(files):
        asked = [{"consumer": name, "name": file.path.as_posix()} for file in files]
        for row, file in zip(asked, files, strict=True):
            row.update({"text": text(file)} if text else {"path": str(file.full)})
        script = Path(__file__).with_name("node.mjs")
        flags = ["--no-warnings", "--experimental-vm-modules"]
        result = run(["node", *flags, str(script)], cwd=TOOLS, input=json.dumps(asked))
        if result.returncode != 0:
            raise RuntimeError(result.stderr[-1000:])
        return json.loads(result.stdout)

    return check
