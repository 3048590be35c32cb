"""Asks real consumers about the files of fixtures/, as they are and as they are rewritten, and about those
of deploy/ and of `audit install`, which have to be right as they are.

Run by `run`, which installs the consumers. A file is handed to each consumer that reads its kind,
inside the whole tree of its case. The rewrite is at fault for what a consumer says of the rewritten
file but not of the input. What is not rewritten, or refused before and after, is listed only.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from base import File
from consumers import CONSUMERS

BBSWEEP = os.environ["BBSWEEP"]
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
DOTTED = {"dot-git": ".git", "dot-gitignore": ".gitignore", "dot-gitattributes": ".gitattributes"}


def cases():
    """(name, input, folder with the rewritten trees) of each case."""
    yield "demo", FIXTURES / "demo", FIXTURES / "demo.expected"
    for folder in sorted(FIXTURES.glob("*/*/input")):
        case = folder.parent
        yield str(case.relative_to(FIXTURES)), folder, case


# Where a file of deploy/ stands where it is used.
PLACES = {"github/audit.yml": ".github/workflows/audit.yml"}
SCHEDULERS = ["systemd", "cron", "launchd", "windows-task"]


def deployed(workspace):
    """The files of deploy/, and those that `audit install` writes."""
    deploy = FIXTURES.parent / "deploy"
    found = []
    root = workspace / "deploy"
    for path in files_below(deploy):
        name = path.relative_to(deploy).as_posix()
        copy = root / PLACES.get(name, name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        found.append(File(root, copy.relative_to(root), "deploy", "deployed"))
    for more in ([], ["--notify", "/etc/bbsweep/hook"]):
        root = workspace / f"installed{len(more)}"
        for name in SCHEDULERS:
            install = [BBSWEEP, "audit", "install", f"--{name}", "--root", root, *more]
            # systemd-analyze looks whether the program is there.
            subprocess.run([*install, "--program", "/bin/true"], check=True, capture_output=True)
        for path in files_below(root):
            found.append(File(root, path.relative_to(root), root.name, "deployed"))
    return found


def files_below(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def real_path(path):
    """`path` with the names that stand for dot files replaced."""
    return Path(*(DOTTED.get(part, part) for part in path.parts))


def lay(target, *sources):
    """Lays the trees over each other in `target`."""
    for source in sources:
        for path in files_below(source):
            copy = target / real_path(path.relative_to(source))
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def collect(workspace, wanted):
    """The files to look at: of the inputs all, of the rewritten trees what they hold."""
    found = []
    for case, source, folder in cases():
        if wanted and not any(word in case for word in wanted):
            continue
        trees = [("input", source, [source])]
        for rewritten in sorted(folder.glob("rewritten*")):
            trees.append((rewritten.name, rewritten, [source, rewritten]))
        for variant, of, layers in trees:
            root = workspace / case / variant
            lay(root, *layers)
            for path in files_below(of):
                found.append(File(root, real_path(path.relative_to(of)), case, variant))
    return found


def ask(consumer, files):
    """The complaints of `consumer` about each of `files`, as a list of sets."""
    try:
        return [set(answer) for answer in consumer.check(files)]
    except Exception as error:  # A consumer that breaks down has checked nothing.
        sys.exit(f"error: {consumer.name} cannot be run: {type(error).__name__}: {error}")


def self_test(consumer, workspace):
    """Each check has to accept a good file and to refuse a broken one."""
    files = []
    for kind, samples in (("good", consumer.good), ("broken", consumer.broken)):
        for number, (name, text) in enumerate(samples):
            root = workspace / "self-test" / consumer.name / f"{kind}-{number}"
            path = root / name
            path.parent.mkdir(parents=True)
            path.write_text(text)
            files.append(File(root, Path(name), kind, "self-test"))
    assert consumer.good and consumer.broken, f"{consumer.name} has no samples"
    wrong = []
    for file, answer in zip(files, ask(consumer, files), strict=True):
        if not consumer.claims(file):
            wrong.append(f"{consumer.name} does not claim its own sample {file.name}")
        elif (file.case == "good") == bool(answer):
            wrong.append(f"{consumer.name} takes the {file.case} {file.name} wrongly: {answer}")
    return wrong


def main():
    with tempfile.TemporaryDirectory(prefix="bbsweep-consumers-") as folder:
        return run(Path(folder), sys.argv[1:])


def run(workspace, wanted):
    files = collect(workspace, wanted)
    if not wanted or "deploy" in wanted:
        files += deployed(workspace)
    consumers, failures, notices = [], [], []
    for consumer in CONSUMERS:
        missing = consumer.missing()
        if not missing:
            consumers.append(consumer)
        elif consumer.required:
            failures.append(f"{consumer.name} did not run: {missing}")
        else:
            notices.append(f"{consumer.name} did not run: {missing}")

    def work(consumer):
        mine = [file for file in files if consumer.claims(file)]
        answers = ask(consumer, mine) if mine else []
        return self_test(consumer, workspace), mine, answers

    counts, claimed = [], set()
    with ThreadPoolExecutor() as pool:
        for consumer, result in zip(consumers, pool.map(work, consumers), strict=True):
            wrong, mine, answers = result
            failures += wrong
            before = {}
            for file, answer in zip(mine, answers, strict=True):
                claimed.add(file.key)
                if file.variant == "deployed":
                    if answer:
                        failures.append(f"{consumer.name} refuses {file}: {first(answer)}")
                    continue
                if file.variant == "input":
                    before[file.key] = answer
                    if answer:
                        notices.append(f"{consumer.name} refuses {file}: {first(answer)}")
                    continue
                # A file that does not parse can be told nothing more about.
                known = before.get(file.key, set())
                new = {key(text) for text in answer} - {key(text) for text in known}
                if new:
                    told = [text for text in answer if key(text) in new]
                    failures.append(f"{consumer.name} refuses {file}: {first(told)}")
            counts.append((consumer.name, len(mine)))

    unread = Counter(
        file.path.suffix or file.name
        for file in files
        if file.variant != "input" and file.key not in claimed
    )
    ours = Counter(consumer.name for consumer in consumers for file in files
                   if file.variant == "deployed" and consumer.claims(file))
    notices = [text.replace(f"{workspace}/", "") for text in notices]
    failures = [text.replace(f"{workspace}/", "") for text in failures]
    for text in notices:
        print(f"notice: {text}")
    if unread:
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(unread.items()))
        print(f"notice: rewritten files that no consumer here reads: {kinds}")
    for text in failures:
        print(f"error: {text}")
    rewritten = sum(file.variant.startswith("rewritten") for file in files)
    if ours:
        print("deployed: " + ", ".join(f"{name} {count}" for name, count in sorted(ours.items())))
    print(f"{len(files) - rewritten} files, {rewritten} rewrites of them, {len(failures)} errors")
    print("checked: " + ", ".join(f"{name} {count}" for name, count in counts))
    return 1 if failures else 0


def key(complaint):
    """What a complaint is of, without what it quotes of the file."""
    return complaint.split(":", 1)[0]


def first(complaints):
    return " ".join(min(complaints).split())[:300]


sys.exit(main())
