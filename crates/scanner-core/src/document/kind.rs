use memchr::memmem;
use serde::{Deserialize, Serialize};

/// What a file is, told by its name or its first line. Decides which detectors look at it, what a
/// comment is in it, and which variable syntax a rewrite may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A git config: `.git/config`, `.gitconfig`, `config.worktree`.
    GitConfig,
    /// `.gitmodules`.
    Gitmodules,
    /// Git's credential store.
    GitCredentials,
    /// `.netrc`, `_netrc`.
    Netrc,
    /// `.netrc.gpg` and the like.
    EncryptedNetrc,
    /// `.env`, `.env.*`, `*.env`, `.envrc` is shell.
    Dotenv,
    /// A POSIX-like shell script or profile.
    Shell,
    /// PowerShell.
    PowerShell,
    /// A Windows batch file.
    Batch,
    /// A Makefile.
    Make,
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// A Compose file.
    Compose,
    /// `bitbucket-pipelines.yml`.
    BitbucketPipelines,
    /// A workflow or action of GitHub.
    GithubActions,
    /// `.gitlab-ci.yml` and what it includes by convention.
    GitlabCi,
    /// An Azure pipeline.
    AzurePipelines,
    /// CircleCI's `.circleci/*.yml`.
    CircleCi,
    /// `.travis.yml`.
    Travis,
    /// A pipeline of Drone or of Woodpecker, which began as Drone.
    Drone,
    /// A pipeline of Buildkite.
    Buildkite,
    /// A buildspec of AWS CodeBuild.
    CodeBuild,
    /// A Jenkinsfile.
    Jenkinsfile,
    /// Other YAML.
    Yaml,
    /// JSON, with or without comments.
    Json,
    /// TOML.
    Toml,
    /// Java properties.
    Properties,
    /// INI-like: `.cfg`, `.ini`, `.conf`.
    Ini,
    /// `.npmrc`.
    Npmrc,
    /// pip's `requirements*.txt` and constraints.
    PipRequirements,
    /// Terraform and other HCL.
    Hcl,
    /// XML.
    Xml,
    /// A file that a package manager generates: lock files.
    Lock,
    /// Source code with `//` comments.
    CodeSlash,
    /// Source code with `#` comments.
    CodeHash,
    /// Requests for an editor to send: `.http`, and `.rest` where it is no text.
    HttpRequests,
    /// Markdown, reStructuredText, `AsciiDoc`, HTML: text for people.
    Prose,
    /// Anything else.
    Other,
}

impl FileKind {
    /// Tells the kind of the file at `path` (with `/`) whose text begins with `text`.
    ///
    /// The name decides; the text is asked only where the name says nothing: a `#!` line, an XML or
    /// PHP opening, the first section of a bare repository's config.
    pub fn of(path: &str, text: &[u8]) -> Self {
        by_path(path, text).or_else(|| by_text(text)).unwrap_or(Self::Other)
    }

    /// Whether the file is YAML, whoever reads it.
    pub const fn is_yaml(self) -> bool {
        matches!(
            self,
            Self::Compose
                | Self::BitbucketPipelines
                | Self::GithubActions
                | Self::GitlabCi
                | Self::AzurePipelines
                | Self::CircleCi
                | Self::Travis
                | Self::Drone
                | Self::Buildkite
                | Self::CodeBuild
                | Self::Yaml
        )
    }
}

fn by_path(path: &str, text: &[u8]) -> Option<FileKind> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    // Windows tools write extensions in any case, and no kind depends on it.
    let lower = name.to_ascii_lowercase();
    in_git_dir(folder, &lower, text)
        .or_else(|| by_exact_name(folder, &lower))
        .or_else(|| by_name_pattern(folder, &lower))
        .or_else(|| by_extension(folder, extension(&lower)?, text))
        .or_else(|| {
            // A template or a backup is what it is a template or a backup of.
            let inner = strip_suffix_of_copy(name)?;
            by_path(&path[..path.len() - (name.len() - inner.len())], text)
        })
}

fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, extension)| extension).filter(|e| !e.is_empty())
}

