//! Command lines.

use crate::consumer::{Consumer, Evidence, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// What every row of a command line has.
const CALL: Consumer =
    Consumer { evidence: Evidence::Confirmed, usage: Use::Rest, ..Consumer::BASE };

const USING: &str = "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens";
const UNAUTHORIZED: &str = "https://support.atlassian.com/bitbucket-cloud/kb/getting-401-http-error-while-authenticating-to-bitbucket-cloud-rest-apis";

pub(crate) const CURL: Consumer = Consumer {
    rule: Rule::Curl,
    name: "curl",
    page: RuleInfo {
        id: "curl",
        summary: "A curl call of Bitbucket Cloud with an app password, by -u or in a header",
        why: "With an app password the REST API answers HTTP 401 since 2026-07-28. A new secret alone \
              does not mend the call: an API token goes with the email of the Atlassian account, where \
              an app password went with the Bitbucket username, and it is not taken as Bearer. The \
              command is read as its shell reads it, over continued lines, in Dockerfiles, Makefiles, \
              CI files, strings of Groovy and JSON, and here-documents.",
        rewrite: "The argument of -u becomes \"${ATLASSIAN_ACCOUNT_EMAIL}:${BITBUCKET_API_TOKEN}\" in \
                  the syntax of its file: safe for a literal app password and for a variable that keeps \
                  its name, review where a variable is renamed or may hold something else. A Basic or \
                  Bearer header becomes -u: review. Where no variable is expanded it is told: manual.",
        before: "curl -u ci-bot:ATBBexampleexampleexampleexample1F2C https://api.bitbucket.org/2.0/user",
        after: "curl -u \"${ATLASSIAN_ACCOUNT_EMAIL}:${BITBUCKET_API_TOKEN}\" https://api.bitbucket.org/2.0/user",
        limits: "The URL has to name its host, itself or by a variable that the same file sets. \
                 Credentials from a netrc file or a config file (-n, -K) are those files' matter. Calls \
                 for an OAuth token are no findings.",
        sources: &[USING, UNAUTHORIZED, "https://curl.se/docs/manpage.html#-u"],
    },
    ..CALL
};

pub(crate) const WGET: Consumer = Consumer {
    rule: Rule::Wget,
    name: "wget",
    page: RuleInfo {
        id: "wget",
        summary: "A wget call of Bitbucket Cloud with --user and --password or a Basic header",
        why: "Downloads of archives, raw files and build artifacts with an app password fail with HTTP \
              401 since 2026-07-28. An API token goes there under the email of the Atlassian account.",
        rewrite: "The values of --user and --password become the two variables in the syntax of the \
                  file: safe for a literal app password and for a variable that keeps its name, review \
                  where a variable is renamed. A Basic header becomes --user, --password and \
                  --auth-no-challenge: review. Where no variable is expanded it is told: manual.",
        before: "wget --user=ci-bot --password=ATBBexampleexampleexampleexample1F2C https://bitbucket.org/team/repo/get/main.zip",
        after: "wget --user=\"${ATLASSIAN_ACCOUNT_EMAIL}\" --password=\"${BITBUCKET_API_TOKEN}\" https://bitbucket.org/team/repo/get/main.zip",
        limits: "As for curl. What a .wgetrc holds is not seen.",
        sources: &[USING, "https://www.gnu.org/software/wget/manual/wget.html#HTTP-Options"],
    },
    ..CALL
};

pub(crate) const HTTPIE: Consumer = Consumer {
    rule: Rule::Httpie,
    name: "HTTPie",
    page: RuleInfo {
        id: "httpie",
        summary: "An HTTPie (or xh) call of the REST API with -a user:app-password",
        why: "With an app password the REST API answers HTTP 401 since 2026-07-28. An API token goes \
              with the email of the Atlassian account in the same option.",
        rewrite: "The argument of -a becomes the two variables in the syntax of the file: safe for a \
                  literal app password and for a variable that keeps its name, review where a variable \
                  is renamed. Where no variable is expanded it is told: manual.",
        before: "http -a ci-bot:ATBBexampleexampleexampleexample1F2C api.bitbucket.org/2.0/user",
        after: "http -a \"${ATLASSIAN_ACCOUNT_EMAIL}:${BITBUCKET_API_TOKEN}\" api.bitbucket.org/2.0/user",
        limits: "As for curl; the command has to stand where one can begin. Named sessions are not \
                 seen.",
        sources: &[USING, "https://httpie.io/docs/cli/authentication"],
    },
    ..CALL
};

pub(crate) const GIT_COMMAND: Consumer = Consumer {
    rule: Rule::GitCommand,
    name: "git",
    form: UsernameForm::Static,
    usage: Use::Git,
    page: RuleInfo {
        id: "git-command",
        summary: "A git command that brings a header, a username or a credential for Bitbucket",
        why: "Scripts hand credentials to git without a URL: by -c http.extraHeader, a credential \
              helper in one line, git credential approve, or a netrc file that they write. With an app \
              password git gets HTTP 410 since 2026-07-28. An API token goes there under \
              x-bitbucket-api-token-auth; the Bitbucket username beside it is seen to fail, the \
              email fails.",
        rewrite: "The username becomes x-bitbucket-api-token-auth where it stands, in the here-document, \
                  the format's argument or the text that is encoded: safe where the secret comes from a \
                  variable that keeps its name. A literal app password becomes the token's variable \
                  where one is expanded: safe. A header that holds base64 is told: manual. In an entry \
                  for api.bitbucket.org the username becomes the email's variable.",
        before: "git config --global credential.https://bitbucket.org.username ci-bot",
        after: "git config --global credential.https://bitbucket.org.username x-bitbucket-api-token-auth",
        limits: "A header or a username without a URL counts only where the same command names a \
                 repository at bitbucket.org. Of a credential's lines username and password have to \
                 stand near host=bitbucket.org.",
        sources: &[
            USING,
            "https://git-scm.com/docs/git-credential",
            "https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpextraHeader",
        ],
    },
    ..CALL
};

pub(crate) const POWERSHELL_WEB: Consumer = Consumer {
    rule: Rule::PowershellWeb,
    name: "PowerShell",
    form: UsernameForm::Email,
    page: RuleInfo {
        id: "powershell-web",
        summary: "Invoke-RestMethod or Invoke-WebRequest for Bitbucket with a Basic header or a credential",
        why: "Scripts for PowerShell put user and password together, encode them and send them in a \
              header of their own, or as a PSCredential. With an app password the REST API answers HTTP \
              401 since 2026-07-28; an API token goes there under the email of the Atlassian account.",
        rewrite: "The header or the credential is followed through the variables of the file to where \
                  user and password are put together. There the username becomes \
                  ${env:ATLASSIAN_ACCOUNT_EMAIL} and a literal app password \
                  ${env:BITBUCKET_API_TOKEN}: safe, review where a variable is renamed or may hold \
                  something else. A header in base64 is told: manual.",
        before: "$pair = \"ci-bot:ATBBexampleexampleexampleexample1F2C\"\n$basic = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes($pair))\nInvoke-RestMethod https://api.bitbucket.org/2.0/user -Headers @{ Authorization = \"Basic $basic\" }",
        after: "$pair = \"${env:ATLASSIAN_ACCOUNT_EMAIL}:${env:BITBUCKET_API_TOKEN}\"\n$basic = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes($pair))\nInvoke-RestMethod https://api.bitbucket.org/2.0/user -Headers @{ Authorization = \"Basic $basic\" }",
        limits: "What functions hand to each other and what Get-Credential asks for is not followed.",
        sources: &[
            USING,
            "https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.utility/invoke-restmethod",
        ],
    },
    ..CALL
};
