#!/bin/sh
# What the hook `bbsweep` of .pre-commit-hooks.yaml runs: builds bbsweep once, in pre-commit's own clone of
# this repository, then hands over to it. pre-commit's `language: rust` runs `cargo install --path .`,
# which cargo refuses at the top of a workspace.
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
own=$top/target/pre-commit
if [ ! -x "$own/bin/bbsweep" ]; then
    echo "bbsweep: building it, once for this version" >&2
    build=$(mktemp -d)
    trap 'rm -rf "$build"' EXIT
    # Git's variables are those of the repository that commits, not of this one.
    (
        # shellcheck disable=SC2046 # names, to be split
        unset $(git rev-parse --local-env-vars)
        cd "$top"
        cargo install --locked --quiet --path crates/cli --root "$own" --target-dir "$build" >&2
    )
    rm -rf "$build"
    trap - EXIT
fi
exec "$own/bin/bbsweep" "$@"
