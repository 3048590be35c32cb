//! CI systems that hand only some of their YAML to a shell.

use bbsweep_scanner_core::FileKind;

use super::Syntax;

/// Phases of a build of Travis: <https://docs.travis-ci.com/user/job-lifecycle/>.
const TRAVIS: &[&str] = &[
    "before_install",
    "install",
    "before_script",
    "script",
    "before_cache",
    "after_success",
    "after_failure",
    "before_deploy",
    "after_deploy",
    "after_script",
];

/// Why no shell reads the scalar that these keys lead to; `None` where one does.
///
/// Sources: <https://circleci.com/docs/set-environment-variable/>,
/// <https://docs.drone.io/secret/>, <https://www.woodpecker-ci.org/docs/usage/environment>,
/// <https://buildkite.com/docs/agent/cli/reference/pipeline>,
/// <https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html>.
pub(crate) fn not_a_shell(kind: FileKind, path: &[String]) -> Option<&'static str> {
    let has = |keys: &[&str]| path.iter().any(|key| keys.contains(&key.as_str()));
    match kind {
        FileKind::CircleCi => {
            let runs = match path {
                [.., step, command] => command == "run" || step == "run" && command == "command",
                _ => false,
            };
            (!runs).then_some("CircleCI expands variables in run alone")
        }
        FileKind::Travis => {
            (!has(TRAVIS)).then_some("Travis CI expands variables in the phases of a build alone")
        }
        FileKind::Drone => (!has(&["commands"]))
            .then_some("secrets are expanded in commands alone: elsewhere from_secret brings them"),
        FileKind::Buildkite => (!has(&["command", "commands"])
            || has(&["env", "environment", "plugins"]))
        .then_some("Buildkite would write the secret into the pipeline that it uploads"),
        FileKind::CodeBuild => {
            (!has(&["commands", "finally"])).then_some("CodeBuild expands variables in commands")
        }
        _ => None,
    }
}

/// How a shell's variable is written where the system fills in some by itself.
pub(crate) const fn shell_syntax(kind: FileKind, flow: bool) -> Syntax {
    match kind {
        FileKind::Drone => Syntax::Bare,
        FileKind::Buildkite => Syntax::Doubled,
        _ if flow => Syntax::Bare,
        _ => Syntax::Braces,
    }
}
