#!/bin/sh
# plan-comment.sh STACK FILE: a preview as a comment in Markdown, on standard output. GitHub takes 65536 characters, so a long
# one is cut, and says so. What a month would cost stands above the plan, and what the plan makes of it, if it does.
set -eu
stack=$1
file=$2
longest=60000
[ -s "$file" ] || { printf '### `pulumi preview` of stack `%s`\n\nIt wrote nothing; the job'\''s log says why.\n' "$stack"; exit 0; }
printf '### `pulumi preview` of stack `%s`\n\n' "$stack"
grep -E '^ *(Resources:|[+~-] *[0-9]+ to (create|update|delete)|\+-[0-9]+ to replace|[0-9]+ unchanged)' "$file" | sed 's/^ */    /' || true
cost() { grep -o -m 1 "$1.*" "$file" | sed 's/^/\n/' || true; }
cost 'Cloudflare would charge about \$'
cost "a month's cost " | sed 's/^a /Against what is deployed: a /'
# A fence longer than any in the plan keeps the plan from ending it.
printf '\n<details><summary>The plan</summary>\n\n`````````text\n'
head -c "$longest" "$file"
printf '\n`````````\n'
[ "$(wc -c <"$file")" -le "$longest" ] || printf '\nCut here; the whole plan is in the log of the job.\n'
printf '\n</details>\n'
