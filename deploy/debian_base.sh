#!/bin/sh
# Make a base image out of Debian's own packages, for machines that reach a Debian mirror but no image registry:
#   deploy/debian_base.sh debian-python [MIRROR]
#   make build ENGINE=buildah ARGS="--build-arg BASE=localhost/debian-python"
# Needs root, debootstrap and buildah. Debian 12 has Python 3.11, without the name `python`.
set -eu
name=${1:?"which name shall the base have? deploy/debian_base.sh debian-python [MIRROR]"}
for tool in debootstrap buildah; do
    command -v "$tool" >/dev/null || { echo "There is no \`$tool\` here: apt-get install $tool" >&2; exit 1; }
done

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$tree" ${2:+"$2"}
rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/*

container=$(buildah from scratch)
buildah add --quiet "$container" "$tree" /
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd python3 "$container"
buildah commit --quiet --rm "$container" "$name"
