#!/usr/bin/env bash
# Puts the arm64 libraries that the Lambda functions are linked with into build/arm64, without touching the system's own.
#
# Debian's packages, by an apt that keeps its lists and its cache in build/arm64. Does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

packages=(libssl-dev libssl3 libboost-json1.81-dev libboost-container1.81-dev libre2-dev zlib1g-dev)
folder=$PWD/build/arm64
stamp=$folder/.packages
wanted="${packages[*]}"
if [ "$wanted" = "$(cat "$stamp" 2>/dev/null)" ]; then exit; fi

command -v aarch64-linux-gnu-g++ >/dev/null || scripts/setup.sh cross
rm -rf "$folder"
mkdir -p "$folder"/{state/lists/partial,cache/archives/partial,root}
touch "$folder/state/status"
apt_arm64() {
  apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$folder/state" \
    -o Dir::State::status="$folder/state/status" -o Dir::Cache="$folder/cache" -o APT::Sandbox::User= "$@"
}
say "fetching ${packages[*]} for arm64 into build/arm64"
quietly apt_arm64 update
(cd "$folder/cache" && quietly apt_arm64 download "${packages[@]}")
for package in "$folder"/cache/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
rm -rf "$folder/cache" "$folder/state"
[ -f "$folder/root/usr/lib/aarch64-linux-gnu/libcrypto.a" ] || fail "libssl-dev for arm64 has no libcrypto.a"
# Boost's headers are the same on every machine; those of the C library beside them are not.
mkdir -p "$folder/boost"
ln -sfn /usr/include/boost "$folder/boost/boost"
echo "$wanted" >"$stamp"
