#!/bin/sh
# hermesworkers' endpoints, one after the other, as its users call them: its API token is our client token, its lifecycle calls
# take the operator's.
set -eu
instance() {
  method=$1 path=/api/instance/$2
  printf '\n%s %s\n' "$method" "$path"
  curl --fail-with-body -sS -X "$method" -H "Authorization: Bearer $TOKEN" "$URL$path"
}
chat() {
  printf '\nPOST /v1/chat/completions\n'
  curl --fail-with-body -sSN -H "Authorization: Bearer $API_TOKEN" -H "Content-Type: application/json" -d "$1" \
    "$URL/v1/chat/completions"
}
instance POST wake
chat '{"model": "hermes", "messages": [{"role": "user", "content": "one"}]}'
chat '{"model": "hermes", "messages": [{"role": "user", "content": "two"}], "stream": true}'
instance POST restart-gateway
instance POST restart
instance GET logs
instance POST stop
instance POST wake
chat '{"model": "hermes", "messages": [{"role": "user", "content": "three"}]}'
