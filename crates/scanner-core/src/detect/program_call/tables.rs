//! Calls with credentials, language by language.
//!
//! Sources, besides the documentation of each library: public code against api.bitbucket.org/2.0.

use super::language::{Argument, Call, Client, Key, Language, SECRET_KEYS, USER_KEYS};
use super::token::{Holes, Syntax};
use crate::rule::Rule;

const fn argument(at: usize) -> Argument {
    Argument { at: Some(at), names: &[] }
}

/// An argument that comes at a position or under one of the usual names.
const fn user(at: usize) -> Argument {
    Argument { at: Some(at), names: USER_KEYS }
}

const fn secret(at: usize) -> Argument {
    Argument { at: Some(at), names: SECRET_KEYS }
}

const NAMED_USER: Argument = Argument { at: None, names: USER_KEYS };
const NAMED_SECRET: Argument = Argument { at: None, names: SECRET_KEYS };

const BASE: Call =
    Call { name: "", on: &[], when: None, user: user(0), secret: secret(1), client: Client::Http };

const fn http(name: &'static str) -> Call {
    Call { name, ..BASE }
}

const fn git(name: &'static str) -> Call {
    Call { name, client: Client::Git, ..BASE }
}

const fn key(name: &'static str) -> Key {
    Key { name, client: Client::Http }
}

/// All languages.
pub(super) const ALL: [&Language; 7] = [&PYTHON, &JAVASCRIPT, &GO, &JAVA, &RUBY, &PHP, &CSHARP];

const SYNTAX: Syntax = Syntax {
    hash: false,
    slashes: true,
    backticks: false,
    triple: false,
    regexes: false,
    lines: true,
    holes: Holes::None,
};

/// Python.
pub(super) static PYTHON: Language = Language {
    rule: Rule::Python,
    syntax: Syntax {
        hash: true,
        slashes: false,
        triple: true,
        holes: Holes::Braces(b'f'),
        ..SYNTAX
    },
    arrow_is_pair: false,
    literals: false,
    calls: &[
        // requests, aiohttp (`login=`), httpx.
        http("HTTPBasicAuth"),
        http("BasicAuth"),
        http("_basic_auth_str"),
        // urllib: realm, URI, user, password.
        Call {
            name: "add_password",
            user: Argument { at: Some(2), names: &["user"] },
            secret: Argument { at: Some(3), names: &["passwd"] },
            ..BASE
        },
        // atlassian-python-api.
        Call {
            name: "Cloud",
            user: NAMED_USER,
            secret: NAMED_SECRET,
            client: Client::Cloud(&["atlassian.bitbucket"]),
            ..BASE
        },
        Call { name: "Bitbucket", user: NAMED_USER, secret: NAMED_SECRET, ..BASE },
        // pybitbucket.
        Call { name: "BasicAuthenticator", client: Client::Cloud(&["pybitbucket"]), ..BASE },
        // bitbucket-python, python-bitbucket.
        Call { name: "Client", client: Client::Cloud(&["bitbucket.client"]), ..BASE },
        Call { name: "BitBucket", client: Client::Cloud(&["bitbucket.BitBucket"]), ..BASE },
        // pygit2, dulwich.
        git("UserPass"),
        Call {
            name: "clone",
            on: &["porcelain"],
            user: NAMED_USER,
            secret: NAMED_SECRET,
            ..git("")
        },
        Call {
            name: "push",
            on: &["porcelain"],
            user: NAMED_USER,
            secret: NAMED_SECRET,
            ..git("")
        },
        Call {
            name: "pull",
            on: &["porcelain"],
            user: NAMED_USER,
            secret: NAMED_SECRET,
            ..git("")
        },
        Call {
            name: "fetch",
            on: &["porcelain"],
            user: NAMED_USER,
            secret: NAMED_SECRET,
            ..git("")
        },
    ],
    keys: &[key("auth"), key("basic_auth"), key("http_auth"), key("AUTH"), key("_auth")],
    encoders: &["b64encode", "encodebytes", "encodestring", "Basic ", "to_base64", "make_headers"],
};

/// JavaScript and TypeScript.
pub(super) static JAVASCRIPT: Language = Language {
    rule: Rule::Javascript,
    syntax: Syntax { backticks: true, regexes: true, holes: Holes::Script, ..SYNTAX },
    arrow_is_pair: false,
    literals: false,
    calls: &[
        // bitbucket: `authenticate({ type: 'basic' | 'apppassword', … })`.
        Call {
            name: "authenticate",
            on: &["bitbucket", "client", "bb", "api", "bitbucketClient", "bitbucketApi"],
            user: NAMED_USER,
            secret: NAMED_SECRET,
            client: Client::Cloud(&["'bitbucket'", "\"bitbucket\""]),
            ..BASE
        },
        // superagent, request, supertest, needle's chain.
        http("auth"),
        http("basicAuth"),
        http("createBasicAuth"),
        // nodegit.
        git("userpassPlaintextNew"),
    ],
    keys: &[
        key("auth"),
        key("basicAuth"),
        // isomorphic-git.
        Key { name: "onAuth", client: Client::Git },
    ],
    encoders: &["btoa", "base64", "Basic ", "toBase64", "encode64", "b64"],
};

