"""The consumers that are programs: how each is asked about a file."""

import json
import os
import shutil
import tempfile
from pathlib import Path

from base import PYTHON, TOOLS, refusal, run


def shellcheck(file):
    shell = [] if file.shebang else ["--shell=bash"]
    options = ["--severity=error", "--format=json", "--norc", *shell]
    result = run([TOOLS / "python/bin/shellcheck", *options, file.full], file)
    return [f"SC{comment['code']}: {comment['message']}" for comment in json.loads(result.stdout)]


def make(file):
    """Reads the file and makes a target that needs nothing; its shell calls run `true`."""
    stub = file.root / ".bbsweep-stub.mk"
    stub.write_text("bbsweep-nothing: ;\n")
    files = ["-f", file.name, "-f", str(stub)]
    return refusal(run(["make", "-n", "SHELL=/bin/true", *files, "bbsweep-nothing"], file))


# ------------------------------------------------------------------------------- schemas, linters

SCHEMAS = {
    "azure-pipelines": ["azure-pipelines*.yml", "azure-pipelines*.yaml", ".azure-pipelines/*.yml"],
    "bamboo-spec": ["bamboo.yml", "bamboo-specs/*.yml"],
    "bitbucket-pipelines": ["bitbucket-pipelines.yml"],
    "buildkite": [".buildkite/*.yml", ".buildkite/*.yaml", "buildkite.yml"],
    "circle-ci": [".circleci/config.yml"],
    "cloudbuild": ["cloudbuild.yml", "cloudbuild.yaml"],
    "codecov": ["codecov.yml"],
    "compose-spec": [
        "docker-compose*.yml",
        "docker-compose*.yaml",
        "compose*.yml",
        "compose*.yaml",
    ],
    "dependabot": [".github/dependabot.yml"],
    "drone-ci": [".drone.yml"],
    "github-actions": ["action.yml", "action.yaml"],
    "github-workflows": [".github/workflows/*.yml", ".github/workflows/*.yaml"],
    "gitlab-ci": [".gitlab-ci.yml", "*.gitlab-ci.yml"],
    "mergify": [".mergify.yml"],
    "readthedocs": [".readthedocs.yml", ".readthedocs.yaml"],
    "renovate": ["renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json"],
    "taskfile": ["Taskfile.yml", "Taskfile.yaml"],
    "travis": [".travis.yml"],
    "woodpecker-ci": [
        ".woodpecker.yml",
        ".woodpecker.yaml",
        ".woodpecker/*.yml",
        ".woodpecker/*.yaml",
    ],
}
# As check-jsonschema's own hooks ask for these two.
TRANSFORMS = {"azure-pipelines": ["azure-pipelines"], "gitlab-ci": ["gitlab-ci"]}


def schema_of(file):
    return next((name for name, patterns in SCHEMAS.items() if file.matches(*patterns)), None)


def schemas(files):
    """check-jsonschema with the schemas that it carries, once for each of them."""
    answers = {file: [] for file in files}
    for name in SCHEMAS:
        mine = {str(file.full): file for file in files if schema_of(file) == name}
        if not mine:
            continue
        options = ["--builtin-schema", f"vendor.{name}", "--regex-variant", "nonunicode"]
        for transform in TRANSFORMS.get(name, []):
            options += ["--data-transform", transform]
        for path in mine:
            # It takes the format from the name's end.
            if path.endswith("renovaterc"):
                options += ["--default-filetype", "json"]
        arguments = [PYTHON, "-m", "check_jsonschema", "--output-format", "json", *options]
        result = run([*arguments, *mine], cwd="/")
        if result.returncode not in (0, 1):
            raise RuntimeError(result.stderr[-1000:])
        report = json.loads(result.stdout)
        for error in report.get("errors", []):
            place = error["path"].replace(":", ";")
            complaint = f"{name} schema at {place}: {error['message']}"
            answers[mine[error["filename"]]].append(complaint)
        for error in report.get("parse_errors", []):
            answers[mine[error["filename"]]].append(f"does not parse: {error['message']}")
    return [answers[file] for file in files]


SANDBOX = """\
CapabilityBoundingSet=
DevicePolicy=closed
IPAddressDeny=any
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateNetwork=yes
PrivateTmp=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RestrictAddressFamilies=none
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
UMask=0077
"""
# In tenths, of ten: what systemd calls OK and better.
EXPOSED = {"system": 25, "user": 60}


def systemd(file):
    """Whether systemd takes a unit, and how far a service is shut in."""
    mode = "user" if "/user/" in file.path.as_posix() else "system"
    # With a folder of its own it would look for what a unit wants there alone.
    result = run(["systemd-analyze", f"--{mode}", "--man=no", "verify", str(file.full)], file)
    said = [line for line in result.stderr.splitlines() if file.full.stem in line]
    complaints = [f"verify: {line}" for line in said]
    if result.returncode != 0 and not said:
        complaints.append(f"verify: {result.stderr.strip()[-400:]}")
    if file.name.endswith(".service"):
        options = ["--offline=true", f"--threshold={EXPOSED[mode]}", "--no-pager"]
        result = run(["systemd-analyze", f"--{mode}", *options, "security", str(file.full)], file)
        if result.returncode != 0:
            complaints.append(f"security: {(result.stdout + result.stderr).strip()[-200:]}")
    return complaints


