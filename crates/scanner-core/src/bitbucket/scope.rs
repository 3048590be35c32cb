use serde::{Deserialize, Serialize};

/// Defines the scopes once: variant, name, meaning.
macro_rules! scopes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A scope of an Atlassian API token for Bitbucket. No scope implies another: write does not
        /// include read, pull request does not include repository.
        ///
        /// Source: <https://support.atlassian.com/bitbucket-cloud/docs/api-token-permissions>
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Scope {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Scope {
            /// All scopes, in the order of the token dialogue's groups.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The scope's name as the token dialogue and the documentation write it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

scopes! {
    /// Clone, fetch, list, read source, commits, branches.
    ReadRepository = "read:repository:bitbucket",
    /// Push, upload downloads, commit statuses, branches.
    WriteRepository = "write:repository:bitbucket",
    /// Create repositories, change their settings, deploy keys.
    AdminRepository = "admin:repository:bitbucket",
    /// Delete repositories.
    DeleteRepository = "delete:repository:bitbucket",
    /// Read pull requests; also comment on them.
    ReadPullrequest = "read:pullrequest:bitbucket",
    /// Create, approve, decline, merge pull requests.
    WritePullrequest = "write:pullrequest:bitbucket",
    /// Read projects.
    ReadProject = "read:project:bitbucket",
    /// Create, change, delete projects.
    AdminProject = "admin:project:bitbucket",
    /// Read workspaces and their members.
    ReadWorkspace = "read:workspace:bitbucket",
    /// Change workspaces.
    AdminWorkspace = "admin:workspace:bitbucket",
    /// Read the user's profile and emails.
    ReadUser = "read:user:bitbucket",
    /// Change the user's profile.
    WriteUser = "write:user:bitbucket",
    /// Read pipelines, steps, logs, variables.
    ReadPipeline = "read:pipeline:bitbucket",
    /// Start and stop pipelines.
    WritePipeline = "write:pipeline:bitbucket",
    /// Change the configuration and the variables of pipelines.
    AdminPipeline = "admin:pipeline:bitbucket",
    /// Read runners.
    ReadRunner = "read:runner:bitbucket",
    /// Register, change, remove runners.
    WriteRunner = "write:runner:bitbucket",
    /// Read issues.
    ReadIssue = "read:issue:bitbucket",
    /// Create and change issues.
    WriteIssue = "write:issue:bitbucket",
    /// Delete issues.
    DeleteIssue = "delete:issue:bitbucket",
    /// Read webhooks.
    ReadWebhook = "read:webhook:bitbucket",
    /// Create and change webhooks.
    WriteWebhook = "write:webhook:bitbucket",
    /// Delete webhooks.
    DeleteWebhook = "delete:webhook:bitbucket",
    /// Read snippets.
    ReadSnippet = "read:snippet:bitbucket",
    /// Create and change snippets.
    WriteSnippet = "write:snippet:bitbucket",
    /// Delete snippets.
    DeleteSnippet = "delete:snippet:bitbucket",
    /// Read SSH keys.
    ReadSshKey = "read:ssh-key:bitbucket",
    /// Add SSH keys.
    WriteSshKey = "write:ssh-key:bitbucket",
    /// Remove SSH keys.
    DeleteSshKey = "delete:ssh-key:bitbucket",
    /// Read GPG keys.
    ReadGpgKey = "read:gpg-key:bitbucket",
    /// Add GPG keys.
    WriteGpgKey = "write:gpg-key:bitbucket",
    /// Remove GPG keys.
    DeleteGpgKey = "delete:gpg-key:bitbucket",
    /// Read who may do what.
    ReadPermission = "read:permission:bitbucket",
    /// Change who may do what.
    WritePermission = "write:permission:bitbucket",
    /// Take permissions away.
    DeletePermission = "delete:permission:bitbucket",
    /// Read wikis. Seen in the token dialogue only.
    ReadWiki = "read:wiki:bitbucket",
    /// Write wikis. Seen in the token dialogue only.
    WriteWiki = "write:wiki:bitbucket",
    /// Read packages. Seen in the token dialogue only.
    ReadPackage = "read:package:bitbucket",
    /// Read test results. Seen in the token dialogue only.
    ReadTest = "read:test:bitbucket",
    /// Read the Atlassian account. Has no `:bitbucket`.
    ReadAccount = "read:account",
    /// Read one's own Atlassian profile. Has no `:bitbucket`.
    ReadMe = "read:me",
}

impl Scope {
    /// Clone, fetch, ls-remote, LFS download.
    ///
    /// Source: <https://community.atlassian.com/forums/Bitbucket-questions/Git-Access-with-API-Token/qaa-p/3059385>
    pub const GIT_FETCH: &'static [Self] = &[Self::ReadRepository];
    /// Push, LFS upload; source as for [`Self::GIT_FETCH`].
    pub const GIT_PUSH: &'static [Self] = &[Self::ReadRepository, Self::WriteRepository];

    /// The least scopes that a request to the REST API needs: `method` in upper case, `path` with or
    /// without `/2.0`, no query. Empty where no source says so, and for `/hook_events`, which needs
    /// none.
    ///
    /// Source: the scope notes of <https://developer.atlassian.com/cloud/bitbucket/rest/intro/> and
    /// of each API group there.
    pub fn for_rest(method: &str, path: &str) -> &'static [Self] {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut segments = path.split('/').filter(|segment| !segment.is_empty()).peekable();
        while segments.next_if(|s| ["2.0", "1.0", "api", "!api", "internal"].contains(s)).is_some()
        {
        }
        let kind = match method {
            "GET" | "HEAD" | "OPTIONS" => Access::Read,
            "DELETE" => Access::Delete,
            _ => Access::Write,
        };
        match segments.next() {
            Some("user") => match (segments.next(), kind) {
                (None | Some("emails"), Access::Read) => &[Self::ReadUser],
                (Some("permissions"), Access::Read) => &[Self::ReadPermission],
                (Some("workspaces"), Access::Read) => &[Self::ReadWorkspace],
                _ => &[],
            },
            Some("users") => match segments.nth(1) {
                Some("ssh-keys") => by_access(
                    kind,
                    &[Self::ReadSshKey],
                    &[Self::ReadSshKey, Self::WriteSshKey],
                    &[Self::DeleteSshKey],
                ),
                Some("gpg-keys") => by_access(
                    kind,
                    &[Self::ReadGpgKey],
                    &[Self::ReadGpgKey, Self::WriteGpgKey],
                    &[Self::DeleteGpgKey],
                ),
                None if kind == Access::Read => &[Self::ReadUser],
                _ => &[],
            },
            Some("workspaces") => {
                let family = segments.nth(1);
                Self::for_workspace(kind, family, segments.next())
            }
            Some("repositories") => {
                let family = segments.nth(2);
                Self::for_repository(kind, family, segments.next(), segments.next())
            }
            Some("snippets") => by_access(
                kind,
                &[Self::ReadSnippet],
                &[Self::ReadSnippet, Self::WriteSnippet],
                &[Self::DeleteSnippet],
            ),
            Some("pullrequests") if kind == Access::Read => &[Self::ReadPullrequest],
            _ => &[],
        }
    }

    fn for_workspace(kind: Access, family: Option<&str>, item: Option<&str>) -> &'static [Self] {
        match (family, kind) {
            (Some("hooks"), _) => webhooks(kind),
            (Some("pipelines-config"), _) if item == Some("runners") => runners(kind),
            (Some("projects"), Access::Read) => &[Self::ReadProject],
            (Some("projects"), _) => &[Self::ReadProject, Self::AdminProject],
            (Some("pullrequests"), Access::Read) => &[Self::ReadPullrequest],
            (Some("pipelines-config"), Access::Read) => &[Self::ReadPipeline],
            (Some("pipelines-config"), _) => &[Self::AdminPipeline],
            (Some("permissions"), Access::Read) => &[Self::ReadPermission],
            (Some("search"), Access::Read) => &[Self::ReadRepository],
            (_, Access::Read) => &[Self::ReadWorkspace],
            _ => &[],
        }
    }

    fn for_repository(
        kind: Access,
        family: Option<&str>,
        item: Option<&str>,
        action: Option<&str>,
    ) -> &'static [Self] {
        match (family, kind) {
            // `/repositories`, `/repositories/{workspace}` and the repository itself. A request for
            // commits may say in its body what to leave out, and only reads all the same.
            (None, Access::Read) | (Some("commits"), Access::Write) => Self::GIT_FETCH,
            (
                Some("pullrequests" | "default-reviewers" | "effective-default-reviewers"),
                Access::Read,
            ) => &[Self::ReadPullrequest],
            (None, Access::Write)
            | (Some("deploy-keys" | "branch-restrictions" | "default-reviewers"), _) => {
                &[Self::AdminRepository]
            }
            (None, Access::Delete) => &[Self::DeleteRepository],
            (Some(family), Access::Read) if CONTENTS.contains(&family) => Self::GIT_FETCH,
            (Some("commit"), Access::Write) if action == Some("comments") => Self::GIT_PUSH,
            (Some("src" | "refs" | "downloads" | "commit" | "commits"), _) => {
                &[Self::WriteRepository]
            }
            // A merge writes the branch.
            (Some("pullrequests"), _) if action == Some("merge") => &[
                Self::ReadRepository,
                Self::WriteRepository,
                Self::ReadPullrequest,
                Self::WritePullrequest,
            ],
            (Some("pullrequests"), _) => &[Self::ReadPullrequest, Self::WritePullrequest],
            (Some("pipelines" | "pipelines_config" | "pipelines-config"), _)
                if item == Some("runners") =>
            {
                runners(kind)
            }
            (
                Some(
                    "pipelines" | "pipelines_config" | "pipelines-config" | "deployments"
                    | "environments" | "deployments_config",
                ),
                Access::Read,
            ) => &[Self::ReadPipeline],
            (Some("pipelines"), _) => &[Self::WritePipeline],
            // Variables, of an environment too.
            (Some("pipelines_config" | "pipelines-config" | "deployments_config"), _) => {
                &[Self::AdminPipeline]
            }
            (Some("hooks"), _) => webhooks(kind),
            (Some("components" | "milestones" | "versions"), Access::Read) => &[Self::ReadIssue],
            (Some("issues"), _) => by_access(
                kind,
                &[Self::ReadIssue],
                &[Self::ReadIssue, Self::WriteIssue],
                &[Self::DeleteIssue],
            ),
            (Some("permissions-config"), _) => by_access(
                kind,
                &[Self::ReadPermission],
                &[Self::ReadPermission, Self::WritePermission],
                &[Self::DeletePermission],
            ),
            _ => &[],
        }
    }
}

