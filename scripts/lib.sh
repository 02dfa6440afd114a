# shellcheck shell=bash
#
# What run, test and the scripts share: messages, root, and which Node.js they use.
#
# To be sourced by bash from the root of the checkout.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() {
  printf 'footfall: %s\n' "$*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Runs a command whose output matters only when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# Vite needs Node.js 20.19, or 22.12 and later; an npm must come with it.
node_is_new_enough() {
  command -v npm >/dev/null || return 1
  local major minor
  IFS=. read -r major minor _ < <(node --version 2>/dev/null | tr -d v) || return 1
  [ -n "${minor:-}" ] || return 1
  case $major in
    20) [ "$minor" -ge 19 ] ;;
    22) [ "$minor" -ge 12 ] ;;
    *) [ "$major" -gt 22 ] ;;
  esac
}

# setup.sh puts a Node.js of its own here when the system has none that is new enough.
use_node() {
  if [ -x build/tools/bin/node ]; then PATH="$PWD/build/tools/bin:$PATH"; fi
}

# How many compilers at once: one a core, but each may need 1 GiB of memory.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  if [ "$memory" -lt "$cores" ]; then cores=$memory; fi
  if [ "$cores" -lt 1 ]; then cores=1; fi
  echo "$cores"
}

# Configures a CMake preset when it never was, or when what it was configured from has changed. Ninja sees to the
# CMakeLists by itself.
configure() {
  local preset=$1 stamp=build/$1/.configured
  if [ -f "$stamp" ] && [ -f "build/$preset/build.ninja" ] &&
    [ ! CMakePresets.json -nt "$stamp" ] && [ ! node_modules/.footfall-lock -nt "$stamp" ]; then
    return
  fi
  say "configuring $preset"
  quietly cmake --preset "$preset"
  touch "$stamp"
}

# build PRESET [TARGET…]
build() {
  local preset=$1
  shift
  configure "$preset"
  cmake --build --preset "$preset" --parallel "$(build_jobs)" ${1:+--target "$@"}
}
