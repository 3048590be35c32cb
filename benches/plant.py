#!/usr/bin/env python3
"""Plants synthetic credentials in the history of a copy of a real repository.

    plant.py SOURCE.git TARGET.git PLANTED.tsv

Seventy commits bring one in each, in seven forms, and take it away again: at once, after a move, or in a
merge; one stands in a commit message and one in a tag's. Then everything is packed with `git gc
--aggressive`. PLANTED.tsv lists number, secret, path and commit. `compare-history.sh` reads it.
"""

import base64
import hashlib
import os
import subprocess
import sys
import tempfile

ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def letters(seed, length, alphabet):
    out, block = "", 0
    while len(out) < length:
        digest = hashlib.sha256(f"{seed}:{block}".encode()).digest()
        out += "".join(alphabet[byte % len(alphabet)] for byte in digest)
        block += 1
    return out[:length]


def app(seed):
    return "AT" + "BB" + letters(seed, 24, ALNUM) + letters(seed + 1000, 8, "0123456789ABCDEF")


def legacy(seed):
    return letters(seed + 2000, 20, ALNUM)


def manifest(secret, n):
    url = base64.b64encode(f"https://ci-bot:{secret}@bitbucket.org/acme/r{n}.git".encode())
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: s{n}\ndata:\n  url: {url.decode()}\n"


KINDS = [
    ("ci/clone{n}.sh", app, lambda s, n: f"#!/bin/sh\ngit clone https://ci:{s}@bitbucket.org/a/r{n}.git\n"),
    ("deploy/n{n}/.netrc", legacy, lambda s, n: f"machine bitbucket.org\n  login ci\n  password {s}\n# {n}\n"),
    ("tools/rest{n}.sh", legacy, lambda s, n: f"curl -u ci:{s} https://api.bitbucket.org/2.0/user?page={n}\n"),
    ("env{n}/.env", legacy, lambda s, n: f"BITBUCKET_USERNAME=ci\nBITBUCKET_APP_PASSWORD={s}\nPORT={n}\n"),
    ("conf{n}/gitconfig", legacy, lambda s, n: f'[remote "o"]\n\turl = https://ci:{s}@bitbucket.org/a/r{n}.git\n'),
    ("k8s/secret{n}.yaml", legacy, manifest),
    ("py/client{n}.py", app, lambda s, n: f'import requests\nrequests.get("https://api.bitbucket.org/2.0/user", auth=("ci", "{s}"))  # {n}\n'),
]


def main(source, target, table):
    subprocess.run(["git", "clone", "-q", "--bare", source, target], check=True)
    # Only the index is written; some of git's commands want a work tree all the same.
    empty = tempfile.mkdtemp()
    env = dict(
        os.environ,
        GIT_DIR=target,
        GIT_WORK_TREE=empty,
        GIT_INDEX_FILE=os.path.abspath(table) + ".index",
        GIT_AUTHOR_NAME="Ada", GIT_AUTHOR_EMAIL="ada@example.com",
        GIT_COMMITTER_NAME="Ada", GIT_COMMITTER_EMAIL="ada@example.com",
    )

    def git(*args, text=None):
        done = subprocess.run(
            ["git", *args], input=text and text.encode(), env=env, cwd=empty, check=True,
            stdout=subprocess.PIPE)
        return done.stdout.decode().strip()

    time = 1711000000

    def commit(message, *parents):
        nonlocal time
        time += 60
        env["GIT_AUTHOR_DATE"] = env["GIT_COMMITTER_DATE"] = f"{time} +0000"
        args = [arg for parent in parents for arg in ("-p", parent)]
        return git("commit-tree", git("write-tree"), *args, text=message)

    git("config", "gc.auto", "0")
    git("read-tree", "HEAD")
    head, planted = git("rev-parse", "HEAD"), []
    for n in range(70):
        path, make, text = KINDS[n % len(KINDS)]
        path, secret = path.format(n=n), make(n)
        blob = git("hash-object", "-w", "--stdin", text=text(secret, n))
        git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        added = commit(f"add {n}", head)
        git("update-index", "--force-remove", path)
        if n % 5 == 4:
            git("update-index", "--add", "--cacheinfo", f"100644,{blob},moved/{path}")
            moved = commit(f"move {n}", added)
            git("update-index", "--force-remove", f"moved/{path}")
            head = commit(f"drop {n}", moved)
        elif n % 5 == 3:
            head = commit(f"merge {n}", commit(f"main {n}", head), added)
        else:
            head = commit(f"drop {n}", added)
        planted.append((n, secret, path, added))
    for n, kind in ((900, "message"), (901, "tag")):
        secret = app(n)
        text = f"pull\n\ngit pull https://ci:{secret}@bitbucket.org/acme/{kind}.git\n"
        if kind == "message":
            head = commit(text, head)
        else:
            git("tag", "-a", "planted-tag", "-m", text, head)
        planted.append((n, secret, kind, head))
    git("update-ref", "refs/heads/planted", head)
    os.remove(env["GIT_INDEX_FILE"])
    os.rmdir(empty)
    with open(table, "w", encoding="utf-8") as out:
        out.writelines("\t".join(map(str, row)) + "\n" for row in planted)
    subprocess.run(["git", "-C", target, "gc", "-q", "--aggressive", "--prune=now"], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*map(os.path.abspath, sys.argv[1:3]), sys.argv[3])