/// What of a repository is read with its read scope.
const CONTENTS: &[&str] = &[
    "src",
    "commit",
    "commits",
    "refs",
    "diff",
    "diffstat",
    "patch",
    "downloads",
    "branching-model",
    "effective-branching-model",
    "filehistory",
    "forks",
    "merge-base",
    "watchers",
];

/// What a request does to what it names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    Delete,
}

fn by_access(
    access: Access,
    read: &'static [Scope],
    write: &'static [Scope],
    delete: &'static [Scope],
) -> &'static [Scope] {
    match access {
        Access::Read => read,
        Access::Write => write,
        Access::Delete => delete,
    }
}

fn runners(access: Access) -> &'static [Scope] {
    by_access(
        access,
        &[Scope::ReadRunner],
        &[Scope::ReadRunner, Scope::WriteRunner],
        &[Scope::WriteRunner],
    )
}

fn webhooks(access: Access) -> &'static [Scope] {
    by_access(
        access,
        &[Scope::ReadWebhook],
        &[Scope::ReadWebhook, Scope::WriteWebhook],
        &[Scope::DeleteWebhook],
    )
}

/// A permission of an app password: a box of the old dialogue. These implied each other, the new
/// scopes do not.
///
/// Sources: <https://support.atlassian.com/bitbucket-cloud/docs/app-password-permissions/>; what
/// implied what, <https://developer.atlassian.com/cloud/bitbucket/rest/intro/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OldPermission {
    /// Account: Email.
    Email,
    /// Account: Read.
    Account,
    /// Account: Write.
    AccountWrite,
    /// Workspace membership: Read.
    Team,
    /// Workspace membership: Write.
    TeamWrite,
    /// Projects: Read.
    Project,
    /// Projects: Write, obsolete since 2023-05-15.
    ProjectWrite,
    /// Projects: Admin.
    ProjectAdmin,
    /// Repositories: Read.
    Repository,
    /// Repositories: Write.
    RepositoryWrite,
    /// Repositories: Admin.
    RepositoryAdmin,
    /// Repositories: Delete.
    RepositoryDelete,
    /// Pull requests: Read.
    Pullrequest,
    /// Pull requests: Write.
    PullrequestWrite,
    /// Issues: Read.
    Issue,
    /// Issues: Write.
    IssueWrite,
    /// Wikis: Read and write.
    Wiki,
    /// Snippets: Read.
    Snippet,
    /// Snippets: Write.
    SnippetWrite,
    /// Webhooks: Read and write.
    Webhook,
    /// Pipelines: Read.
    Pipeline,
    /// Pipelines: Write.
    PipelineWrite,
    /// Pipelines: Edit variables.
    PipelineVariable,
    /// Runners: Read.
    Runner,
    /// Runners: Write.
    RunnerWrite,
}