def credential_store(file):
    """Asks git for the credential of each line of the store."""
    complaints = []
    for number, line in enumerate(file.text.splitlines(), 1):
        scheme, _, rest = line.partition("://")
        host = rest.rpartition("@")[2].partition("/")[0]
        if not host or line.startswith("#"):
            continue
        asked = ["git", "credential-store", "--file", str(file.full), "get"]
        result = run(asked, file, input=f"protocol={scheme}\nhost={host}\n\n")
        if "username=" not in result.stdout or "password=" not in result.stdout:
            complaints.append(f"line {number}: no credential for {host}")
    return complaints


def hadolint(file):
    options = ["--format", "json", "--failure-threshold", "error", "--no-color"]
    result = run([TOOLS / "python/bin/hadolint", *options, str(file.full)], file)
    found = json.loads(result.stdout)
    return [f"{at['code']}: {at['message']}" for at in found if at["level"] == "error"]


def composer(file):
    with tempfile.TemporaryDirectory() as home:
        if file.name == "composer.json":
            asked = ["validate", "--no-check-all", "--no-check-publish", "--no-check-lock"]
            asked.append(str(file.full))
        else:
            # Composer holds the one in its home folder to its schema.
            shutil.copyfile(file.full, Path(home, file.name))
            asked = ["config", "--global", "--list"]
        options = {"env": {"COMPOSER_HOME": home, "COMPOSER_ALLOW_SUPERUSER": "1"}}
        return refusal(
            run(["composer", "--no-interaction", "--no-plugins", *asked], file, **options)
        )


def npm(file):
    """`npm pkg get`, and whether the lock file still goes with the package file."""
    if file.name == "package.json":
        return refusal(run(["npm", "pkg", "get", "name"], file))
    result = run(["npm", "ls", "--package-lock-only", "--json", "--all"], file)
    if result.returncode == 0:
        return []
    problems = json.loads(result.stdout or "{}").get("problems") or [result.stderr.strip()[-400:]]
    return [f"lock file: {problems[0]}"]


def cargo(file):
    """`cargo metadata` of a copy, which has a source file and no dependencies to fetch."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        for name in ("src/lib.rs", "Cargo.toml", ".cargo/config.toml"):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).touch()
        (project / "Cargo.toml").write_text('[package]\nname = "x"\n')
        own = "Cargo.toml" if file.name == "Cargo.toml" else ".cargo/config.toml"
        shutil.copyfile(file.full, project / own)
        asked = ["cargo", "metadata", "--offline", "--no-deps", "--format-version", "1"]
        return refusal(run(asked, cwd=project, env={"CARGO_HOME": f"{folder}/home", **rustup()}))


def rustup():
    home = os.environ.get("RUSTUP_HOME", f"{os.environ.get('HOME', '')}/.rustup")
    chain = os.environ.get("RUSTUP_TOOLCHAIN")
    return {"RUSTUP_HOME": home} | ({"RUSTUP_TOOLCHAIN": chain} if chain else {})


REQUIREMENTS_TXT = """
import sys
from pip._internal.network.session import PipSession
from pip._internal.req import parse_requirements
from pip._internal.req.constructors import install_req_from_parsed_requirement

for requirement in parse_requirements(sys.argv[1], session=PipSession()):
    install_req_from_parsed_requirement(requirement)
"""

GEMFILE = """
require "bundler"
case File.basename(ARGV[0])
when "Gemfile.lock" then Bundler::LockfileParser.new(File.read(ARGV[0]))
else Bundler::Dsl.new.eval_gemfile(ARGV[0])
end
"""


def uv(file):
    """uv reads `uv.lock` and the project beside it, and fetches nothing."""
    if file.case in ("good", "broken"):
        file.full.with_name("pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\n')
    options = ["--frozen", "--offline", "--no-config", "--no-python-downloads", "--quiet"]
    return refusal(
        run([TOOLS / "python/bin/uv", "export", *options], file, env={"UV_NO_CACHE": "1"})
    )


UV_LOCK = """version = 1
requires-python = ">=3.11"

[[package]]
name = "a"
version = "1"
source = { virtual = "." }
"""


def maven(file):
    """The model is built and no plugin is run, since the phase binds none."""
    settings = ["-s", file.name] if "settings" in file.name else ["-f", file.name]
    if "settings" in file.name:
        pom = file.full.with_name(".bbsweep-pom.xml")
        pom.write_text(POM.format(""))
        settings += ["-f", pom.name]
    return refusal(
        run(["mvn", "-o", "-q", "-Dstyle.color=never", "-B", "-N", *settings, "validate"], file)
    )


POM = """<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>a</artifactId>
<version>1</version><packaging>pom</packaging>{}</project>"""


def ansible(file):
    options = {"env": {"ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_DEPRECATION_WARNINGS": "0"}}
    asked = [PYTHON, "-m", "ansible", "playbook", "--syntax-check", "-i", "localhost,"]
    return refusal(run([*asked, str(file.full)], file, **options))


GALAXY = """
import sys
from types import SimpleNamespace
from ansible.cli.galaxy import GalaxyCLI
from ansible.galaxy import Galaxy

cli = GalaxyCLI(["ansible-galaxy", "role", "install", "-r", sys.argv[1]])
cli.parse()
cli.galaxy, cli.api_servers = Galaxy(), []
# Stands for the one that would clone a collection to learn its name.
fetcher = SimpleNamespace(
    get_direct_collection_fqcn=lambda _: "a.b", get_direct_collection_version=lambda _: "1.0.0"
)
cli._parse_requirements_file(sys.argv[1], artifacts_manager=fetcher)
"""
