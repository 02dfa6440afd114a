#!/usr/bin/env bash
# Makes the zips of the Lambda functions: build/lambda/footfall-x86_64.zip, build/lambda/footfall-arm64.zip.
#
#   scripts/build_zips.sh [x86_64] [arm64]   those named; without a name, that of this machine
#
# Each holds one file, `bootstrap`, that brings along all but glibc 2.34: it runs on Amazon Linux 2023 (provided.al2023).
# The same sources make the same zip. Needs what `scripts/setup.sh functions` installs; it runs that by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

zip_bytes_max=4194304
machine=$(uname -m | sed 's/aarch64/arm64/')
wanted=("$@")
if [ ${#wanted[@]} -eq 0 ]; then wanted=("$machine"); fi
for one in "${wanted[@]}"; do
  case $one in
    x86_64 | arm64) ;;
    *)
      sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
      exit 2
      ;;
  esac
done

scripts/setup.sh functions
use_node
folder=build/lambda-zip
for one in "${wanted[@]}"; do
  preset=lambda
  if [ "$one" != "$machine" ]; then
    [ "$one" = arm64 ] || fail "x86_64 is not built on arm64"
    preset=lambda-arm64
    scripts/arm64_libraries.sh
  fi
  build $preset
  rm -rf $folder
  mkdir -p $folder build/lambda
  cp "build/$preset/lambda/bootstrap" $folder/bootstrap
  chmod 755 $folder/bootstrap
  # The zip tells nothing of when it was made.
  touch -d '2020-01-01T00:00:00Z' $folder/bootstrap
  made=$PWD/build/lambda/footfall-$one.zip
  rm -f "$made"
  (cd $folder && TZ=UTC zip -q -9 -X "$made" bootstrap)
  bytes=$(stat -c %s "$made")
  [ "$bytes" -le $zip_bytes_max ] || fail "$made has $bytes bytes, more than $zip_bytes_max"
  say "$made: $bytes bytes"
done
