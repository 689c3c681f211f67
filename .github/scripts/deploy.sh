#!/bin/sh
# deploy.sh STACK: `pulumi up`, then a preview that fails when anything is left to do.
set -eu
stack=$1
pulumi=${PULUMI:-npm run --silent pulumi --}
$pulumi up --stack "$stack" --yes --skip-preview --color never --suppress-progress --non-interactive
$pulumi preview --stack "$stack" --expect-no-changes --color never --suppress-progress --non-interactive
