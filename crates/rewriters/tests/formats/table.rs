//! The formats: how a file begins and ends, what stands in it, how it nests.

use crate::readers::Reader;

/// How pieces stand in each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Nest {
    /// Side by side.
    None,
    /// Each level is indented by this much, below such a line.
    Indent(&'static str, &'static str),
    /// Side by side, all indented by this much.
    Below(&'static str),
    /// Each level is between such lines.
    Block(&'static str, &'static str),
    /// Separated by this.
    List(&'static str),
}

/// A format. In its texts `@U@` is a clone URL with user and secret, `@BASE@` one without a path, `@S@`
/// a secret, `@PAIR64@`, `@S64@` and `@URL64@` are base64, `@N@` is a number.
#[derive(Debug)]
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) paths: &'static [&'static str],
    pub(crate) head: &'static str,
    pub(crate) uses: &'static [&'static str],
    pub(crate) fillers: &'static [&'static str],
    pub(crate) foot: &'static str,
    pub(crate) nest: Nest,
    /// Whether its readers take UTF-16. git, curl and the like take none.
    pub(crate) unicode: bool,
    /// JSON, whose slashes may be escaped.
    pub(crate) escapes_slashes: bool,
    /// A program of other people that reads it.
    pub(crate) reader: Option<Reader>,
}

const PLAIN: Format = Format {
    name: "",
    paths: &[],
    head: "",
    uses: &[],
    fillers: &[],
    foot: "",
    nest: Nest::None,
    unicode: true,
    escapes_slashes: false,
    reader: None,
};

const YAML_USES: &[&str] = &[
    "url@N@: @U@",
    "url@N@: '@U@'",
    "url@N@: \"@U@\"",
    "urls@N@:\n- @U@\n- name: x # é\n  url: '@U@'",
    "flow@N@: {a: \"@U@\", b: ['@U@', c]}",
    "text@N@: |\n  git clone @U@\n  curl -u 'bob:@S@' https://api.bitbucket.org/2.0/user",
    "fold@N@: >-\n  git clone\n  @U@",
    "? complex@N@\n: @U@",
];
const YAML_FILLERS: &[&str] =
    &["# don't é", "a@N@: 1", "b@N@: {c: [1, 2]}", "c@N@: \"ü: x\"", "d@N@:\n- e\n- f", ""];
const SCRIPT_USES: &[&str] = &[
    "- git clone @U@",
    "- 'git clone @U@ x'",
    "- \"git clone \\\"@U@\\\"\"",
    "- git clone https://bob:$BITBUCKET_APP_PASSWORD@bitbucket.org/t/r.git",
    "- |\n  # é\n  git clone \"@U@\" && cd x\n  curl -u bob:@S@ https://api.bitbucket.org/2.0/user",
    "- >\n  git clone\n  '@U@'",
    "- curl --user \"bob:${BITBUCKET_APP_PASSWORD}\" https://api.bitbucket.org/2.0/repositories/t",
];
const SCRIPT_FILLERS: &[&str] = &["- echo é", "# don't", "- 'a: b'", "- |\n  x=1\n  y=2"];

