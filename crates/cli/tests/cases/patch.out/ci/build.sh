#!/bin/bash
set -eu
git clone https://ci-bot:ATBBexampleNotARealSecret0010A1B2C3D@bitbucket.org/acme/app.git
git clone https://x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}@bitbucket.org/acme/right.git
