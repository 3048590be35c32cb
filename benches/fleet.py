#!/usr/bin/env python3
"""Merges the reports of a large fleet, and asks DuckDB for the same figures.

    fleet.py BBSWEEP [REPORTS [FINDINGS]]      2000 reports of 2500 findings, if nothing else is said

Makes the reports (gzip-packed JSONL, from what BBSWEEP says of fixtures/demo), then measures `fleet merge` into a
store, `fleet report` and the way to Parquet: wall time, and the most memory that the process held. Needs some
10 GB of disk for the whole fleet. The queries need the duckdb package of PyPI; without it they are left out.
"""

import gzip
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]


def line(row):
    """As bbsweep writes it."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def write(task):
    """One host's report: findings of all kinds, a tenth of the credentials shared by all hosts."""
    path, number, count, header, findings, summary = task
    header = {**header, "host": f"host-{number:05}"}
    header["started"] = f"2026-11-{1 + number % 25:02}T03:00:00Z"
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(line(header))
        for n in range(count):
            row = dict(findings[n % len(findings)])
            row["id"] = f"{number * count + n:032x}"
            row["path"] = f"repo-{n % 97}/src/module-{n // 7}/file-{n}.sh"
            row["line"] = 1 + n % 400
            row["repository"] = f"repo-{(number * 31 + n) % 5000}"
            if row.get("credential_fingerprint"):
                who = n // 10 if n % 10 == 0 else number * count + n
                row["credential_fingerprint"] = f"hmac:{who:064x}"
            out.write(line(row))
        out.write(line(summary))


def reports(bbsweep, folder, hosts, count):
    key = folder / "key"
    subprocess.run([bbsweep, "fleet", "key", "-o", key], check=True, capture_output=True)
    scan = [bbsweep, "scan", TOP / "fixtures/demo", "--no-config", "--exit-zero"]
    scan += ["--fleet-key-file", key, "--format", "jsonl"]
    lines = subprocess.run(scan, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    findings = [row for row in rows if row["type"] == "finding"]
    (folder / "reports").mkdir()
    paths = [folder / f"reports/{n:05}.jsonl.gz" for n in range(hosts)]
    tasks = [(path, n, count, rows[0], findings, rows[-1]) for n, path in enumerate(paths)]
    with multiprocessing.Pool() as pool:
        pool.map(write, tasks, chunksize=1)
    return paths


def measure(what, *command, exits=(0,)):
    before = time.monotonic()
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    took = time.monotonic() - before
    if os.waitstatus_to_exitcode(status) not in exits:
        sys.exit(f"{what}: {status}")
    print(f"{what:40} {took:8.1f} s {usage.ru_maxrss / 1024:8.0f} MiB at most", flush=True)


def by_duckdb(folder, view):
    try:
        import duckdb
    except ImportError:
        print("no duckdb package: nothing is compared")
        return
    table = f"'{folder / 'fleet.parquet'}'"
    where = f"FROM {table} WHERE severity <> 'note'"
    before = time.monotonic()
    rules = duckdb.sql(
        "SELECT rule, count(*) FILTER (severity = 'error') AS e, count(*) FILTER (severity = 'warning') "
        f"AS w, count(DISTINCT host) {where} GROUP BY rule ORDER BY e DESC, w DESC, rule"
    ).fetchall()
    credentials = duckdb.sql(f"SELECT count(DISTINCT credential) FROM {table}").fetchall()[0][0]
    top = duckdb.sql(
        f"SELECT credential, count(*) AS n, count(DISTINCT host) {where} AND credential IS NOT NULL "
        "GROUP BY credential ORDER BY n DESC, credential LIMIT 100"
    ).fetchall()
    took = time.monotonic() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'DuckDB, the same figures':40} {took:8.1f} s {peak:8.0f} MiB at most")
    said = [(row["name"], row["errors"], row["warnings"], row["hosts"]) for row in view["rules"]]
    assert said == rules, (said, rules)
    assert view["distinct_credentials"] == credentials, (view["distinct_credentials"], credentials)
    rows = [(row["credential"], row["places"], row["hosts"]) for row in view["credentials"][:100]]
    assert rows == top, (rows[:3], top[:3])
    print(f"equal: {len(rules)} rules, {credentials} credentials, the first {len(top)} of them")


def main(bbsweep, hosts=2000, count=2500):
    bbsweep = Path(bbsweep).resolve()
    with tempfile.TemporaryDirectory(prefix="bbsweep-fleet-") as name:
        folder = Path(name)
        paths = reports(bbsweep, folder, hosts, count)
        packed = sum(path.stat().st_size for path in paths) / 2**20
        print(f"{hosts} reports, {hosts * count} findings, {packed:.0f} MiB packed", flush=True)
        now = ["--now", "2026-11-26T12:00:00Z"]
        store = folder / "fleet.sqlite"
        measure("merge into a store", bbsweep, "fleet", "merge", *paths, "-o", store, *now)
        print(f"{'':40} {store.stat().st_size / 2**20:8.0f} MiB of store")
        report = [bbsweep, "fleet", "report", store, *now]
        said = folder / "view.json"
        measure("report", *report, "--format", "json", "-o", said, exits=(1, 3))
        parquet = folder / "fleet.parquet"
        measure("store to Parquet", *report, "--format", "parquet", "-o", parquet, exits=(1, 3))
        print(f"{'':40} {parquet.stat().st_size / 2**20:8.0f} MiB of Parquet")
        # Last: what this program holds would count for those that it starts.
        by_duckdb(folder, json.loads(said.read_bytes()))


main(sys.argv[1], *map(int, sys.argv[2:]))
