#!/usr/bin/env bash
# Runs clang-tidy over the program's own sources (.clang-tidy says which checks); needs a configured dev build.
#
#   scripts/lint.sh [FILE…]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
scripts/setup.sh test
[ -f build/dev/compile_commands.json ] || configure dev
if [ $# -eq 0 ]; then mapfile -t files < <(git ls-files 'src/*.cc' | grep -v -E '_(test|bench|fuzz)\.cc$'); else files=("$@"); fi
printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 4 clang-tidy-14 -p build/dev --quiet \
  --extra-arg=-Wno-unknown-warning-option