pub(crate) const ALL: &[Format] = &[
    Format {
        name: "git-config",
        paths: &[".gitconfig", "x.gitconfig"],
        uses: &[
            "[remote \"r@N@\"]\n\turl = @U@\n\tfetch = +refs/heads/*:refs/remotes/r@N@/*",
            "[remote \"r@N@\"]\n  url = \"@U@\"\n  pushurl=@U@ ; é",
            "[Remote \"r@N@\"]\n\tURL = @U@\\\n\n",
            "[url \"@BASE@\"]\n\tinsteadOf = https://bitbucket.org/",
            "[http \"https://bitbucket.org\"]\n\textraHeader = \"Authorization: Basic @PAIR64@\"",
            "[http]\n\textraheader = Authorization: Basic @PAIR64@",
            "[credential \"https://bitbucket.org\"]\n\tusername = bob",
            "[submodule \"s@N@\"]\n\turl = @U@",
        ],
        fillers: &["[user]\n\tname = Zoé # é", "; [a]", "[alias]\n\tx = \"!f() { :; }; f\"", ""],
        unicode: false,
        reader: Some(Reader::GitConfig),
        ..PLAIN
    },
    Format {
        name: "gitmodules",
        paths: &[".gitmodules"],
        uses: &[
            "[submodule \"m@N@\"]\n\tpath = m@N@\n\turl = @U@",
            "[submodule \"é@N@\"]\n  url=\"@U@\"\n  path = é",
            "[submodule \"m@N@\"]\n\turl = @U@ # old\n\tbranch = main",
        ],
        fillers: &["# é", "[submodule \"x@N@\"]\n\tpath = x\n\turl = ../x.git", ""],
        unicode: false,
        reader: Some(Reader::GitConfig),
        ..PLAIN
    },
    Format {
        name: "netrc",
        paths: &[".netrc", "_netrc"],
        uses: &[
            "machine bitbucket.org login bob password @S@",
            "machine bitbucket.org\n  login bob\n  password @S@",
            "machine api.bitbucket.org\n\tlogin bob\n\tpassword @S@",
            "machine bitbucket.org\npassword @S@ login ci-bot",
            "machine bitbucket.org login bob password \"@S@\"",
        ],
        fillers: &[
            "machine example.com login é password x",
            "# é",
            "",
            "machine git.example.com\n  login a\n  password b",
        ],
        unicode: false,
        ..PLAIN
    },
    Format {
        name: "git-credentials",
        paths: &[".git-credentials"],
        uses: &["https://bob:@S@@bitbucket.org", "https://ci%40x.org:@S@@bitbucket.org", "@U@"],
        fillers: &["https://a:b@example.com", "https://é:x@example.org"],
        unicode: false,
        ..PLAIN
    },
    Format {
        name: "shell",
        paths: &["a.sh", "ci/deploy.bash", ".profile", ".envrc"],
        head: "#!/bin/bash\nset -eu\n",
        uses: &[
            "git clone @U@",
            "git clone \"@U@\" x && cd x",
            "git -C x remote set-url origin '@U@' # é",
            "url=@U@\ngit clone \"$url\"",
            "curl -s -u bob:@S@ \\\n  https://api.bitbucket.org/2.0/user",
            "curl --user 'bob:@S@' -X POST https://api.bitbucket.org/2.0/repositories/t/r/pullrequests",
            "curl -H \"Authorization: Basic @PAIR64@\" https://api.bitbucket.org/2.0/user",
            "export BITBUCKET_APP_PASSWORD='@S@'",
            "git push \"https://bob:${BITBUCKET_APP_PASSWORD}@bitbucket.org/t/r.git\"",
            "cat > ~/.netrc <<EOF\nmachine bitbucket.org\nlogin bob\npassword @S@\nEOF",
            "x=\"$(git ls-remote '@U@' | head -1)\"",
        ],
        fillers: &["echo é", "# it's", "x=$((1 + 2))", "", "f() { echo \"$1\"; }"],
        nest: Nest::Block("if true; then", "fi"),
        reader: Some(Reader::Shell),
        ..PLAIN
    },
    Format {
        name: "dockerfile",
        paths: &["Dockerfile", "app.Dockerfile"],
        head: "FROM alpine:3\n",
        uses: &[
            "RUN git clone @U@ /src",
            "RUN apk add git && \\\n    git clone \"@U@\" /src && \\\n    rm -rf /x",
            "ARG BITBUCKET_APP_PASSWORD\nRUN git clone https://bob:${BITBUCKET_APP_PASSWORD}@bitbucket.org/t/r",
            "ENV REPO=@U@",
            "RUN [\"git\", \"clone\", \"@U@\"]",
            "RUN <<EOF\ngit clone @U@\nEOF",
            "RUN curl -u bob:@S@ https://api.bitbucket.org/2.0/user",
        ],
        fillers: &["# é", "RUN echo x", "COPY . /app", ""],
        ..PLAIN
    },
    Format {
        name: "dotenv",
        paths: &[".env", "prod.env", ".env.local"],
        uses: &[
            "URL_@N@=@U@",
            "export URL_@N@='@U@'",
            "URL_@N@=\"@U@\" # é",
            "BITBUCKET_APP_PASSWORD=@S@",
            "BITBUCKET_APP_PASSWORD=\"@S@\"",
            "BB_APP_PASSWORD='@S@'",
        ],
        fillers: &["# é", "X_@N@=1", "NAME_@N@='Zoé'", ""],
        ..PLAIN
    },
    Format {
        name: "properties",
        paths: &["gradle.properties", "x.properties"],
        uses: &[
            "repo.url@N@=@U@",
            "repo.url@N@ : @U@",
            "repo@N@ = @U@",
            "bitbucket.appPassword=@S@",
            "bitbucketAppPassword = @S@",
        ],
        fillers: &["# é", "! x", "a.b@N@=c", "long@N@=a \\\n  b", ""],
        ..PLAIN
    },
    Format {
        name: "ini",
        paths: &["a.ini", "setup.cfg", "x.conf"],
        uses: &[
            "[s@N@]\nurl = @U@",
            "[s@N@]\nurl=@U@ ; x\nname = é",
            "[s@N@]\nbitbucket_app_password = @S@",
            "[s@N@]\nurl = \"@U@\"",
        ],
        fillers: &["; é", "# x", "[t@N@]\na = b", ""],
        ..PLAIN
    },
    Format {
        name: "npmrc",
        paths: &[".npmrc"],
        uses: &["repo@N@=git+@U@", "x@N@ = \"git+@U@\"", "BITBUCKET_APP_PASSWORD=@S@"],
        fillers: &["; é", "registry=https://registry.npmjs.org/", "save-exact=true"],
        ..PLAIN
    },
    Format {
        name: "pip-requirements",
        paths: &["requirements.txt", "requirements-dev.txt"],
        uses: &[
            "git+@U@#egg=x@N@",
            "-e git+@U@@v1.0#egg=x@N@",
            "x@N@ @ git+@U@@main",
            "--find-links git+@U@",
        ],
        fillers: &["# é", "requests==2.0", "-r base.txt", ""],
        ..PLAIN
    },
    Format {
        name: "yaml",
        paths: &["values.yaml", "config/app.yml"],
        uses: YAML_USES,
        fillers: YAML_FILLERS,
        nest: Nest::Indent("  ", "n@N@:"),
        reader: Some(Reader::Yaml),
        ..PLAIN
    },
    Format {
        name: "bitbucket-pipelines",
        paths: &["bitbucket-pipelines.yml"],
        head: "image: x\npipelines:\n  default:\n  - step:\n      name: é\n      script:\n",
        uses: SCRIPT_USES,
        fillers: SCRIPT_FILLERS,
        foot: "      - echo done\n",
        nest: Nest::Below("      "),
        reader: Some(Reader::Yaml),
        ..PLAIN
    },
    Format {
        name: "gitlab-ci",
        paths: &[".gitlab-ci.yml"],
        head: "stages: [a]\njob:\n  script:\n",
        uses: SCRIPT_USES,
        fillers: SCRIPT_FILLERS,
        foot: "  - echo done\n",
        nest: Nest::Below("  "),
        reader: Some(Reader::Yaml),
        ..PLAIN
    },
    Format {
        name: "github-actions",
        paths: &[".github/workflows/a.yml"],
        head: "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n",
        uses: &[
            "    - run: git clone @U@",
            "    - run: |\n        # é\n        git clone \"@U@\"\n        cd x",
            "    - run: git push https://bob:${{ secrets.BITBUCKET_APP_PASSWORD }}@bitbucket.org/t/r\n      name: é",
            "    - uses: a/b@v1\n      with:\n        url: @U@",
            "    - run: curl -u \"bob:@S@\" https://api.bitbucket.org/2.0/user",
        ],
        fillers: &["    # é", "    - uses: actions/checkout@v4", "    - run: 'echo \"a: b\"'"],
        reader: Some(Reader::Yaml),
        ..PLAIN
    },
    Format {
        name: "compose",
        paths: &["docker-compose.yml", "compose.yaml"],
        head: "services:\n",
        uses: &[
            "  s@N@:\n    image: x\n    environment:\n      REPO: @U@",
            "  s@N@:\n    environment:\n    - REPO=@U@\n    - X=é",
            "  s@N@:\n    build: '@U@'",
            "  s@N@:\n    command: git clone \"@U@\"",
            "  s@N@:\n    environment:\n      BITBUCKET_APP_PASSWORD: '@S@'",
        ],
        fillers: &["  # é", "  t@N@:\n    image: y"],
        reader: Some(Reader::Yaml),
        ..PLAIN
    },
    Format {
        name: "kubernetes-secret",
        paths: &["k8s/secret.yaml"],
        head: "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ntype: Opaque\ndata:\n",
        uses: &[
            "  BITBUCKET_APP_PASSWORD: @S64@",
            "  bitbucket-app-password: \"@S64@\"",
            "  app-password: '@S64@' # é",
        ],
        fillers: &["  # é", "  x@N@: eA=="],
        reader: Some(Reader::Yaml),
        ..PLAIN
    },
    Format {
        name: "json",
        paths: &["config.json", "x/package.json"],
        head: "{\"name\": \"é\",\n\"a\": [",
        uses: &[
            "{\"url\": \"@U@\"}",
            "\"@U@\"",
            "{\"n\": 1, \"deep\": {\"x\": [\"git+@U@\", null]}}",
            "{\"cmd\": \"git clone '@U@' && curl -u bob:@S@ https://api.bitbucket.org/2.0/user\"}",
            "[[\"@U@\"]]",
            "{\"BITBUCKET_APP_PASSWORD\": \"@S@\"}",
        ],
        fillers: &["1", "\"é\\u00e9\\n\"", "{}", "[true,\tfalse]"],
        foot: "]}\n",
        nest: Nest::List(",\n  "),
        escapes_slashes: true,
        reader: Some(Reader::Json),
        ..PLAIN
    },
    Format {
        name: "json-comments",
        paths: &[".vscode/settings.json", "tsconfig.json"],
        head: "// é\n{\"a\": [\n",
        uses: &["\"@U@\"", "{\"url\": \"@U@\", /* x */ }", "// @U@\n\"@U@\"", "[\"@U@\",]"],
        fillers: &["1", "/* é */ 2", "{\"x\": 'y'}"],
        foot: ",\n]}\n",
        nest: Nest::List(",\n"),
        ..PLAIN
    },
    Format {
        name: "composer-auth",
        paths: &["auth.json", ".composer/auth.json"],
        head: "{\n",
        uses: &[
            "  \"http-basic\": {\n    \"bitbucket.org\": {\"username\": \"bob\", \"password\": \"@S@\"}\n  }",
            "  \"http-basic\": {\"bitbucket.org\": {\"password\": \"@S@\",\n \"username\": \"bob\"}, \"example.org\": {\"username\": \"é\", \"password\": \"x\"}}",
        ],
        fillers: &["  \"github-oauth@N@\": {}"],
        foot: "}\n",
        nest: Nest::List(",\n"),
        escapes_slashes: true,
        reader: Some(Reader::Json),
        ..PLAIN
    },
    Format {
        name: "toml",
        paths: &["config.toml", "Cargo.toml", "pyproject.toml"],
        uses: &[
            "[t@N@]\nurl = \"@U@\"",
            "[t@N@.x]\nurl = '@U@' # é",
            "[t@N@]\nx = {git = \"@U@\", rev = \"1\"}",
            "[[list@N@]]\nurls = [\n  \"@U@\", # a\n  '@U@',\n]",
            "[t@N@]\ntext = \"\"\"\ngit clone @U@\n\"\"\"",
            "[t@N@]\nBITBUCKET_APP_PASSWORD = \"@S@\"",
        ],
        fillers: &["# é", "[f@N@]\na = 1", "[g@N@]\ns = \"é\\n\"", ""],
        reader: Some(Reader::Toml),
        ..PLAIN
    },
    Format {
        name: "xml",
        paths: &["pom.xml", "config.xml", "settings.xml"],
        head: "<?xml version=\"1.0\"?>\n<project>\n",
        uses: &[
            "<url>@U@</url>",
            "<scm url=\"@U@\" a='x'/>",
            "<a><!-- é --><url>scm:git:@U@</url></a>",
            "<cmd><![CDATA[git clone @U@ && x]]></cmd>",
            "<cmd>git clone &quot;@U@&quot; &amp;&amp; x</cmd>",
        ],
        fillers: &["<!-- é -->", "<x y=\"é\"/>", "<t>&lt;a&gt;</t>"],
        foot: "</project>\n",
        nest: Nest::Block("<n>", "</n>"),
        reader: Some(Reader::Xml),
        ..PLAIN
    },
    Format {
        name: "hcl",
        paths: &["main.tf", "x/modules.tf"],
        uses: &[
            "module \"m@N@\" {\n  source = \"git::@U@?ref=v1\"\n}",
            "locals {\n  url@N@ = \"@U@\" # é\n}",
            "variable \"v@N@\" {\n  default = \"@U@\"\n}",
            "resource \"x\" \"r@N@\" {\n  script = <<EOT\ngit clone @U@\nEOT\n}",
            "provider \"bitbucket\" {\n  username = \"bob\"\n  password = \"@S@\"\n}",
        ],
        fillers: &["# é", "// x", "locals {\n  a@N@ = [1, 2]\n}", ""],
        ..PLAIN
    },
    Format {
        name: "jenkinsfile",
        paths: &["Jenkinsfile"],
        head: "pipeline {\n agent any\n stages { stage('é') { steps {\n",
        uses: &[
            "sh 'git clone @U@'",
            "sh \"git clone @U@\"",
            "sh '''\n  git clone \"@U@\"\n'''",
            "git url: '@U@', branch: 'main'",
            "sh(script: \"curl -u bob:@S@ https://api.bitbucket.org/2.0/user\")",
        ],
        fillers: &["// é", "echo 'x'", "/* y */"],
        foot: "} } }\n}\n",
        nest: Nest::Block("script {", "}"),
        ..PLAIN
    },
    Format {
        name: "powershell",
        paths: &["a.ps1"],
        uses: &[
            "git clone \"@U@\"",
            "git clone '@U@' # é",
            "$url = \"@U@\"",
            "$env:BITBUCKET_APP_PASSWORD = '@S@'",
            "git push \"https://bob:$($env:BITBUCKET_APP_PASSWORD)@bitbucket.org/t/r\"",
            "$text = @'\n@U@\n'@",
        ],
        fillers: &["# é", "Write-Host 'x'", "<# y #>"],
        nest: Nest::Block("if ($true) {", "}"),
        ..PLAIN
    },
    Format {
        name: "batch",
        paths: &["a.bat", "b.cmd"],
        head: "@echo off\n",
        uses: &[
            "git clone @U@",
            "git clone \"@U@\" x",
            "set URL=@U@",
            "set BITBUCKET_APP_PASSWORD=@S@",
            "git push https://bob:%BITBUCKET_APP_PASSWORD%@bitbucket.org/t/r",
        ],
        fillers: &["rem é", "echo x", ":: y"],
        ..PLAIN
    },
    Format {
        name: "makefile",
        paths: &["Makefile", "x.mk"],
        uses: &[
            "URL@N@ := @U@",
            "t@N@:\n\tgit clone @U@",
            "u@N@:\n\t@git clone '@U@' && \\\n\t  echo x",
            "v@N@:\n\tcurl -u bob:@S@ https://api.bitbucket.org/2.0/user",
        ],
        fillers: &["# é", "X@N@ ?= 1", "w@N@:\n\techo $(X)", ""],
        ..PLAIN
    },
    Format {
        name: "python",
        paths: &["a.py"],
        head: "import os, requests, subprocess\n",
        uses: &[
            "URL@N@ = \"@U@\"",
            "subprocess.run(['git', 'clone', '@U@'])  # é",
            "r = requests.get(\"https://api.bitbucket.org/2.0/user\", auth=(\"bob\", \"@S@\"))",
            "BITBUCKET_APP_PASSWORD = '@S@'",
            "x = f\"\"\"\n@U@\n\"\"\"",
        ],
        fillers: &["# é", "x = 1", "def f():\n    return 'é'", ""],
        nest: Nest::Indent("    ", "if True:"),
        ..PLAIN
    },
    Format {
        name: "javascript",
        paths: &["a.js", "b.ts"],
        uses: &[
            "const url@N@ = '@U@';",
            "const o@N@ = {url: \"@U@\", n: 1}; // é",
            "exec(`git clone @U@`);",
            "axios.get('https://api.bitbucket.org/2.0/user', {auth: {username: 'bob', password: '@S@'}});",
        ],
        fillers: &["// é", "let x = 1;", "/* y */"],
        nest: Nest::Block("{", "}"),
        ..PLAIN
    },
    Format {
        name: "http-requests",
        paths: &["a.http"],
        uses: &[
            "### é\nGET https://api.bitbucket.org/2.0/user\nAuthorization: Basic bob @S@\n",
            "###\nGET https://api.bitbucket.org/2.0/user\nAuthorization: Basic bob:@S@\nAccept: */*\n",
            "###\nGET https://api.bitbucket.org/2.0/user\nAuthorization: Basic @PAIR64@\n",
            "@password = @S@\n###\nGET https://api.bitbucket.org/2.0/user\nAuthorization: Basic bob {{password}}\n",
        ],
        fillers: &["# é", "###\nGET https://example.com\n", "@x@N@ = y"],
        ..PLAIN
    },
    Format {
        name: "markdown",
        paths: &["README.md", "docs/a.md"],
        uses: &[
            "Run `git clone @U@` é.",
            "```sh\ngit clone @U@\n```",
            "    git clone \"@U@\"",
            "- curl -u bob:@S@ https://api.bitbucket.org/2.0/user",
        ],
        fillers: &["# é", "text", "", "> quote"],
        ..PLAIN
    },
];
