//! Tests of calls in programs.

use crate::detect::program_call::detect;
use crate::detect::testing::{Examples, line, run};
use crate::rule::Rule;

pub(in crate::detect) const EXAMPLES: &[Examples] = &[
    Examples {
        rule: Rule::Python,
        matching: &[
            ("a.py", "requests.get('https://api.bitbucket.org/2.0/user', auth=('joe', '§app§'))"),
            ("a.py", "requests.get('https://api.bitbucket.org/2.0/user', auth=('joe', '§old§'))"),
            (
                "a.py",
                "BASE = 'https://api.bitbucket.org/2.0'\nrequests.get(f'{BASE}/user', auth=(user, password))",
            ),
            (
                "a.py",
                "import os\nA = HTTPBasicAuth(os.environ['U'], os.environ['P_PASS'])\nrequests.get('https://api.bitbucket.org/2.0/user', auth=A)",
            ),
            (
                "a.py",
                "s = requests.Session()\ns.auth = (user, app_password)\ns.get('https://api.bitbucket.org/2.0/user')",
            ),
            (
                "a.py",
                "from atlassian.bitbucket.cloud import Cloud\nb = Cloud(username='joe', password='§old§', cloud=True)",
            ),
            (
                "a.py",
                "t = b64encode(f'{user}:{password}'.encode()).decode()\nrequests.get('https://api.bitbucket.org/2.0/user', headers={'Authorization': f'Basic {t}'})",
            ),
            (
                "a.py",
                "requests.get('https://api.bitbucket.org/2.0/user', headers={'Authorization': 'Bearer §api§'})",
            ),
            ("a.py", "requests.get('https://api.bitbucket.org/2.0/user', auth=('joe', '§api§'))"),
            ("a.py", "m.add_password(None, 'https://api.bitbucket.org/', 'joe', '§old§')"),
        ],
        other: &[
            ("a.py", "requests.get('https://api.github.com/user', auth=('joe', password))"),
            ("a.py", "requests.get('https://api.bitbucket.org/2.0/user', auth=(email, '§api§'))"),
            (
                "a.py",
                "requests.get('https://api.bitbucket.org/2.0/user', auth=('me@x.com', '§api§'))",
            ),
            ("a.py", "requests.get('https://api.bitbucket.org/2.0/user', auth=(email, api_token))"),
            (
                "a.py",
                "requests.get('https://api.bitbucket.org/2.0/user', auth=('username', 'password'))",
            ),
            ("a.py", "Bitbucket(url='http://localhost:7990', username='admin', password='admin')"),
            ("a.py", "requests.get(base + '/rest/api/1.0/projects', auth=('joe', password))"),
            (
                "a.py",
                "requests.post('https://bitbucket.org/site/oauth2/access_token', auth=(key, secret))",
            ),
            ("a.py", "# requests.get('https://api.bitbucket.org/2.0/user', auth=('joe', '§old§'))"),
            (
                "tests/a.py",
                "requests.get('https://api.bitbucket.org/2.0/user', auth=('u', 'hunter2'))",
            ),
            (
                "a.py",
                "requests.get('https://api.bitbucket.org/2.0/user', headers={'Authorization': f'Bearer {token}'})",
            ),
        ],
    },
    Examples {
        rule: Rule::Javascript,
        matching: &[
            (
                "config.js",
                "module.exports = { platform: 'bitbucket', username: 'joe', password: '§old§', hostRules: [{ matchHost: 'https://x.example', username: 'u', password: process.env.X }] };",
            ),
            (
                "config.mjs",
                "export default { 'platform': 'bitbucket', endpoint: 'https://api.bitbucket.org/', username: 'joe', password: process.env.RENOVATE_PASSWORD }",
            ),
            (
                "renovate/bot.ts",
                "export default { hostRules: [{ matchHost: 'api.bitbucket.org', username: 'joe', password: '§app§' }] }",
            ),
            ("config.js", "x = { platform: 'bitbucket', username: 'joe', password: '§api§' }"),
            (
                "a.js",
                "axios.get('https://api.bitbucket.org/2.0/user', { auth: { username: 'joe', password: '§old§' } })",
            ),
            (
                "a.ts",
                "const api = axios.create({ baseURL: 'https://api.bitbucket.org/2.0', auth: { username: BITBUCKET_USERNAME, password: BITBUCKET_APP_PASSWORD } })",
            ),
            (
                "a.js",
                "const auth = 'Basic ' + Buffer.from(username + ':' + password).toString('base64')\nfetch('https://api.bitbucket.org/2.0/user', { headers: { Authorization: auth } })",
            ),
            (
                "a.js",
                "fetch('https://api.bitbucket.org/2.0/user', { headers: { Authorization: `Basic ${btoa(`${user}:${process.env.BB_PASS}`)}` } })",
            ),
            (
                "a.js",
                "const { Bitbucket } = require('bitbucket')\nconst b = new Bitbucket({ auth: { username, password: process.env.BB_PASS }, baseUrl: 'https://api.bitbucket.org/2.0' })",
            ),
            (
                "a.js",
                "const bitbucket = new (require('bitbucket'))()\nbitbucket.authenticate({ type: 'apppassword', username: 'joe', password: '§old§' })",
            ),
            ("a.js", "request.get('https://api.bitbucket.org/2.0/user').auth('joe', '§old§')"),
        ],
        other: &[
            (
                "config.js",
                "x = { platform: 'bitbucket-server', username: 'joe', password: '§old§' } // bitbucket.org",
            ),
            (
                "config.js",
                "x = { platform: 'github', username: 'joe', password: '§old§' } // bitbucket.org",
            ),
            (
                "config.js",
                "x = { platform: 'bitbucket', endpoint: 'https://git.x.example/', username: 'joe', password: '§old§' }",
            ),
            (
                "config.js",
                "x = { platform: 'bitbucket', username: process.env.EMAIL, password: process.env.RENOVATE_PASSWORD }",
            ),
            ("config.js", "x = { platform: 'bitbucket', username: 'joe', token: process.env.T }"),
            ("src/form.js", "x = { platform: 'bitbucket', username: 'joe', password: '§old§' }"),
            (
                "config.js",
                "x = { hostRules: [{ matchHost: 'https://npm.x.example', username: 'joe', password: '§old§' }] } // api.bitbucket.org",
            ),
            (
                "a.js",
                "axios.get('https://bitbucket.example.com/rest/api/1.0/x', { auth: { username: 'joe', password } })",
            ),
            (
                "a.js",
                "axios.get('https://api.bitbucket.org/2.0/user', { auth: { username: email, password: token } })",
            ),
            (
                "a.js",
                "fetch('https://api.bitbucket.org/2.0/user', { headers: { Authorization: `Bearer ${token}` } })",
            ),
            ("a.js", "// const auth = { username: 'joe', password: '§old§' }"),
        ],
    },
    Examples {
        rule: Rule::Go,
        matching: &[
            (
                "a.go",
                "import \"github.com/ktrysmt/go-bitbucket\"\nc := bitbucket.NewBasicAuth(\"joe\", \"§old§\")",
            ),
            (
                "a.go",
                "req, err := http.NewRequest(\"GET\", \"https://api.bitbucket.org/2.0/user\", nil)\nreq.SetBasicAuth(user, os.Getenv(\"BB_PASS\"))",
            ),
            (
                "a.go",
                "git.PlainClone(dir, false, &git.CloneOptions{\n\tURL: \"https://bitbucket.org/a/b.git\",\n\tAuth: &http.BasicAuth{\n\t\tUsername: \"joe\",\n\t\tPassword: \"§old§\",\n\t},\n})",
            ),
            (
                "a.go",
                "const api = \"https://api.bitbucket.org/2.0\"\nauth := base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(\"%s:%s\", username, password)))\nreq, _ := http.NewRequest(\"GET\", api+\"/user\", nil)\nreq.Header.Set(\"Authorization\", \"Basic \"+auth)",
            ),
        ],
        other: &[
            ("a.go", "req.SetBasicAuth(user, password) // bitbucket.org"),
            (
                "a.go",
                "import \"github.com/ktrysmt/go-bitbucket\"\nc := bitbucket.NewBasicAuth(user.String(), apiToken.String())",
            ),
            (
                "a.go",
                "import \"github.com/ktrysmt/go-bitbucket\"\nc := bitbucket.NewBasicAuth(user, password)\nc.SetApiBaseURL(*server)",
            ),
            (
                "a.go",
                "&http.BasicAuth{Username: \"x-bitbucket-api-token-auth\", Password: os.Getenv(\"BB_PASS\")} // https://bitbucket.org",
            ),
        ],
    },
    Examples {
        rule: Rule::Java,
        matching: &[
            (
                "A.java",
                "String credential = Credentials.basic(login, password);\nRequest request = new Request.Builder().url(\"https://api.bitbucket.org/2.0/repositories/a/b\").header(\"Authorization\", credential).get().build();",
            ),
            (
                "A.java",
                "class A { void f() { Git.cloneRepository().setURI(\"https://bitbucket.org/a/b.git\").setCredentialsProvider(new UsernamePasswordCredentialsProvider(\"joe\", \"§old§\")).call(); } }",
            ),
            (
                "A.java",
                "class A { int f() {\n return RestAssured.given()\n  .auth().preemptive().basic(System.getenv(\"U\"), System.getenv(\"BITBUCKET_APP_PASSWORD\"))\n  .get(\"https://api.bitbucket.org/2.0/user\").statusCode();\n} }",
            ),
            (
                "A.kt",
                "val auth = Base64.getEncoder().encodeToString(\"$user:$password\".toByteArray())\nval r = HttpRequest.newBuilder().uri(URI.create(\"https://api.bitbucket.org/2.0/user\")).header(\"Authorization\", \"Basic $auth\")",
            ),
            (
                "a.groovy",
                "def auth = \"joe:§old§\".bytes.encodeBase64().toString()\ndef c = new URL('https://api.bitbucket.org/2.0/user').openConnection()",
            ),
        ],
        other: &[("A.java", "String credential = Credentials.basic(login, password);")],
    },
    Examples {
        rule: Rule::Ruby,
        matching: &[
            (
                "a.rb",
                "uri = URI('https://api.bitbucket.org/2.0/user')\nreq = Net::HTTP::Get.new(uri)\nreq.basic_auth 'joe', '§old§'",
            ),
            (
                "a.rb",
                "URI.open('https://api.bitbucket.org/2.0/user', http_basic_authentication: [user, ENV['BB_PASS']])",
            ),
            (
                "a.rb",
                "conn = Faraday.new(url: 'https://api.bitbucket.org/2.0') do |f|\n  f.request :authorization, :basic, user, password\nend",
            ),
            (
                "a.rb",
                "RestClient::Request.execute(method: :get, url: 'https://api.bitbucket.org/2.0/user', user: 'joe', password: '§old§')",
            ),
        ],
        other: &[(
            "a.rb",
            "HTTParty.get('https://api.github.com/user', basic_auth: { username: u, password: p })",
        )],
    },
    Examples {
        rule: Rule::Php,
        matching: &[
            (
                "a.php",
                "<?php\ncurl_setopt($ch, CURLOPT_URL, 'https://api.bitbucket.org/2.0/user');\ncurl_setopt($ch, CURLOPT_USERPWD, \"$user:$password\");",
            ),
            (
                "a.php",
                "<?php $c->get('https://api.bitbucket.org/2.0/user', ['auth' => ['joe', '§old§']]);",
            ),
            (
                "a.php",
                "<?php use Bitbucket\\Client; $c->authenticate(Client::AUTH_HTTP_PASSWORD, 'joe', '§old§');",
            ),
            (
                "a.php",
                "<?php use Bitbucket\\API\\User; $u->getClient()->addListener(new BasicAuthListener($bb_user, $bb_pass));",
            ),
        ],
        other: &[(
            "a.php",
            "<?php $c->get('https://api.example.com/', ['auth' => ['joe', $password]]); // bitbucket.org",
        )],
    },
    Examples {
        rule: Rule::Csharp,
        matching: &[
            (
                "A.cs",
                "var b = new SharpBucket.V2.SharpBucketV2(); b.BasicAuthentication(email_or_name, \"§old§\");",
            ),
            (
                "A.cs",
                "var auth = Convert.ToBase64String(Encoding.ASCII.GetBytes($\"{user}:{appPassword}\"));\nclient.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(\"Basic\", auth);\nawait client.GetAsync(\"https://api.bitbucket.org/2.0/user\");",
            ),
            (
                "A.cs",
                "Repository.Clone(\"https://bitbucket.org/a/b.git\", dir, new CloneOptions { CredentialsProvider = (a, b, c) => new UsernamePasswordCredentials { Username = \"joe\", Password = \"§old§\" } });",
            ),
        ],
        other: &[(
            "A.cs",
            "client.Credentials = new NetworkCredential(user, password); // bitbucket.org",
        )],
    },
];