fn strip_suffix_of_copy(name: &str) -> Option<&str> {
    const SUFFIXES: &[&str] = &[
        "~",
        ".bak",
        ".backup",
        ".old",
        ".orig",
        ".save",
        ".saved",
        ".dist",
        ".default",
        ".disabled",
        ".example",
        ".sample",
        ".tmpl",
        ".tpl",
        ".template",
        ".j2",
        ".jinja",
        ".jinja2",
        ".erb",
        ".gotmpl",
        ".hbs",
        ".mustache",
        ".ejs",
        ".in",
        ".rpmsave",
        ".rpmnew",
        ".dpkg-old",
        ".dpkg-dist",
        ".lock",
        ".local",
        ".tmp",
        ".copy",
    ];
    SUFFIXES
        .iter()
        .find_map(|suffix| {
            let at = name.len().checked_sub(suffix.len())?;
            name.get(at..)?.eq_ignore_ascii_case(suffix).then(|| &name[..at])
        })
        .filter(|inner| !inner.is_empty())
}

/// Whether `folder` is, or lies below, the folders `parts` (given as `a/b`).
fn below(folder: &str, parts: &str) -> bool {
    folder == parts
        || folder.strip_prefix(parts).is_some_and(|rest| rest.starts_with('/'))
        || folder.strip_suffix(parts).is_some_and(|rest| rest.ends_with('/'))
        || folder.contains(&format!("/{parts}/"))
}

