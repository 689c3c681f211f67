#!/bin/sh
# hermes-flare's endpoints, one after the other, as its users call them. Changed: the token is a header and no longer stands in
# the URL, and a wake comes first, since its status woke the bot and ours does not.
set -eu
api() {
  method=$1 path=$2
  printf '\n%s %s\n' "$method" "$path"
  curl --fail-with-body -sS -X "$method" -H "Authorization: Bearer $TOKEN" "$URL$path"
}
printf 'GET /health\n'
curl --fail-with-body -sS "$URL/health"
api POST /api/wake
api GET /api/status
api GET /api/logs
api GET /api/slack-manifest
api POST /api/snapshot
api POST /api/kill
api GET /api/status