#[test]
fn verdicts() {
    for (path, text, expected) in [
        (
            "a.py",
            "get('https://api.bitbucket.org/2.0/user', auth=('joe', '§app§'))",
            "AppPassword Rest Certain Error",
        ),
        (
            "a.py",
            "get('https://api.bitbucket.org/2.0/user', auth=('joe', '§old§'))",
            "AppPassword Rest Likely Error",
        ),
        (
            "a.py",
            "get('https://api.bitbucket.org/2.0/user', auth=('joe', '§api§'))",
            "HalfMigrated UsernameForRest Rest Certain Error",
        ),
        (
            "a.py",
            "get('https://api.bitbucket.org/2.0/user', auth=(user, password))",
            "Reference Rest Likely Warning",
        ),
        (
            "a.py",
            "get('https://api.bitbucket.org/2.0/user', auth=(user, app_password))",
            "Reference Rest Certain Warning",
        ),
        (
            "a.py",
            "get('https://api.bitbucket.org/2.0/user', auth=(user, token))",
            "Reference Rest Possible Note",
        ),
        (
            "a.py",
            "url = 'https://bitbucket.org/a/b'\npygit2.UserPass('joe', '§api§')",
            "HalfMigrated UsernameForGit Git Certain Warning",
        ),
        (
            "a.js",
            "fetch('https://api.bitbucket.org/2.0/user', {headers: {Authorization: 'Bearer §api§'}})",
            "HalfMigrated BearerForRest Rest Certain Error",
        ),
    ] {
        let found: Vec<_> = run(detect, path, text).candidates.iter().map(line).collect();
        assert_eq!(found, [expected], "{text}");
    }
}
