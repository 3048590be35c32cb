//! Libraries of programming languages.

use crate::consumer::{Consumer, Evidence};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// What every row of a language has.
const CALL: Consumer =
    Consumer { evidence: Evidence::Confirmed, usage: Use::Rest, ..Consumer::BASE };

const USING: &str = "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens";
const UNAUTHORIZED: &str = "https://support.atlassian.com/bitbucket-cloud/kb/getting-401-http-error-while-authenticating-to-bitbucket-cloud-rest-apis";

const PAGE: RuleInfo = RuleInfo {
    id: "",
    summary: "",
    why: "With an app password the REST API answers HTTP 401 and git HTTP 410 since 2026-07-28. A new \
          secret alone does not mend the call: an API token goes to the REST API with the email of \
          the Atlassian account, where an app password went with the Bitbucket username, to git with \
          x-bitbucket-api-token-auth, and it is not taken as Bearer.",
    rewrite: "A username that the call holds, or looks up in the environment, becomes a look-up of \
              ATLASSIAN_ACCOUNT_EMAIL; a secret in clear becomes a look-up of BITBUCKET_API_TOKEN, if \
              what the look-up needs is imported already; a variable of the secret is renamed together \
              with its other uses: review. For a git library the username becomes \
              x-bitbucket-api-token-auth: safe where nothing else changes. A username that comes as a \
              parameter or is read elsewhere, too, stays, and it is told what it must hold.",
    before: "",
    after: "",
    limits: "A call counts where its URL, a constant of the same file, all URLs of the file, a client \
             made for Bitbucket Cloud or the name of the secret says Bitbucket Cloud. Names are \
             followed to their one assignment in the same file, no further. A secret called a token \
             is a note, one called an API token or access token is none. Comments are not read; made-up \
             passwords in tests are no findings.",
    sources: &[USING, UNAUTHORIZED],
};

pub(crate) const PYTHON: Consumer = Consumer {
    rule: Rule::Python,
    name: "Python",
    page: RuleInfo {
        id: "python",
        summary: "A Python call of Bitbucket Cloud with an app password: requests, atlassian-python-api",
        before: "import os\nrequests.get(\"https://api.bitbucket.org/2.0/user\", auth=(\"ci-bot\", \"ATBBexampleexampleexampleexample1F2C\"))",
        after: "import os\nrequests.get(\"https://api.bitbucket.org/2.0/user\", auth=(os.environ[\"ATLASSIAN_ACCOUNT_EMAIL\"], os.environ[\"BITBUCKET_API_TOKEN\"]))",
        sources: &[
            USING,
            UNAUTHORIZED,
            "https://github.com/atlassian-api/atlassian-python-api/pull/663/files",
        ],
        ..PAGE
    },
    ..CALL
};

pub(crate) const JAVASCRIPT: Consumer = Consumer {
    rule: Rule::Javascript,
    name: "JavaScript and TypeScript",
    page: RuleInfo {
        id: "javascript",
        summary: "A JavaScript or TypeScript call of Bitbucket Cloud with an app password: axios, fetch",
        before: "axios.get('https://api.bitbucket.org/2.0/user', { auth: { username: 'ci-bot', password: 'ATBBexampleexampleexampleexample1F2C' } })",
        after: "axios.get('https://api.bitbucket.org/2.0/user', { auth: { username: process.env.ATLASSIAN_ACCOUNT_EMAIL, password: process.env.BITBUCKET_API_TOKEN } })",
        sources: &[USING, UNAUTHORIZED, "https://github.com/MunifTanjim/node-bitbucket"],
        ..PAGE
    },
    ..CALL
};

