"""Asks DuckDB the queries of docs/fleet.md about a fleet's tables, and compares what `fleet report` says.

Run by `run`, which installs DuckDB.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

BBSWEEP = os.environ["BBSWEEP"]
TOP = Path(__file__).resolve().parents[2]
DAYS = {"host-a": ["2026-11-02", "2026-11-25"], "host-b": ["2026-11-24"], "host-c": ["2026-11-10"]}


def bbsweep(folder, *arguments, exits=(0, 1)):
    result = subprocess.run([BBSWEEP, *arguments], cwd=folder, capture_output=True, text=True)
    if result.returncode not in exits:
        sys.exit(f"error: bbsweep {' '.join(arguments)}: {result.returncode} {result.stderr}")
    return result.stdout


def reports(folder):
    """Reports of three hosts, one with an owner for each finding, one cut off."""
    bbsweep(folder, "fleet", "key", "-o", "key")
    (folder / "owners.toml").write_text('[owners]\n"*" = "@acme/platform"\n"ci/" = ["@a", "@b"]\n')
    names = []
    for host, days in DAYS.items():
        for day in days:
            options = ["--config", "owners.toml"] if host == "host-a" else ["--no-config"]
            # The first run of host-a found more.
            tree = TOP / "fixtures" / "demo" / ("ci" if day == "2026-11-25" else "")
            scan = ["scan", str(tree), *options, "--host-name", host, "--fleet-key-file", "key"]
            text = bbsweep(folder, *scan, "--format", "jsonl", "--exit-zero")
            text = re.sub(r'"started":"[^"T]*', f'"started":"{day}', text, count=1)
            # The same folder each time, for one scope.
            text = text.replace(str(tree), "/srv")
            if host == "host-c":
                text = text[: text.rindex('{"type":"summary"')]
            names.append(f"{host}-{day}.jsonl")
            (folder / names[-1]).write_text(text)
    return names


def queries():
    """Those of the document, by the comment that they begin with."""
    text = (TOP / "docs" / "fleet.md").read_text()
    return dict(re.findall(r"```sql\n-- (.*?)\n(.*?)```", text, re.DOTALL))


def compare(what, expected, found):
    if not expected or expected != found:
        sys.exit(f"error: {what}: fleet report says {expected}, DuckDB {found}")
    print(f"{what}: {len(found)} rows of DuckDB are as `fleet report` has them")


def main(folder):
    names = reports(folder)
    now = ["--now", "2026-11-26T12:00:00Z"]
    bbsweep(folder, "fleet", "merge", *names, "-o", "fleet.parquet", *now, exits=(3,))
    bbsweep(folder, "fleet", "merge", *names, "-o", "fleet.sqlite", *now, exits=(3,))
    view = json.loads(bbsweep(folder, "fleet", "report", "--format", "json", *now))
    os.chdir(folder)
    asked = {name: duckdb.sql(query).fetchall() for name, query in queries().items()}
    compare(
        "left by rule",
        [tuple(row[k] for k in ("name", "errors", "warnings", "manual", "hosts")) for row in view["rules"]],
        asked["left by rule"],
    )
    compare(
        "tokens to create",
        [
            (row["credential"], row["places"], row["hosts"], row["manual"], row["scopes"])
            for row in view["credentials"]
        ],
        asked["tokens to create"],
    )
    compare(
        "left by owner",
        sorted((row["name"], row["errors"], row["hosts"]) for row in view["teams"]),
        sorted(asked["left by owner"]),
    )
    compare(
        "hosts",
        sorted(
            (row["host"], row["state"] != "partial", row["errors"] + row["warnings"])
            for row in view["hosts"]
        ),
        [(host, complete, left) for host, complete, _, left in asked["hosts"]],
    )
    runs = duckdb.sql("SELECT count(*), count(*) FILTER (counts) FROM 'fleet.runs.parquet'")
    compare("runs", [(4, 3)], runs.fetchall())


with tempfile.TemporaryDirectory(prefix="bbsweep-fleet-") as name:
    main(Path(name))
