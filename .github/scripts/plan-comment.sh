#!/bin/sh
# plan-comment.sh STACK FILE: a preview as a comment in Markdown, on standard output. GitHub takes 65536 characters, so a long
# one is cut, and says so. A stack that reports a cost has its line above the plan.
set -eu
stack=$1
file=$2
longest=60000
[ -s "$file" ] || { printf '### `pulumi preview` of stack `%s`\n\nIt wrote nothing; the job'\''s log says why.\n' "$stack"; exit 0; }
printf '### `pulumi preview` of stack `%s`\n\n' "$stack"
grep -E '^ *(Resources:|[+~-] *[0-9]+ to (create|update|delete)|\+-[0-9]+ to replace|[0-9]+ unchanged)' "$file" | sed 's/^ */    /' || true
sed -n 's/^ *cost *: *"\(.*\)"$/\nCost: \1/p' "$file"
# A fence longer than any in the plan keeps the plan from ending it.
printf '\n<details><summary>The plan</summary>\n\n`````````text\n'
head -c "$longest" "$file"
printf '\n`````````\n'
[ "$(wc -c <"$file")" -le "$longest" ] || printf '\nCut here; the whole plan is in the log of the job.\n'
printf '\n</details>\n'
