#!/usr/bin/env bash
# Whole-process comparison in one run: `bbsweep scan TREE` against ripgrep for the same words, and
# against other scanners where they are installed. Prints each mean and its ratio to ripgrep's.
#
#   benches/compare.sh [TREE]
#
# Without TREE one is made of what the machine has: the sources of cargo's registry, /usr/share and
# /usr/include. Needs hyperfine, rg and jq. BBSWEEP names another binary, RUNS another number of runs.
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${RUNS:-10}
for tool in hyperfine rg jq; do
    command -v "$tool" >/dev/null || { echo "compare.sh: $tool is not installed" >&2; exit 2; }
done

bbsweep=${BBSWEEP:-}
if [ -z "$bbsweep" ]; then
    cargo build --release --locked --quiet --package bbsweep
    bbsweep=$(cargo metadata --format-version 1 --no-deps | jq -r .target_directory)/release/bbsweep
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=${1:-}
if [ -z "$tree" ]; then
    tree=$work/tree
    mkdir "$tree"
    for from in "${CARGO_HOME:-$HOME/.cargo}/registry/src" /usr/share /usr/include; do
        [ -d "$from" ] || continue
        # What cannot be read is left out of both.
        cp -R -- "$from" "$tree/$(basename "$from")" 2>/dev/null || true
    done
fi

words='bitbucket|ATBB|BB_AUTH_STRING|BB_PASS|BB_TOKEN_BASIC_AUTH|APP_?PASS|APP-?PASS|APP_?PW'
quoted=$(printf %q "$tree")
names=("bbsweep scan" "rg -uuu")
# Findings are exit status 1, unread inputs 3 (rg: 2): -i measures them all the same.
commands=("$(printf %q "$bbsweep") scan --quiet $quoted" "rg -uuu -c -i '$words' $quoted")
add() {
    if command -v "$1" >/dev/null; then
        names+=("$1")
        commands+=("$2")
    fi
}
add gitleaks "gitleaks dir --no-banner --log-level error $quoted"
add trufflehog "trufflehog filesystem --no-update --no-verification --include-detectors=bitbucket $quoted"
add noseyparker "noseyparker scan --datastore $work/np.\$\$ --git-history none $quoted"

echo "$(find "$tree" -xdev -type f | wc -l) files, $(du -sxh "$tree" | cut -f1), $(nproc) cores"
arguments=()
for index in "${!names[@]}"; do
    arguments+=(--command-name "${names[$index]}" "${commands[$index]}")
done
hyperfine --warmup 2 --runs "$runs" --ignore-failure --output null \
    --export-json "$work/result.json" "${arguments[@]}"

jq -r '
    (.results[] | select(.command == "rg -uuu") | .mean) as $rg
    | .results[]
    | "\(.command)\t\(.mean * 1000 | round) ms\t\(.mean / $rg * 100 | round / 100) x rg\tuser \(.user * 1000 | round) ms, system \(.system * 1000 | round) ms"
' "$work/result.json" | column -t -s "$(printf '\t')"

if [ -x /usr/bin/time ]; then
    for index in 0 1; do
        /usr/bin/time -f %M -o "$work/peak" sh -c "exec ${commands[$index]}" >/dev/null 2>&1 || true
        echo "${names[$index]}: peak memory $(($(tail -n 1 "$work/peak") / 1024)) MB"
    done
fi
