//! What the rules of command lines see and do not see.

use crate::detect::testing::Examples;
use crate::rule::Rule;

pub(crate) const EXAMPLES: &[Examples] = &[
    Examples {
        rule: Rule::Curl,
        matching: &[
            ("a.sh", "curl -u ci-bot:§app§ https://api.bitbucket.org/2.0/user"),
            (
                "a.sh",
                "curl -s -X POST \\\n  --user \"$BB_USER:$BB_PASS\" \\\n  \"https://api.bitbucket.org/2.0/x\"",
            ),
            ("a.sh", "API=https://api.bitbucket.org/2.0\ncurl -su$U:$APP_PASSWORD $API/user"),
            (
                "a.sh",
                "curl -H \"Authorization: Basic $(echo -n $U:$P | base64)\" https://api.bitbucket.org/2.0",
            ),
            (
                "a.sh",
                "AUTH=$(printf '%s:%s' \"$U\" \"$P\" | base64)\ncurl -H \"Authorization: Basic $AUTH\" https://api.bitbucket.org/2.0",
            ),
            ("a.sh", "curl -H 'Authorization: Bearer §api§' https://api.bitbucket.org/2.0/user"),
            (
                "a.sh",
                "curl -H \"Authorization: Bearer $BITBUCKET_APP_PASSWORD\" https://api.bitbucket.org/2.0",
            ),
            (
                "a.sh",
                "curl -u \"x-bitbucket-api-token-auth:$BITBUCKET_API_TOKEN\" https://api.bitbucket.org/2.0",
            ),
            (
                "Dockerfile",
                "RUN [\"curl\", \"-u\", \"a:§app§\", \"https://api.bitbucket.org/2.0\"]",
            ),
        ],
        other: &[
            (
                "a.sh",
                "curl -u \"$ATLASSIAN_ACCOUNT_EMAIL:$BITBUCKET_API_TOKEN\" https://api.bitbucket.org/2.0",
            ),
            ("a.sh", "curl -u \"$MY_EMAIL:$TOKEN\" https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -u me@x.com:§api§ https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -u x-token-auth:§access§ https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -H 'Authorization: Bearer §access§' https://api.bitbucket.org/2.0"),
            (
                "a.sh",
                "curl -H \"Authorization: Bearer $ACCESS_TOKEN\" https://api.bitbucket.org/2.0",
            ),
            (
                "a.sh",
                "curl -u joe:§app§ https://bitbucket.example.com/rest/api/1.0 # bitbucket.org",
            ),
            ("a.sh", "curl -u joe:§app§ https://api.bitbucket.org.evil.com/"),
            (
                "a.sh",
                "curl -u $KEY:$SECRET https://bitbucket.org/site/oauth2/access_token -d grant_type=client_credentials",
            ),
            ("a.sh", "curl -u $CLIENT_ID:$CLIENT_SECRET https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -n https://api.bitbucket.org/2.0"),
            ("a.sh", "curl --proxy-user joe:hunter2 https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -u <user>:<app_password> https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -u joe https://api.bitbucket.org/2.0"),
            ("a.sh", "curl https://api.bitbucket.org/2.0; other -u a:b"),
        ],
    },
    Examples {
        rule: Rule::Wget,
        matching: &[
            ("a.sh", "wget --user=joe --password=§app§ https://bitbucket.org/t/r/get/main.zip"),
            (
                "a.sh",
                "wget --http-user \"$U\" --http-password \"$P\" --auth-no-challenge https://api.bitbucket.org/2.0",
            ),
            (
                "a.sh",
                "wget --header=\"Authorization: Basic am9lOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==\" https://api.bitbucket.org/2.0",
            ),
        ],
        other: &[
            ("a.sh", "wget --user=$EMAIL --password=$T https://api.bitbucket.org/2.0"),
            ("a.sh", "wget --user=joe --password=§app§ https://example.com/bitbucket.org"),
            ("a.sh", "wget --user=joe --ask-password https://api.bitbucket.org/2.0"),
        ],
    },
    Examples {
        rule: Rule::PowershellWeb,
        matching: &[
            (
                "a.ps1",
                "$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(\"${u}:${p}\"))\n$h = @{ Authorization = \"Basic $b\" }\nInvoke-RestMethod -Uri 'https://api.bitbucket.org/2.0/user' -Headers $h\n",
            ),
            (
                "a.ps1",
                "$pair = \"joe:§app§\"\n$b = [System.Convert]::ToBase64String([System.Text.Encoding]::ASCII.GetBytes($pair))\nInvoke-WebRequest https://api.bitbucket.org/2.0 -Headers @{\n  Authorization = \"Basic $b\"\n}\n",
            ),
            (
                "a.ps1",
                "$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes((\"{0}:{1}\" -f $u,$p)))\n$h = @{}\n$h.Add('Authorization', ('Basic {0}' -f $b))\nirm -Headers $h -Uri \"https://api.bitbucket.org/2.0/user\"\n",
            ),
            (
                "a.ps1",
                "$s = ConvertTo-SecureString 'exampleLegacyPw00001' -AsPlainText -Force\n$c = New-Object System.Management.Automation.PSCredential ('joe', $s)\n$uri = 'https://api.bitbucket.org/2.0/user'\nInvoke-RestMethod -Uri $uri -Authentication Basic -Credential $c\n",
            ),
            (
                "a.ps1",
                "$params = @{\n  Uri = 'https://api.bitbucket.org/2.0/user'\n  Headers = @{ Authorization = 'Basic am9lOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==' }\n}\nInvoke-RestMethod @params\n",
            ),
        ],
        other: &[
            (
                "a.ps1",
                "$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(\"${env:ATLASSIAN_ACCOUNT_EMAIL}:${env:BITBUCKET_API_TOKEN}\"))\n$h = @{ Authorization = \"Basic $b\" }\nInvoke-RestMethod -Uri 'https://api.bitbucket.org/2.0/user' -Headers $h\n",
            ),
            (
                "a.ps1",
                "$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(\"${u}:${p}\"))\n$h = @{ Authorization = \"Basic $b\" }\nInvoke-RestMethod -Uri 'https://dev.azure.com/x' -Headers $h # bitbucket.org\n",
            ),
            (
                "a.ps1",
                "$h = @{ Authorization = \"Bearer $t\" }\nInvoke-RestMethod -Uri 'https://api.bitbucket.org/2.0/user' -Headers $h\n",
            ),
            ("a.ps1", "Invoke-RestMethod -Uri 'https://api.bitbucket.org/2.0/repositories/a'\n"),
            (
                "a.ps1",
                "$c = Get-Credential\nInvoke-RestMethod -Uri 'https://api.bitbucket.org/2.0/user' -Credential $c\n",
            ),
        ],
    },
    Examples {
        rule: Rule::GitCommand,
        matching: &[
            (
                "a.sh",
                "git -c http.extraHeader=\"Authorization: Basic $(echo -n $U:$P | base64)\" clone https://bitbucket.org/t/r.git",
            ),
            (
                "a.sh",
                "git -c http.https://bitbucket.org/.extraheader='AUTHORIZATION: basic am9lOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==' fetch",
            ),
            ("a.sh", "git config --global credential.https://bitbucket.org.username joe"),
            ("a.sh", "git -c credential.username=joe clone https://bitbucket.org/t/r.git"),
            (
                "a.sh",
                "git credential approve <<EOF\nprotocol=https\nhost=bitbucket.org\nusername=joe\npassword=$P\nEOF\n",
            ),
            (
                "a.sh",
                "printf 'protocol=https\\nhost=bitbucket.org\\nusername=%s\\npassword=%s\\n' \"$U\" \"§app§\" | git credential approve\n",
            ),
            ("a.sh", "echo \"machine bitbucket.org login $U password $P\" > ~/.netrc"),
            (
                "Dockerfile",
                "RUN printf \"machine bitbucket.org\\nlogin %s\\npassword %s\\n\" \"$U\" \"$P\" > /root/.netrc",
            ),
            (
                "a.sh",
                "git config --global credential.https://bitbucket.org.helper '!f() { echo username=joe; echo \"password=$BB_PASS\"; }; f'",
            ),
        ],
        other: &[
            (
                "a.sh",
                "git -c http.extraHeader=\"Authorization: Bearer $ACCESS_TOKEN\" clone https://bitbucket.org/t/r.git",
            ),
            (
                "a.sh",
                "git -c http.extraHeader=\"Authorization: Basic $X\" clone https://github.com/t/r.git # bitbucket.org",
            ),
            (
                "a.sh",
                "git config --global credential.https://bitbucket.org.username x-bitbucket-api-token-auth",
            ),
            ("a.sh", "git config --global user.name joe; git clone https://bitbucket.org/t/r.git"),
            ("a.sh", "git -c credential.username=joe clone https://github.com/bitbucket.org/r.git"),
            (
                "a.sh",
                "git credential approve <<EOF\nprotocol=https\nhost=github.com\nusername=joe\npassword=$P\nEOF\n# bitbucket.org",
            ),
            (
                "a.sh",
                "git credential approve <<EOF\nprotocol=https\nhost=bitbucket.org\nusername=x-bitbucket-api-token-auth\npassword=$P\nEOF\n",
            ),
            ("a.sh", "echo \"machine bitbucket.org login x-token-auth password $P\" > ~/.netrc"),
            ("a.sh", "printf 'protocol=https\\nhost=bitbucket.org\\n\\n' | git credential reject"),
        ],
    },
    Examples {
        rule: Rule::Httpie,
        matching: &[
            ("a.sh", "http -a joe:§app§ GET https://api.bitbucket.org/2.0/user"),
            ("a.sh", "http --auth=\"$U:$P\" POST api.bitbucket.org/2.0/x a=b"),
            ("a.sh", "http api.bitbucket.org/2.0/user -a \"$U:$P\""),
        ],
        other: &[
            ("a.sh", "http -a \"$EMAIL:$TOKEN\" api.bitbucket.org/2.0/user"),
            ("a.md", "Use http -a joe:§app§ elsewhere on bitbucket.org"),
        ],
    },
    Examples {
        rule: Rule::ArgoCd,
        matching: &[
            (
                "a.sh",
                "argocd repo add https://bitbucket.org/t/r.git --username joe --password §app§",
            ),
            (
                "a.sh",
                "argocd repo add \\\n  --username=joe \\\n  --password=\"$APP_PASSWORD\" \\\n  https://bitbucket.org/t/r",
            ),
            (
                "a.yml",
                "- argocd repocreds add https://bitbucket.org/t --username joe --password §old§",
            ),
        ],
        other: &[
            (
                "a.sh",
                "argocd repo add https://bitbucket.org/t/r.git --username x-bitbucket-api-token-auth --password §api§",
            ),
            (
                "a.sh",
                "argocd repo add https://github.com/t/r --username joe --password §old§ # bitbucket.org",
            ),
            (
                "a.sh",
                "argocd login cd.example.org --username admin --password §old§; git clone https://bitbucket.org/t/r",
            ),
            ("a.sh", "argocd repo add git@bitbucket.org:t/r.git --ssh-private-key-path key"),
        ],
    },
    Examples {
        rule: Rule::Composer,
        matching: &[
            ("a.sh", "composer config -g http-basic.bitbucket.org joe §app§"),
            ("a.sh", "composer global config http-basic.bitbucket.org \"$U\" \"$APP_PASSWORD\""),
            ("a.sh", "php composer.phar config --auth http-basic.bitbucket.org joe §api§"),
            (
                "a.sh",
                "COMPOSER_AUTH='{\"http-basic\":{\"bitbucket.org\":{\"username\":\"joe\",\"password\":\"§app§\"}}}'",
            ),
            (
                "a.sh",
                "COMPOSER_AUTH='{\"http-basic\":{\"bitbucket.org\":{\"password\":\"'$APP_PASSWORD'\",\"username\":\"joe\"}}}'",
            ),
            (
                "Dockerfile",
                "ENV COMPOSER_AUTH=\"{\\\"http-basic\\\": {\\\"bitbucket.org\\\": {\\\"username\\\": \\\"joe\\\", \\\"password\\\": \\\"§old§\\\"}}}\"",
            ),
        ],
        other: &[
            ("a.sh", "composer config http-basic.bitbucket.org a@b.example §api§"),
            (
                "a.sh",
                "composer config http-basic.bitbucket.org \"$EMAIL\" \"$BITBUCKET_API_TOKEN\"",
            ),
            ("a.sh", "composer config http-basic.example.org joe §old§ # bitbucket.org"),
            ("a.sh", "composer config --unset http-basic.bitbucket.org"),
            ("a.sh", "composer require http-basic.bitbucket.org joe §old§"),
            (
                "a.sh",
                "COMPOSER_AUTH='{\"bitbucket-oauth\":{\"bitbucket.org\":{\"consumer-key\":\"joe\",\"consumer-secret\":\"§old§\"}}}'",
            ),
        ],
    },
    Examples {
        rule: Rule::Poetry,
        matching: &[
            ("a.sh", "poetry config http-basic.git-bitbucket joe §app§"),
            (
                "a.sh",
                "poetry config repositories.x https://bitbucket.org/t/r.git\npoetry config http-basic.x joe \"$APP_PASSWORD\"",
            ),
        ],
        other: &[
            ("a.sh", "poetry config http-basic.x joe §old§ # bitbucket.org"),
            ("a.sh", "poetry config http-basic.bitbucket x-bitbucket-api-token-auth §api§"),
        ],
    },
    Examples {
        rule: Rule::Bundler,
        matching: &[
            ("a.sh", "bundle config set --global bitbucket.org joe:§app§"),
            ("a.sh", "bundle config --local BITBUCKET.ORG \"$U:$APP_PASSWORD\""),
            ("a.sh", "bundle config BUNDLE_BITBUCKET__ORG joe:§old§ # bitbucket.org"),
        ],
        other: &[
            ("a.sh", "bundle config set bitbucket.org x-bitbucket-api-token-auth:§api§"),
            ("a.sh", "bundle config gems.example.org joe:§old§ # bitbucket.org"),
            ("a.sh", "bundle config unset bitbucket.org"),
        ],
    },
    Examples {
        rule: Rule::Maven,
        matching: &[
            ("a.sh", "mvn release:perform -Dusername=joe -Dpassword=§app§ # bitbucket.org"),
            (
                "a.sh",
                "./mvnw -B scm:tag -Dpassword=\"$APP_PASSWORD\" -Dusername=joe # bitbucket.org",
            ),
        ],
        other: &[
            ("a.sh", "mvn deploy -Dusername=joe -Dpassword=§old§ # bitbucket.org"),
            (
                "a.sh",
                "mvn release:perform -Dusername=x-bitbucket-api-token-auth -Dpassword=§api§ # bitbucket.org",
            ),
        ],
    },
    Examples {
        rule: Rule::Flux,
        matching: &[
            (
                "a.sh",
                "flux create secret git bb --url=https://bitbucket.org/t/r --username=joe --password=§app§",
            ),
            ("a.sh", "flux bootstrap git --url=https://bitbucket.org/t/r -u joe -p $PASSWORD"),
        ],
        other: &[
            (
                "a.sh",
                "flux create secret git bb --url=ssh://git@bitbucket.org/t/r --private-key-file=k",
            ),
            (
                "a.sh",
                "flux create secret helm x --username=joe --password=§old§ # https://bitbucket.org/t",
            ),
        ],
    },
    Examples {
        rule: Rule::Helm,
        matching: &[
            (
                "a.sh",
                "helm repo add t https://api.bitbucket.org/2.0/repositories/t/c/src/main/ --username joe --password §app§",
            ),
            (
                "a.sh",
                "helm pull c --repo https://api.bitbucket.org/2.0/repositories/t/c/src/main --username joe --password \"$P\"",
            ),
        ],
        other: &[
            (
                "a.sh",
                "helm repo add t https://api.bitbucket.org/2.0/repositories/t/c/src/main/ --username \"$EMAIL\" --password \"$P\"",
            ),
            (
                "a.sh",
                "helm repo add t https://charts.example.org --username joe --password §old§ # bitbucket.org",
            ),
        ],
    },
    Examples {
        rule: Rule::CodebuildCredentials,
        matching: &[(
            "a.sh",
            "aws codebuild import-source-credentials --server-type BITBUCKET --auth-type BASIC_AUTH --username joe --token §app§",
        )],
        other: &[
            (
                "a.sh",
                "aws codebuild import-source-credentials --server-type BITBUCKET --auth-type BASIC_AUTH --username me@x.com --token §api§",
            ),
            (
                "a.sh",
                "aws codebuild import-source-credentials --server-type GITHUB --auth-type PERSONAL_ACCESS_TOKEN --token §old§ # bitbucket",
            ),
        ],
    },
];