/// Whether `folder` ends with the folders `parts`.
fn ends_in(folder: &str, parts: &str) -> bool {
    folder.strip_suffix(parts).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

fn in_git_dir(folder: &str, name: &str, text: &[u8]) -> Option<FileKind> {
    let parent = folder.rsplit('/').next().unwrap_or(folder);
    match name {
        "config" if parent.strip_suffix(".git").is_some() || parent == "git" => {
            Some(FileKind::GitConfig)
        }
        // A submodule's or worktree's git directory.
        "config" if below(folder, ".git/modules") => Some(FileKind::GitConfig),
        // A bare repository need not be called `*.git`: git writes this key into every config.
        "config" if memmem::find(head(text), b"repositoryformatversion").is_some() => {
            Some(FileKind::GitConfig)
        }
        "credentials" if parent == "git" || parent == ".git" => Some(FileKind::GitCredentials),
        // Git runs a hook that has no `#!` line with sh.
        _ if below(folder, ".git/hooks") => Some(by_text(text).unwrap_or(FileKind::Shell)),
        _ => None,
    }
}

fn head(text: &[u8]) -> &[u8] {
    &text[..text.len().min(4096)]
}

fn by_exact_name(folder: &str, name: &str) -> Option<FileKind> {
    use FileKind as K;
    Some(match name {
        ".gitconfig" | "gitconfig" | "config.worktree" | ".lfsconfig" => K::GitConfig,
        ".gitmodules" => K::Gitmodules,
        ".git-credentials" | "git-credentials" => K::GitCredentials,
        ".netrc" | "_netrc" | "netrc" | ".authinfo" | "_authinfo" => K::Netrc,
        ".netrc.gpg" | "_netrc.gpg" | ".netrc.asc" | ".authinfo.gpg" | "_authinfo.gpg" => {
            K::EncryptedNetrc
        }
        ".env" | "dotenv" | ".flaskenv" | ".dev.vars" | ".pam_environment" | "env.list"
        | "env.example" | "env.sample" | "env.template" | "env.dist" => K::Dotenv,
        "environment" if folder.is_empty() || ends_in(folder, "etc") => K::Dotenv,
        ".envrc" | ".bashrc" | ".bash_profile" | ".bash_login" | ".bash_logout"
        | ".bash_aliases" | ".bash_env" | ".profile" | ".zshrc" | ".zshenv" | ".zprofile"
        | ".zlogin" | ".zlogout" | ".kshrc" | ".mkshrc" | ".shrc" | ".shinit" | ".xprofile"
        | ".xsessionrc" | ".xinitrc" | ".aliases" | ".exports" | ".functions" | "bash.bashrc"
        | "bashrc" | "zshrc" | "zshenv" | "zprofile" | "pkgbuild" | "apkbuild" => K::Shell,
        "profile" if folder.is_empty() || ends_in(folder, "etc") => K::Shell,
        "makefile" | "gnumakefile" | "bsdmakefile" | "kbuild" => K::Make,
        "dockerfile" | "containerfile" => K::Dockerfile,
        "jenkinsfile" => K::Jenkinsfile,
        "action.yml" | "action.yaml" => K::GithubActions,
        ".vsts-ci.yml" => K::AzurePipelines,
        "package-lock.json"
        | "npm-shrinkwrap.json"
        | "pnpm-lock.yaml"
        | "packages.lock.json"
        | "go.sum"
        | "go.work.sum"
        | "gems.locked"
        | ".terraform.lock.hcl"
        | "gradle.lockfile"
        | "package.resolved"
        | "cartfile.resolved"
        | "conda-lock.yml"
        | "bun.lockb"
        | ".pnp.cjs"
        | ".pnp.loader.mjs" => K::Lock,
        ".npmrc" | "npmrc" => K::Npmrc,
        ".terraformrc" | "terraform.rc" => K::Hcl,
        "nuget.config" | "web.config" | "app.config" => K::Xml,
        "pipfile" => K::Toml,
        "config" if ends_in(folder, ".cargo") => K::Toml,
        ".bitbucket" | ".hgrc" | "hgrc" | ".pypirc" | ".editorconfig" | ".pylintrc" | ".flake8"
        | ".coveragerc" | ".my.cnf" | ".s3cfg" | ".boto" | ".tarsnaprc" | ".gitreview"
        | ".wgetrc" | ".curlrc" | "_curlrc" => K::Ini,
        "config" | "credentials" if ends_in(folder, ".aws") => K::Ini,
        ".bitbucket-cli"
        | ".bowerrc"
        | ".babelrc"
        | ".eslintrc"
        | ".prettierrc"
        | ".stylelintrc"
        | ".renovaterc"
        | ".jshintrc"
        | ".jscsrc"
        | ".swcrc"
        | ".dockercfg"
        | ".npmpackagejsonlintrc" => K::Json,
        ".condarc" | ".clang-format" | ".clang-tidy" | ".yamllint" | ".gemrc" => K::Yaml,
        "config" if ends_in(folder, ".bundle") => K::Yaml,
        "cmakelists.txt" | "gemfile" | "rakefile" | "vagrantfile" | "podfile" | "brewfile"
        | "fastfile" | "appfile" | "matchfile" | "dangerfile" | "guardfile" | "berksfile"
        | "capfile" | "puppetfile" | "thorfile" | "config.ru" | ".irbrc" | ".pryrc" | "build"
        | "workspace" | "tiltfile" | "justfile" | ".justfile" | "sconstruct" | "sconscript"
        | "wscript" | "snakefile" | ".cshrc" | ".tcshrc" | ".login" | "meson.build"
        | "meson_options.txt" | "crontab" | ".gitignore" | ".gitattributes" | ".dockerignore" => {
            K::CodeHash
        }
        "readme" | "changelog" | "changes" | "contributing" | "license" | "licence" | "authors"
        | "install" | "news" | "todo" | "history" | "copying" | "notice" => K::Prose,
        _ => return None,
    })
}

fn by_name_pattern(folder: &str, name: &str) -> Option<FileKind> {
    use FileKind as K;
    let starts = |prefix: &str| name.starts_with(prefix);
    let ends = |suffix: &str| name.ends_with(suffix);
    let yaml = ends(".yml") || ends(".yaml");
    if (starts(".netrc.") || starts("_netrc.") || ends(".netrc")) && !ends(".gpg") && !ends(".asc")
    {
        return Some(K::Netrc);
    }
    if ends(".netrc.gpg") || ends(".netrc.asc") || ends("netrc.gpg") {
        return Some(K::EncryptedNetrc);
    }
    if starts(".git-credentials") {
        return Some(K::GitCredentials);
    }
    if starts(".gitconfig") || ends(".gitconfig") {
        return Some(K::GitConfig);
    }
    if (starts(".env.") || starts(".env-") || starts(".env_"))
        && !extension(name).is_some_and(is_a_program)
        || ends(".env")
        || name.split_once(".env.").is_some_and(|(_, rest)| !is_a_program(rest))
        || below(folder, "environment.d") && ends(".conf")
    {
        return Some(K::Dotenv);
    }
    // Salt's configuration is YAML whatever it is called.
    if ends(".conf") && (ends_in(folder, "master.d") || ends_in(folder, "minion.d"))
        || ends_in(folder, "etc/salt") && matches!(name, "master" | "minion" | "proxy" | "roster")
    {
        return Some(K::Yaml);
    }
    if below(folder, "etc/default") || below(folder, "etc/sysconfig") || below(folder, "etc/conf.d")
    {
        return Some(K::Shell);
    }
    if yaml {
        return Some(yaml_kind(folder, name));
    }
    if starts("dockerfile.") && !ends(".dockerignore")
        || starts("containerfile.") && !ends(".containerignore")
        || ends(".dockerfile")
        || ends(".containerfile")
        || starts("dockerfile-") && extension(name).is_none()
    {
        return Some(K::Dockerfile);
    }
    if starts("jenkinsfile.")
        || starts("jenkinsfile-")
        || starts("jenkinsfile_")
        || ends(".jenkinsfile")
    {
        return Some(K::Jenkinsfile);
    }
    if starts("makefile.") || starts("gnumakefile.") {
        return Some(K::Make);
    }
    if ends(".txt") || ends(".in") {
        let stem = &name[..name.rfind('.').unwrap_or(name.len())];
        let of =
            |word: &str| stem.starts_with(word) || stem.ends_with(word) || ends_in(folder, word);
        if of("requirements") || of("constraints") {
            return Some(K::PipRequirements);
        }
    }
    if ends(".tf.json") || ends(".tfvars.json") {
        return Some(K::Json);
    }
    None
}

fn yaml_kind(folder: &str, name: &str) -> FileKind {
    use FileKind as K;
    let stem = &name[..name.rfind('.').unwrap_or(name.len())];
    if stem.contains("bitbucket-pipelines") {
        K::BitbucketPipelines
    } else if [".github/workflows", ".gitea/workflows", ".forgejo/workflows", ".github/actions"]
        .iter()
        .any(|parts| below(folder, parts))
    {
        K::GithubActions
    } else if stem == ".gitlab-ci"
        || stem.ends_with(".gitlab-ci")
        || stem.starts_with(".gitlab-ci")
        || below(folder, ".gitlab/ci")
        || below(folder, ".gitlab-ci")
    {
        K::GitlabCi
    } else if stem.starts_with("azure-pipelines")
        || stem.starts_with(".azure-pipelines")
        || stem.ends_with("azure-pipelines")
        || below(folder, ".azure-pipelines")
        || below(folder, "azure-pipelines")
        || below(folder, ".azuredevops")
    {
        K::AzurePipelines
    } else if below(folder, ".circleci") {
        K::CircleCi
    } else if stem == ".travis" || stem.starts_with(".travis.") {
        K::Travis
    } else if stem == ".drone"
        || stem.starts_with(".drone.")
        || stem == ".woodpecker"
        || below(folder, ".woodpecker")
    {
        K::Drone
    } else if stem == "buildkite" || below(folder, ".buildkite") {
        K::Buildkite
    } else if stem.starts_with("buildspec") {
        K::CodeBuild
    } else if ["docker-compose", "compose", "podman-compose", "docker-stack"].iter().any(|base| {
        stem.strip_prefix(base)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
    }) {
        K::Compose
    } else {
        K::Yaml
    }
}

/// Extensions after `.env.` that say that the file is a program or a document about the variables.
fn is_a_program(extension: &str) -> bool {
    matches!(
        extension,
        "js" | "mjs"
            | "cjs"
            | "ts"
            | "mts"
            | "cts"
            | "d.ts"
            | "tsx"
            | "json"
            | "yml"
            | "yaml"
            | "sh"
            | "bash"
            | "zsh"
            | "ps1"
            | "py"
            | "rb"
            | "php"
            | "go"
            | "rs"
            | "java"
            | "kt"
            | "md"
            | "toml"
            | "nix"
            | "lua"
            | "hcl"
            | "tf"
            | "gpg"
            | "enc"
            | "age"
    )
}

fn by_extension(folder: &str, extension: &str, text: &[u8]) -> Option<FileKind> {
    use FileKind as K;
    Some(match extension {
        "sh" | "bash" | "zsh" | "ksh" | "mksh" | "dash" | "ash" | "bats" | "ebuild" | "eclass"
        | "command" => K::Shell,
        "ps1" | "psm1" | "psd1" => K::PowerShell,
        "bat" | "cmd" => K::Batch,
        "mk" | "mak" | "make" => K::Make,
        "json" | "jsonc" | "json5" | "jsonl" | "ndjson" | "tfstate" | "ipynb" | "webmanifest"
        | "geojson" | "code-workspace" | "code-snippets" | "sublime-settings"
        | "sublime-project" | "har" | "avsc" => K::Json,
        "toml" => K::Toml,
        "eyaml" => K::Yaml,
        "properties" => K::Properties,
        // .NET's are XML, the others are mostly INI-like.
        "config" if text.trim_ascii_start().starts_with(b"<") => K::Xml,
        "ini" | "cfg" | "conf" | "cnf" | "service" | "timer" | "desktop" | "inf"
        | "editorconfig" | "config" => K::Ini,
        "tf" | "tfvars" | "hcl" | "nomad" | "spc" | "pkrvars" => K::Hcl,
        "xml" | "pom" | "xsd" | "xsl" | "xslt" | "csproj" | "vbproj" | "fsproj" | "vcxproj"
        | "sqlproj" | "props" | "targets" | "nuspec" | "plist" | "wsdl" | "resx" | "iml"
        | "xaml" | "ipr" | "iws" => K::Xml,
        "lock" | "lockfile" if !below(folder, ".git") => K::Lock,
        "c" | "h" | "cc" | "cpp" | "cxx" | "c++" | "hpp" | "hh" | "hxx" | "inl" | "m" | "mm"
        | "cs" | "csx" | "java" | "kt" | "kts" | "scala" | "sc" | "groovy" | "gvy" | "gradle"
        | "go" | "rs" | "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue"
        | "svelte" | "astro" | "swift" | "dart" | "php" | "php3" | "php4" | "php5" | "phtml"
        | "proto" | "fs" | "fsx" | "fsi" | "sol" | "css" | "scss" | "sass" | "less" | "styl"
        | "zig" | "d" | "cu" | "cuh" | "glsl" | "hlsl" | "jsonnet" | "libsonnet" | "thrift"
        | "cue" | "pkl" | "bicep" | "hx" | "qml" | "ino" | "vala" | "as" => K::CodeSlash,
        "py" | "pyw" | "pyi" | "pyx" | "pxd" | "rb" | "rake" | "gemspec" | "podspec" | "ru"
        | "pl" | "pm" | "pod6" | "t" | "r" | "rmd" | "jl" | "ex" | "exs" | "cr" | "nim" | "tcl"
        | "fish" | "csh" | "tcsh" | "awk" | "sed" | "cmake" | "star" | "bzl" | "bazel"
        | "coffee" | "litcoffee" | "nix" | "pp" | "graphql" | "gql" | "gd" | "elv" | "nu"
        | "just" | "po" | "pot" | "rego" | "feature" | "gitignore" | "sls" => K::CodeHash,
        "http" => K::HttpRequests,
        "rest" if has_request_line(text) => K::HttpRequests,
        "md" | "markdown" | "mdown" | "mkd" | "mdx" | "qmd" | "rst" | "rest" | "adoc"
        | "asciidoc" | "txt" | "text" | "html" | "htm" | "xhtml" | "slim" | "haml" | "pug"
        | "org" | "textile" | "mediawiki" | "wiki" | "pod" | "tex" | "creole" | "rdoc" | "eml" => {
            K::Prose
        }
        _ => return None,
    })
}

/// Whether a line near the beginning asks for a URL: reStructuredText has the same extension.
fn has_request_line(text: &[u8]) -> bool {
    const METHODS: &[&[u8]] = &[b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"HEAD "];
    head(text).split(|b| *b == b'\n').any(|line| {
        let url = METHODS.iter().find_map(|method| line.strip_prefix(*method));
        url.map(<[u8]>::trim_ascii_start)
            .is_some_and(|url| url.starts_with(b"http") || url.starts_with(b"{{"))
    })
}

fn by_text(text: &[u8]) -> Option<FileKind> {
    use FileKind as K;
    if let Some(line) = text.strip_prefix(b"#!") {
        let end = line.iter().take(512).position(|&b| b == b'\n').unwrap_or(line.len().min(512));
        return interpreter(&String::from_utf8_lossy(&line[..end]));
    }
    let starts = |prefix: &[u8]| {
        text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    if starts(b"<?xml") {
        Some(K::Xml)
    } else if starts(b"<?php") {
        Some(K::CodeSlash)
    } else if starts(b"<!doctype html") || starts(b"<html") {
        Some(K::Prose)
    } else if starts(b"#compdef") || starts(b"#autoload") {
        Some(K::Shell)
    } else {
        None
    }
}

/// The kind of script that the rest of a `#!` line names, `/usr/bin/env -S VAR=x bash -e` included.
fn interpreter(line: &str) -> Option<FileKind> {
    use FileKind as K;
    let mut words =
        line.split_ascii_whitespace().map(|word| word.rsplit(['/', '\\']).next().unwrap_or(word));
    let mut program = words.next()?;
    if matches!(program, "env" | "busybox") {
        program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    }
    let program = program.trim_end_matches(".exe");
    let base = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    Some(match base {
        "sh" | "bash" | "rbash" | "dash" | "ash" | "zsh" | "ksh" | "mksh" | "pdksh" | "yash"
        | "bats" | "with-contenv" => K::Shell,
        "pwsh" | "powershell" => K::PowerShell,
        "make" | "gmake" => K::Make,
        "node" | "nodejs" | "deno" | "bun" | "ts-node" | "tsx" | "php" | "groovy" | "swift"
        | "scala" | "kotlin" | "kotlinc" | "java" | "jbang" | "go" | "gorun" | "rust-script"
        | "dart" | "dotnet" => K::CodeSlash,
        "python" | "pypy" | "uv" | "ruby" | "jruby" | "perl" | "rakudo" | "Rscript" | "julia"
        | "elixir" | "tclsh" | "wish" | "expect" | "awk" | "gawk" | "mawk" | "sed" | "fish"
        | "csh" | "tcsh" | "nu" | "crystal" | "nim" | "just" | "ipython" | "pipenv" | "poetry" => {
            K::CodeHash
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::FileKind as K;

    #[test]
    fn names_tell_kinds() {
        for (path, kind) in [
            (".git/config", K::GitConfig),
            ("a/b/.git/config", K::GitConfig),
            ("a/.git/modules/lib/config", K::GitConfig),
            ("a/.git/worktrees/w/config.worktree", K::GitConfig),
            ("mirrors/tool.git/config", K::GitConfig),
            (".config/git/config", K::GitConfig),
            ("home/u/.gitconfig", K::GitConfig),
            (".gitconfig-work", K::GitConfig),
            (".gitconfig.bak", K::GitConfig),
            ("etc/gitconfig", K::GitConfig),
            ("a/.gitmodules", K::Gitmodules),
            (".git-credentials", K::GitCredentials),
            (".git-credentials~", K::GitCredentials),
            (".config/git/credentials", K::GitCredentials),
            (".aws/credentials", K::Ini),
            ("credentials", K::Other),
            (".netrc", K::Netrc),
            ("_netrc", K::Netrc),
            (".netrc.bak", K::Netrc),
            (".netrc.gpg", K::EncryptedNetrc),
            (".authinfo.gpg", K::EncryptedNetrc),
            (".env", K::Dotenv),
            (".env.example", K::Dotenv),
            (".env.production.local", K::Dotenv),
            ("config/prod.env", K::Dotenv),
            ("prod.env.sample", K::Dotenv),
            (".env.d.ts", K::CodeSlash),
            (".env.json", K::Json),
            (".envrc", K::Shell),
            (".ENV", K::Dotenv),
            ("etc/environment", K::Dotenv),
            ("src/environment", K::Other),
            ("deploy.sh", K::Shell),
            ("DEPLOY.SH", K::Shell),
            (".bashrc", K::Shell),
            ("etc/profile.d/x.sh", K::Shell),
            (".bash_history", K::Other),
            ("x.fish", K::CodeHash),
            ("a.ps1", K::PowerShell),
            ("a.CMD", K::Batch),
            ("Makefile", K::Make),
            ("rules.mk", K::Make),
            ("Dockerfile", K::Dockerfile),
            ("Dockerfile.prod", K::Dockerfile),
            ("web.Dockerfile", K::Dockerfile),
            ("Dockerfile.dockerignore", K::Other),
            ("Containerfile", K::Dockerfile),
            ("compose.yaml", K::Compose),
            ("docker-compose.override.yml", K::Compose),
            ("composer.yaml", K::Yaml),
            ("bitbucket-pipelines.yml", K::BitbucketPipelines),
            ("templates/bitbucket-pipelines-shared.yml", K::BitbucketPipelines),
            (".github/workflows/ci.yml", K::GithubActions),
            ("x/.github/workflows/ci.yaml", K::GithubActions),
            ("docs/workflows/ci.yaml", K::Yaml),
            ("setup/action.yml", K::GithubActions),
            (".gitlab-ci.yml", K::GitlabCi),
            ("ci/build.gitlab-ci.yml", K::GitlabCi),
            (".gitlab/ci/test.yml", K::GitlabCi),
            ("azure-pipelines.yml", K::AzurePipelines),
            (".azuredevops/pr.yml", K::AzurePipelines),
            (".circleci/config.yml", K::CircleCi),
            (".travis.yml", K::Travis),
            (".drone.yml", K::Drone),
            (".woodpecker/test.yaml", K::Drone),
            (".woodpecker.yml", K::Drone),
            (".buildkite/pipeline.deploy.yml", K::Buildkite),
            ("ci/buildspec-test.yml", K::CodeBuild),
            ("drone.yml", K::Yaml),
            ("Jenkinsfile", K::Jenkinsfile),
            ("ci/release.Jenkinsfile", K::Jenkinsfile),
            ("Jenkinsfile.release", K::Jenkinsfile),
            ("vars/build.groovy", K::CodeSlash),
            ("values.yaml.gotmpl", K::Yaml),
            ("config.yml.example", K::Yaml),
            ("etc/salt/master", K::Yaml),
            ("etc/salt/minion.d/a.conf", K::Yaml),
            ("data/common.eyaml", K::Yaml),
            ("mcp.json", K::Json),
            (".eslintrc", K::Json),
            ("Cargo.toml", K::Toml),
            ("Cargo.lock", K::Lock),
            ("package-lock.json", K::Lock),
            ("yarn.lock", K::Lock),
            ("go.sum", K::Lock),
            ("gradle.properties", K::Properties),
            ("setup.cfg", K::Ini),
            (".npmrc", K::Npmrc),
            ("requirements.txt", K::PipRequirements),
            ("requirements-dev.in", K::PipRequirements),
            ("requirements/base.txt", K::PipRequirements),
            ("dev-requirements.txt", K::PipRequirements),
            ("notes.txt", K::Prose),
            ("CMakeLists.txt", K::CodeHash),
            ("main.tf", K::Hcl),
            ("prod.auto.tfvars", K::Hcl),
            ("main.tf.json", K::Json),
            ("pom.xml", K::Xml),
            ("settings.xml", K::Xml),
            ("App.csproj", K::Xml),
            ("src/main.rs", K::CodeSlash),
            ("src/app.py", K::CodeHash),
            ("Gemfile", K::CodeHash),
            ("README.md", K::Prose),
            ("README", K::Prose),
            ("page.html", K::Prose),
            ("api/requests.http", K::HttpRequests),
            ("docs/api.rest", K::Prose),
            ("a.html.erb", K::Prose),
            ("-", K::Other),
            ("data.bin", K::Other),
            ("", K::Other),
            ("~", K::Other),
            (".", K::Other),
        ] {
            assert_eq!(K::of(path, b""), kind, "{path}");
        }
    }

    #[test]
    fn the_first_line_tells_what_the_name_does_not() {
        for (path, text, kind) in [
            ("bin/deploy", "#!/bin/sh\n", K::Shell),
            ("bin/deploy", "#!/usr/bin/env -S FOO=1 bash -e\n", K::Shell),
            ("bin/deploy", "#! /usr/bin/python3.12 -u\n", K::CodeHash),
            ("bin/deploy", "#!/usr/bin/env node\r\n", K::CodeSlash),
            ("bin/deploy", "#!/usr/bin/env pwsh\n", K::PowerShell),
            ("bin/deploy", "#!/usr/bin/make -f\n", K::Make),
            ("bin/deploy", "#!/opt/unheard-of\n", K::Other),
            ("bin/deploy", "#!", K::Other),
            (".git/hooks/pre-push", "#!/usr/bin/env ruby\n", K::CodeHash),
            (".git/hooks/pre-push", "git push\n", K::Shell),
            ("a/.git/hooks/pre-push.sample", "", K::Shell),
            ("data", "<?xml version='1.0'?>", K::Xml),
            ("a/App.config", "<?xml version='1.0'?><configuration/>", K::Xml),
            ("haproxy.config", "global\n", K::Ini),
            ("srv/mirror/config", "[core]\n\trepositoryformatversion = 0\n", K::GitConfig),
            ("srv/mirror/config", "key = value\n", K::Other),
            ("run.py", "#!/bin/sh\n", K::CodeHash),
            ("api.rest", "# Me\nGET https://x.org/\n", K::HttpRequests),
        ] {
            assert_eq!(K::of(path, text.as_bytes()), kind, "{path}: {text}");
        }
    }
}
