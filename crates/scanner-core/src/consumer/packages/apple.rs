//! `CocoaPods`, Carthage and the Swift Package Manager.

use super::{API_TOKENS, by_git_url};
use crate::consumer::Consumer;
use crate::rule::{Rule, RuleInfo};

/// `CocoaPods` runs git with the URL.
pub(crate) const COCOAPODS: Consumer = Consumer {
    lock_command: Some("pod install"),
    ..by_git_url(
        Rule::Cocoapods,
        "CocoaPods",
        &["Podfile", "Podfile.lock", "*.podspec", "*.podspec.json", "Pods/Manifest.lock"],
        &[],
        RuleInfo {
            id: "cocoapods",
            summary: "An app password in a git URL of a Podfile, Podfile.lock or podspec",
            why: "CocoaPods hands the URLs of pods and of specs repositories to git, and writes them into \
              Podfile.lock, user and password and all. With an app password git answers HTTP 410 since \
              2026-07-28; with an API token it takes x-bitbucket-api-token-auth as the username.",
            rewrite: "The password goes, the static username stays and git's credential helper or .netrc \
                  answers: review, with pod install to be run for Podfile.lock.",
            before: "pod 'Lib', :git => 'https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib-ios.git', :tag => '1.2.0'",
            after: "pod 'Lib', :git => 'https://x-bitbucket-api-token-auth@bitbucket.org/team/lib-ios.git', :tag => '1.2.0'",
            limits: "A Podfile is Ruby and could read the variable itself; Podfile.lock would then hold the \
                 token, so the rewrite does not do so. The clones of specs repositories under \
                 ~/.cocoapods/repos are git repositories with remotes of their own.",
            sources: &[
                "https://guides.cocoapods.org/syntax/podfile.html",
                "https://guides.cocoapods.org/making/private-cocoapods.html",
                API_TOKENS,
            ],
        },
    )
};

/// Carthage runs git with the URL.
pub(crate) const CARTHAGE: Consumer = Consumer {
    lock_command: Some("carthage update --no-build"),
    ..by_git_url(
        Rule::Carthage,
        "Carthage",
        &["Cartfile", "Cartfile.private", "Cartfile.resolved"],
        &[],
        RuleInfo {
            id: "carthage",
            summary: "An app password in a git URL of a Cartfile or Cartfile.resolved",
            why: "Carthage hands the URLs of its Cartfile to git and repeats them in Cartfile.resolved. With \
              an app password git answers HTTP 410 since 2026-07-28; with an API token it takes \
              x-bitbucket-api-token-auth as the username.",
            rewrite: "The password goes, the static username stays and git's credential helper or .netrc \
                  answers: review, with carthage update --no-build to be run for Cartfile.resolved.",
            before: r#"git "https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib-ios.git" ~> 1.2"#,
            after: r#"git "https://x-bitbucket-api-token-auth@bitbucket.org/team/lib-ios.git" ~> 1.2"#,
            limits: "Binary frameworks (binary \"https://…\") from the downloads of a repository are fetched \
                 over HTTP: those URLs take the email and are told, not changed.",
            sources: &[
                "https://github.com/Carthage/Carthage/blob/master/Documentation/Artifacts.md",
                API_TOKENS,
            ],
        },
    )
};

/// The Swift Package Manager runs git with the URL.
pub(crate) const SWIFTPM: Consumer = Consumer {
    lock_command: Some("swift package resolve"),
    ..by_git_url(
        Rule::Swiftpm,
        "Swift Package Manager",
        &["Package.swift", "Package@swift-*.swift", "Package.resolved"],
        &[
            "Xcode has accounts of its own for Bitbucket (Settings > Accounts): put the token there as well",
        ],
        RuleInfo {
            id: "swiftpm",
            summary: "An app password in a package URL of Package.swift or Package.resolved",
            why: "The Swift Package Manager hands the URL of a package to git and repeats it in \
              Package.resolved, user and password and all. With an app password git answers HTTP 410 \
              since 2026-07-28; with an API token it takes x-bitbucket-api-token-auth as the username.",
            rewrite: "The password goes, the static username stays and git's credential helper or .netrc \
                  answers: review, with swift package resolve to be run for Package.resolved.",
            before: r#".package(url: "https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib-ios.git", from: "1.2.0"),"#,
            after: r#".package(url: "https://x-bitbucket-api-token-auth@bitbucket.org/team/lib-ios.git", from: "1.2.0"),"#,
            limits: "Packages that an Xcode project names itself (project.pbxproj) are reported under \
                 url-userinfo.",
            sources: &[
                "https://docs.swift.org/package-manager/PackageDescription/PackageDescription.html",
                "https://github.com/swiftlang/swift-package-manager/blob/main/Documentation/Usage.md",
                API_TOKENS,
            ],
        },
    )
};