pub(crate) const GO: Consumer = Consumer {
    rule: Rule::Go,
    name: "Go",
    page: RuleInfo {
        id: "go",
        summary: "A Go call of Bitbucket Cloud with an app password: go-bitbucket, go-git, net/http",
        before: "import \"os\"\nimport \"github.com/ktrysmt/go-bitbucket\"\nc := bitbucket.NewBasicAuth(\"ci-bot\", \"ATBBexampleexampleexampleexample1F2C\")",
        after: "import \"os\"\nimport \"github.com/ktrysmt/go-bitbucket\"\nc := bitbucket.NewBasicAuth(os.Getenv(\"ATLASSIAN_ACCOUNT_EMAIL\"), os.Getenv(\"BITBUCKET_API_TOKEN\"))",
        sources: &[USING, UNAUTHORIZED, "https://github.com/ktrysmt/go-bitbucket/issues/308"],
        ..PAGE
    },
    ..CALL
};

pub(crate) const JAVA: Consumer = Consumer {
    rule: Rule::Java,
    name: "Java, Kotlin, Groovy and Scala",
    page: RuleInfo {
        id: "java",
        summary: "A Java, Kotlin, Groovy or Scala call of Bitbucket Cloud with an app password",
        before: "git.clone().setURI(\"https://bitbucket.org/team/repo.git\").setCredentialsProvider(new UsernamePasswordCredentialsProvider(\"ci-bot\", \"ATBBexampleexampleexampleexample1F2C\"));",
        after: "git.clone().setURI(\"https://bitbucket.org/team/repo.git\").setCredentialsProvider(new UsernamePasswordCredentialsProvider(\"x-bitbucket-api-token-auth\", System.getenv(\"BITBUCKET_API_TOKEN\")));",
        ..PAGE
    },
    ..CALL
};

pub(crate) const RUBY: Consumer = Consumer {
    rule: Rule::Ruby,
    name: "Ruby",
    page: RuleInfo {
        id: "ruby",
        summary: "A Ruby call of Bitbucket Cloud with an app password: Net::HTTP, Faraday, RestClient",
        before: "request = Net::HTTP::Get.new(URI(\"https://api.bitbucket.org/2.0/user\"))\nrequest.basic_auth \"ci-bot\", \"ATBBexampleexampleexampleexample1F2C\"",
        after: "request = Net::HTTP::Get.new(URI(\"https://api.bitbucket.org/2.0/user\"))\nrequest.basic_auth ENV.fetch(\"ATLASSIAN_ACCOUNT_EMAIL\"), ENV.fetch(\"BITBUCKET_API_TOKEN\")",
        ..PAGE
    },
    ..CALL
};

pub(crate) const PHP: Consumer = Consumer {
    rule: Rule::Php,
    name: "PHP",
    page: RuleInfo {
        id: "php",
        summary: "A PHP call of Bitbucket Cloud with an app password: curl, Guzzle, bitbucket/client",
        before: "<?php $client->get('https://api.bitbucket.org/2.0/user', ['auth' => ['ci-bot', 'ATBBexampleexampleexampleexample1F2C']]);",
        after: "<?php $client->get('https://api.bitbucket.org/2.0/user', ['auth' => [getenv('ATLASSIAN_ACCOUNT_EMAIL'), getenv('BITBUCKET_API_TOKEN')]]);",
        sources: &[USING, UNAUTHORIZED, "https://github.com/BitbucketPHP/Client"],
        ..PAGE
    },
    ..CALL
};

pub(crate) const CSHARP: Consumer = Consumer {
    rule: Rule::Csharp,
    name: "C#",
    page: RuleInfo {
        id: "csharp",
        summary: "A C# call of Bitbucket Cloud with an app password: HttpClient, LibGit2Sharp, SharpBucket",
        before: "new UsernamePasswordCredentials { Username = \"ci-bot\", Password = \"ATBBexampleexampleexampleexample1F2C\" };",
        after: "new UsernamePasswordCredentials { Username = \"x-bitbucket-api-token-auth\", Password = System.Environment.GetEnvironmentVariable(\"BITBUCKET_API_TOKEN\") };",
        ..PAGE
    },
    ..CALL
};
