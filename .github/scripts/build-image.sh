#!/bin/sh
# build-image.sh IMAGE FOLDER [BUILD OPTION…]: builds container/IMAGE for Cloudflare's platform without pushing it. FOLDER gets
# the SBOM (in image.tar) unless SBOM=no, and the history of the layers.
set -eu
image=$1
folder=$2
shift 2
mkdir -p "$folder"
set -- --platform linux/amd64 --file "container/$image/Dockerfile" "$@" "container/$image"
[ "${SBOM:-yes}" = no ] || docker buildx build --provenance=false --sbom=true --output "type=oci,dest=$folder/image.tar" "$@"
docker buildx build --provenance=false --load --tag "talaria-check/$image" "$@"
docker history --no-trunc --format '{{.Size}}\t{{.CreatedBy}}' "talaria-check/$image" >"$folder/history.txt"
docker image inspect --format '{{.Size}}' "talaria-check/$image" >"$folder/bytes.txt"
docker image inspect --format '{{json .Config.Labels}}' "talaria-check/$image" >"$folder/labels.json"
docker rmi "talaria-check/$image" >/dev/null
cut -c 1-160 "$folder/history.txt"
