#!/bin/sh
# Build the image `authservice` with the first engine that works: docker, podman or buildah. Options go to its `build`.
# Choose one yourself with ENGINE=podman.
set -eu
cd "$(dirname "$0")/.."

works() {
    command -v "$1" >/dev/null || return 1
    [ "$1" != docker ] || docker version >/dev/null 2>&1 # a client without its engine builds nothing
}

version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' authservice/__init__.py)
for engine in ${ENGINE:-docker podman buildah}; do
    works "$engine" || continue
    # The OCI format has no place for a health check; docker's own has, and docker knows no such option.
    [ "$engine" = docker ] || set -- --format docker "$@"
    echo "Building the image authservice, version $version, with $engine …"
    exec "$engine" build --build-arg VERSION="$version" --tag authservice "$@" .
done
echo "No working ${ENGINE:-docker, podman or buildah} is here to build the image with; install one (docker also needs its engine running)." >&2
exit 1
