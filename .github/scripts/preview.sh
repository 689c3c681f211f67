#!/bin/sh
# preview.sh STACK FILE: writes what `pulumi up` would change into FILE, and shows it. The stack's state is refreshed first
# (Pulumi.yaml), so a change made by hand shows, too.
set -u
stack=$1
file=$2
${PULUMI:-npm run --silent pulumi --} preview --stack "$stack" --diff --color never --suppress-progress --non-interactive >"$file" 2>&1
code=$?
cat "$file"
exit $code
