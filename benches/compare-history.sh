#!/usr/bin/env bash
# Whole-process comparison on a repository's history, in one run: `bbsweep scan --history-only` against
# unpacking alone (`git cat-file`), and against other scanners where they are installed, offline. Then
# which of the planted credentials each found.
#
#   benches/plant.py SOURCE.git PLANTED.git PLANTED.tsv
#   benches/compare-history.sh PLANTED.git PLANTED.tsv
#
# Needs hyperfine and python3. BBSWEEP names another binary, RUNS another number of runs.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2; }
repository=$(realpath "$1")
planted=$(realpath "$2")
runs=${RUNS:-3}

bbsweep=${BBSWEEP:-}
if [ -z "$bbsweep" ]; then
    cargo build --release --locked --quiet --package bbsweep
    bbsweep=$(cargo metadata --format-version 1 --no-deps |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release/bbsweep
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q --bare --local "$repository" "$work/repo.git"
repo=$work/repo.git
printf '%s commits, %s objects, %s\n' "$(git -C "$repo" rev-list --all --count)" \
    "$(git -C "$repo" count-objects -v | sed -n 's/^in-pack: //p')" "$(du -shL "$repo" | cut -f1)"

names=()
commands=()
add() {
    names+=("$1")
    commands+=("$2")
}
add 'git cat-file' "git -C $repo cat-file --batch-all-objects --batch --unordered"
add bbsweep "$(printf %q "$bbsweep") scan --history-only --format json -o $work/bbsweep.json $repo"
if command -v kingfisher >/dev/null; then
    add kingfisher "kingfisher scan $repo --no-validate --no-update-check --git-history full \
--format json --output $work/kingfisher.json"
fi
if command -v betterleaks >/dev/null; then
    add betterleaks "betterleaks git $repo --no-banner --log-level error \
--include commit-messages --output $work/betterleaks.json"
fi
if command -v gitleaks >/dev/null; then
    add gitleaks "gitleaks git $repo --no-banner --log-level error \
--report-format json --report-path $work/gitleaks.json"
fi
arguments=()
for index in "${!names[@]}"; do
    arguments+=(--command-name "${names[$index]}" "${commands[$index]}")
done
hyperfine --warmup 1 --runs "$runs" --ignore-failure --output null \
    --export-json "$work/result.json" "${arguments[@]}"

python3 - "$work" "$planted" <<'PY'
import json, os, sys

work, table = sys.argv[1:]
planted = [line.rstrip("\n").split("\t") for line in open(table, encoding="utf-8")]
results = {row["command"]: row["mean"] for row in json.load(open(f"{work}/result.json"))["results"]}
base = results["git cat-file"]
for name, mean in results.items():
    found = ""
    path = f"{work}/{name}.json"
    if os.path.exists(path):
        text = open(path, encoding="utf-8", errors="replace").read()
        if name == "bbsweep":
            # Its report shows no secret: it is told by the commit, and by what the mask shows.
            rows = {(row["commit"], row["secret_masked"]) for row in json.loads(text)["findings"]}
            mask = lambda s: f"{s[:4]}…{s[-4:]} ({len(s)})" if len(s) > 24 else None
            hits = [n for n, secret, _, commit in planted
                    if any(c == commit and m and (mask(secret) in (m, None) or m.endswith(f"({len(secret)})"))
                           for c, m in rows)]
        else:
            hits = [n for n, secret, _, _ in planted if secret in text]
        found = f"{len(hits)} of {len(planted)} found"
    elif name != "git cat-file":
        found = "wrote no report: another version than this script knows?"
    print(f"{name:<14} {mean:8.2f} s  {mean / base:6.2f} x cat-file  {found}")
PY
