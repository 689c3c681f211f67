#!/bin/sh
# build-image.sh IMAGE FOLDER [BUILD OPTION…]: builds container/IMAGE for Cloudflare's platform without pushing it. FOLDER gets
# the history of the layers and, unless SBOM=no, the SBOM: sbom.spdx.json where syft is on PATH (1.54.1 has been tried:
# go install github.com/anchore/syft/cmd/syft@v1.54.1), else in image.tar by buildx, whose builder has to be one of its own.
set -eu
image=$1
folder=$2
shift 2
sbom=${SBOM:-yes}
mkdir -p "$folder"
context=container/exec
[ "$image" = exec ] || context=container # the image of Hermes takes the supervisor of Exec along
set -- --platform linux/amd64 --file "container/$image/Dockerfile" "$@" "$context"
if [ "$sbom" != no ] && ! command -v syft >/dev/null; then
  docker buildx build --provenance=false --sbom=true --output "type=oci,dest=$folder/image.tar" "$@"
fi
docker buildx build --provenance=false --load --tag "talaria-check/$image" "$@"
docker history --no-trunc --format '{{.Size}}\t{{.CreatedBy}}' "talaria-check/$image" >"$folder/history.txt"
docker image inspect --format '{{.Size}}' "talaria-check/$image" >"$folder/bytes.txt"
docker image inspect --format '{{json .Config.Labels}}' "talaria-check/$image" >"$folder/labels.json"
if [ "$sbom" != no ] && command -v syft >/dev/null; then
  docker save --output "$folder/saved.tar" "talaria-check/$image"
  SYFT_CHECK_FOR_APP_UPDATE=false syft scan --quiet --source-name "talaria/$image" \
    --output "spdx-json=$folder/sbom.spdx.json" "docker-archive:$folder/saved.tar"
  rm "$folder/saved.tar"
fi
docker rmi "talaria-check/$image" >/dev/null
cut -c 1-160 "$folder/history.txt"
