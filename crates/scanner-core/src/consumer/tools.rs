//! Tools and services that talk to Bitbucket.