impl OldPermission {
    /// All of them, in the order of the old dialogue.
    pub const ALL: &'static [Self] = &[
        Self::Email,
        Self::Account,
        Self::AccountWrite,
        Self::Team,
        Self::TeamWrite,
        Self::Project,
        Self::ProjectWrite,
        Self::ProjectAdmin,
        Self::Repository,
        Self::RepositoryWrite,
        Self::RepositoryAdmin,
        Self::RepositoryDelete,
        Self::Pullrequest,
        Self::PullrequestWrite,
        Self::Issue,
        Self::IssueWrite,
        Self::Wiki,
        Self::Snippet,
        Self::SnippetWrite,
        Self::Webhook,
        Self::Pipeline,
        Self::PipelineWrite,
        Self::PipelineVariable,
        Self::Runner,
        Self::RunnerWrite,
    ];

    /// The scope's old name, as `X-OAuth-Scopes` and access tokens still write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Account => "account",
            Self::AccountWrite => "account:write",
            Self::Team => "team",
            Self::TeamWrite => "team:write",
            Self::Project => "project",
            Self::ProjectWrite => "project:write",
            Self::ProjectAdmin => "project:admin",
            Self::Repository => "repository",
            Self::RepositoryWrite => "repository:write",
            Self::RepositoryAdmin => "repository:admin",
            Self::RepositoryDelete => "repository:delete",
            Self::Pullrequest => "pullrequest",
            Self::PullrequestWrite => "pullrequest:write",
            Self::Issue => "issue",
            Self::IssueWrite => "issue:write",
            Self::Wiki => "wiki",
            Self::Snippet => "snippet",
            Self::SnippetWrite => "snippet:write",
            Self::Webhook => "webhook",
            Self::Pipeline => "pipeline",
            Self::PipelineWrite => "pipeline:write",
            Self::PipelineVariable => "pipeline:variable",
            Self::Runner => "runner",
            Self::RunnerWrite => "runner:write",
        }
    }

    /// The permission with this old name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.name() == name)
    }

    /// The API-token scopes that together allow what the permission allowed. Rows without a
    /// documented mapping (email, account, wiki) are inferred from what the permission covered.
    pub const fn scopes(self) -> &'static [Scope] {
        use Scope as S;
        match self {
            Self::Email | Self::Account => &[S::ReadUser],
            Self::AccountWrite => &[
                S::ReadUser,
                S::WriteUser,
                S::ReadSshKey,
                S::WriteSshKey,
                S::DeleteSshKey,
                S::ReadGpgKey,
                S::WriteGpgKey,
                S::DeleteGpgKey,
            ],
            Self::Team => &[S::ReadWorkspace],
            Self::TeamWrite => &[S::ReadWorkspace, S::AdminWorkspace],
            Self::Project => &[S::ReadRepository, S::ReadProject],
            // What was left of it is reading.
            Self::ProjectWrite | Self::Repository => &[S::ReadRepository],
            Self::ProjectAdmin => &[S::ReadProject, S::AdminProject],
            Self::RepositoryWrite => &[S::ReadRepository, S::WriteRepository],
            Self::RepositoryAdmin => {
                &[S::AdminRepository, S::ReadPermission, S::WritePermission, S::DeletePermission]
            }
            Self::RepositoryDelete => &[S::DeleteRepository],
            Self::Pullrequest => &[S::ReadRepository, S::ReadPullrequest],
            Self::PullrequestWrite => {
                &[S::ReadRepository, S::WriteRepository, S::ReadPullrequest, S::WritePullrequest]
            }
            Self::Issue => &[S::ReadIssue],
            Self::IssueWrite => &[S::ReadIssue, S::WriteIssue, S::DeleteIssue],
            Self::Wiki => &[S::ReadWiki, S::WriteWiki],
            Self::Snippet => &[S::ReadSnippet],
            Self::SnippetWrite => &[S::ReadSnippet, S::WriteSnippet, S::DeleteSnippet],
            Self::Webhook => &[S::ReadWebhook, S::WriteWebhook, S::DeleteWebhook],
            Self::Pipeline => &[S::ReadPipeline],
            Self::PipelineWrite => &[S::ReadPipeline, S::WritePipeline],
            Self::PipelineVariable => &[S::ReadPipeline, S::AdminPipeline],
            Self::Runner => &[S::ReadRunner],
            Self::RunnerWrite => &[S::ReadRunner, S::WriteRunner],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_on_the_wire() {
        let mut names: Vec<_> = Scope::ALL.iter().map(|scope| scope.name()).collect();
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.name());
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Scope::ALL.len());
    }

    #[test]
    fn rest_paths_have_their_scopes() {
        let names = |method, path| -> Vec<&str> {
            Scope::for_rest(method, path).iter().map(|scope| scope.name()).collect()
        };
        for (method, path, expected) in [
            ("GET", "/2.0/user", "read:user:bitbucket"),
            ("GET", "/2.0/repositories/team", "read:repository:bitbucket"),
            ("GET", "/2.0/repositories/team/repo/src/main/x?at=y", "read:repository:bitbucket"),
            ("POST", "/2.0/repositories/team/repo/downloads", "write:repository:bitbucket"),
            (
                "POST",
                "/2.0/repositories/team/repo/commit/abc/comments",
                "read:repository:bitbucket write:repository:bitbucket",
            ),
            ("DELETE", "/2.0/repositories/team/repo", "delete:repository:bitbucket"),
            ("GET", "/2.0/repositories/team/repo/pullrequests/7", "read:pullrequest:bitbucket"),
            (
                "POST",
                "/2.0/repositories/team/repo/pullrequests/7/merge",
                "read:repository:bitbucket write:repository:bitbucket read:pullrequest:bitbucket \
                 write:pullrequest:bitbucket",
            ),
            ("POST", "/2.0/repositories/team/repo/pipelines/", "write:pipeline:bitbucket"),
            (
                "POST",
                "/2.0/repositories/team/repo/pipelines_config/variables/",
                "admin:pipeline:bitbucket",
            ),
            ("GET", "/!api/2.0/workspaces/team/members", "read:workspace:bitbucket"),
            ("GET", "/2.0/repositories/team/repo/deploy-keys", "admin:repository:bitbucket"),
            ("POST", "/2.0/users/me/ssh-keys", "read:ssh-key:bitbucket write:ssh-key:bitbucket"),
            ("DELETE", "/2.0/users/me/ssh-keys/1", "delete:ssh-key:bitbucket"),
            ("GET", "/2.0/user/emails", "read:user:bitbucket"),
            ("POST", "/2.0/repositories/team/repo", "admin:repository:bitbucket"),
            ("POST", "/2.0/repositories/team/repo/src", "write:repository:bitbucket"),
            (
                "POST",
                "/2.0/repositories/team/repo/commit/abc/statuses/build",
                "write:repository:bitbucket",
            ),
            ("GET", "/2.0/repositories/team/repo/refs/branches", "read:repository:bitbucket"),
            ("DELETE", "/2.0/repositories/team/repo/refs/branches/x", "write:repository:bitbucket"),
            ("POST", "/2.0/repositories/team/repo/commits", "read:repository:bitbucket"),
            (
                "POST",
                "/2.0/repositories/team/repo/pullrequests",
                "read:pullrequest:bitbucket write:pullrequest:bitbucket",
            ),
            (
                "POST",
                "/2.0/repositories/team/repo/pullrequests/7/approve",
                "read:pullrequest:bitbucket write:pullrequest:bitbucket",
            ),
            ("GET", "/2.0/repositories/team/repo/default-reviewers", "read:pullrequest:bitbucket"),
            (
                "GET",
                "/2.0/repositories/team/repo/branch-restrictions",
                "admin:repository:bitbucket",
            ),
            ("GET", "/2.0/repositories/team/repo/pipelines/1/steps", "read:pipeline:bitbucket"),
            (
                "POST",
                "/2.0/repositories/team/repo/pipelines/1/stopPipeline",
                "write:pipeline:bitbucket",
            ),
            (
                "GET",
                "/2.0/repositories/team/repo/pipelines_config/variables",
                "read:pipeline:bitbucket",
            ),
            (
                "POST",
                "/2.0/repositories/t/r/deployments_config/environments/1/variables",
                "admin:pipeline:bitbucket",
            ),
            (
                "PUT",
                "/2.0/repositories/team/repo/pipelines-config/runners/1",
                "read:runner:bitbucket write:runner:bitbucket",
            ),
            ("DELETE", "/2.0/workspaces/team/pipelines-config/runners/1", "write:runner:bitbucket"),
            ("GET", "/2.0/workspaces/team/pipelines-config/variables", "read:pipeline:bitbucket"),
            ("GET", "/2.0/repositories/team/repo/hooks", "read:webhook:bitbucket"),
            (
                "PUT",
                "/2.0/workspaces/team/hooks/1",
                "read:webhook:bitbucket write:webhook:bitbucket",
            ),
            ("DELETE", "/2.0/repositories/team/repo/hooks/1", "delete:webhook:bitbucket"),
            ("GET", "/2.0/snippets/team", "read:snippet:bitbucket"),
            ("POST", "/2.0/snippets", "read:snippet:bitbucket write:snippet:bitbucket"),
            ("GET", "/2.0/repositories/team/repo/issues?q=x", "read:issue:bitbucket"),
            (
                "POST",
                "/2.0/repositories/team/repo/issues",
                "read:issue:bitbucket write:issue:bitbucket",
            ),
            ("DELETE", "/2.0/repositories/team/repo/issues/1", "delete:issue:bitbucket"),
            ("GET", "/2.0/workspaces", "read:workspace:bitbucket"),
            (
                "POST",
                "/2.0/workspaces/team/projects",
                "read:project:bitbucket admin:project:bitbucket",
            ),
            ("GET", "/2.0/hook_events", ""),
            ("GET", "/nowhere", ""),
        ] {
            assert_eq!(names(method, path).join(" "), expected, "{method} {path}");
        }
    }

    #[test]
    fn what_an_old_permission_implied_is_spelled_out() {
        for permission in OldPermission::ALL {
            assert_eq!(OldPermission::from_name(permission.name()), Some(*permission));
            assert!(!permission.scopes().is_empty(), "{permission:?}");
            if permission.name().ends_with(":write") {
                assert!(
                    permission.scopes()[0].name().starts_with("read:"),
                    "{permission:?}: no scope implies another"
                );
            }
        }
        for (old, new) in [
            ("account", "read:user"),
            ("project", "read:repository read:project"),
            ("repository", "read:repository"),
            ("repository:write", "read:repository write:repository"),
            ("repository:delete", "delete:repository"),
            ("pullrequest", "read:repository read:pullrequest"),
            (
                "pullrequest:write",
                "read:repository write:repository read:pullrequest write:pullrequest",
            ),
            ("issue:write", "read:issue write:issue delete:issue"),
            ("snippet:write", "read:snippet write:snippet delete:snippet"),
            ("webhook", "read:webhook write:webhook delete:webhook"),
            ("pipeline:write", "read:pipeline write:pipeline"),
            ("pipeline:variable", "read:pipeline admin:pipeline"),
            ("runner:write", "read:runner write:runner"),
            ("team:write", "read:workspace admin:workspace"),
        ] {
            let scopes = OldPermission::from_name(old).unwrap().scopes();
            let names: Vec<_> =
                scopes.iter().map(|scope| scope.name().trim_end_matches(":bitbucket")).collect();
            assert_eq!(names.join(" "), new, "{old}");
        }
        assert_eq!(Scope::GIT_PUSH, OldPermission::RepositoryWrite.scopes(), "a push reads too");
    }
}