/// Go.
pub(super) static GO: Language = Language {
    rule: Rule::Go,
    syntax: Syntax { backticks: true, ..SYNTAX },
    arrow_is_pair: false,
    literals: true,
    calls: &[
        // ktrysmt/go-bitbucket.
        Call { name: "NewBasicAuth", client: Client::Cloud(&["go-bitbucket"]), ..BASE },
        Call { name: "NewBasicAuthWithBaseUrlStr", ..BASE },
        // wbrefvem/go-bitbucket, bitbucket.BasicAuth{UserName: …}.
        Call {
            name: "BasicAuth",
            on: &["bitbucket"],
            client: Client::Cloud(&["go-bitbucket"]),
            ..BASE
        },
        http("SetBasicAuth"),
        http("WithBasicAuth"),
        // go-git.
        git("BasicAuth"),
        // git2go.
        git("NewCredUserpassPlaintext"),
        git("NewCredentialUserpassPlaintext"),
    ],
    keys: &[],
    encoders: &["EncodeToString", "Basic ", "basicAuth"],
};

/// Java, Kotlin, Groovy and Scala.
pub(super) static JAVA: Language = Language {
    rule: Rule::Java,
    syntax: Syntax { triple: true, holes: Holes::Dollar, ..SYNTAX },
    arrow_is_pair: false,
    literals: false,
    calls: &[
        // OkHttp; REST Assured; Jersey.
        http("basic"),
        // Apache HttpClient.
        http("UsernamePasswordCredentials"),
        // JGit.
        git("UsernamePasswordCredentialsProvider"),
        http("PasswordAuthentication"),
        // Spring, Unirest, Retrofit helpers, Ktor, sttp.
        http("basicAuth"),
        http("basicAuthentication"),
        http("setBasicAuth"),
        http("BasicAuthenticationInterceptor"),
        http("BasicAuthInterceptor"),
        http("BasicAuthCredentials"),
        http("BasicHttpCredentials"),
        http("BasicAuthRequestInterceptor"),
        http("HTTPBasicAuthFilter"),
        http("preemptive"),
    ],
    keys: &[],
    encoders: &[
        "encodeToString",
        "encodeBase64",
        "Base64",
        "base64",
        "Basic ",
        "printBase64Binary",
        "encodeBase64String",
    ],
};

/// Ruby.
pub(super) static RUBY: Language = Language {
    rule: Rule::Ruby,
    syntax: Syntax {
        hash: true,
        slashes: false,
        regexes: true,
        backticks: true,
        holes: Holes::Ruby,
        ..SYNTAX
    },
    arrow_is_pair: true,
    literals: false,
    calls: &[
        // Net::HTTP, Faraday 1, HTTParty, http.rb.
        Call { user: user(0), secret: secret(1), ..http("basic_auth") },
        // Faraday.
        Call {
            when: Some((1, ":basic")),
            user: argument(2),
            secret: argument(3),
            ..http("request")
        },
        Call {
            when: Some((0, ":basic_auth")),
            user: argument(1),
            secret: argument(2),
            ..http("request")
        },
        Call {
            when: Some((0, ":basic")),
            user: argument(1),
            secret: argument(2),
            ..http("authorization")
        },
        // RestClient; bitbucket_rest_api (`BitBucket.new login:, password:`).
        Call { on: &["Resource", "Request"], user: user(1), secret: secret(2), ..http("new") },
        Call { on: &["Request"], user: NAMED_USER, secret: NAMED_SECRET, ..http("execute") },
        Call {
            on: &["BitBucket"],
            user: NAMED_USER,
            secret: NAMED_SECRET,
            client: Client::Cloud(&["BitBucket"]),
            ..http("new")
        },
        // Rugged.
        Call { on: &["UserPassword"], user: NAMED_USER, secret: NAMED_SECRET, ..git("new") },
    ],
    keys: &[key("http_basic_authentication"), key("basic_auth"), key("http_basic")],
    encoders: &["encode64", "strict_encode64", "urlsafe_encode64", "Basic ", "basic_auth", "pack"],
};

/// PHP.
pub(super) static PHP: Language = Language {
    rule: Rule::Php,
    syntax: Syntax { hash: true, backticks: true, lines: false, holes: Holes::Php, ..SYNTAX },
    arrow_is_pair: true,
    literals: false,
    calls: &[
        // bitbucket/client.
        Call {
            when: Some((0, "AUTH_HTTP_PASSWORD")),
            user: argument(1),
            secret: argument(2),
            client: Client::Cloud(&["Bitbucket\\Client"]),
            ..http("authenticate")
        },
        // gentle/bitbucket-api.
        Call { client: Client::Cloud(&["Bitbucket\\API"]), ..http("BasicAuthListener") },
        Call {
            client: Client::Cloud(&["Bitbucket\\API"]),
            on: &["Authentication"],
            ..http("BasicAuth")
        },
        // Laravel, Httpful.
        http("withBasicAuth"),
        http("authenticateWith"),
        http("setAuthBasic"),
    ],
    keys: &[key("auth"), key("auth_basic"), key("http_basic")],
    encoders: &["base64_encode", "CURLOPT_USERPWD", "Basic "],
};

/// C#.
pub(super) static CSHARP: Language = Language {
    rule: Rule::Csharp,
    syntax: Syntax { triple: true, lines: false, holes: Holes::Braces(b'$'), ..SYNTAX },
    arrow_is_pair: false,
    literals: true,
    calls: &[
        // SharpBucket.
        Call { client: Client::Cloud(&["SharpBucket"]), ..http("BasicAuthentication") },
        http("NetworkCredential"),
        // RestSharp, Flurl.
        http("HttpBasicAuthenticator"),
        http("WithBasicAuth"),
        http("BasicAuthenticationHeaderValue"),
        // LibGit2Sharp.
        git("UsernamePasswordCredentials"),
    ],
    keys: &[],
    encoders: &["ToBase64String", "Basic ", "\"Basic\""],
};
