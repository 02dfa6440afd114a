#!/usr/bin/env bash
# Installs what Footfall needs on Debian 12, and only what is missing.
#
#   scripts/setup.sh run        what ./run needs: compiler, libraries, Node.js, npm packages
#   scripts/setup.sh functions  that, and what scripts/build_zips.sh needs besides
#   scripts/setup.sh cross      that, and a compiler and a processor for arm64 (qemu), for scripts/build_zips.sh arm64 on
#                               x86-64
#   scripts/setup.sh test       all but those two, and what ./test needs besides: test libraries, a browser, clang's
#                               tools, Django, cloud/'s packages
#   scripts/setup.sh coverage   that, and what scripts/coverage.sh needs
#
# Does nothing, in a blink, when nothing is missing. Needs root or sudo only when Debian packages are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

packages_run=(
  g++ cmake ninja-build ccache git ca-certificates pkg-config
  libboost1.81-dev libboost-json1.81-dev libtomlplusplus-dev libcli11-dev libre2-dev libmaxminddb-dev libssl-dev
  zlib1g-dev libisal-dev libxxhash-dev libcairo2-dev
)
packages_functions=(zip unzip)
packages_cross=(g++-aarch64-linux-gnu qemu-user-static)
packages_test=(
  libgtest-dev libgmock-dev libbenchmark-dev
  chromium fonts-dejavu-core
  clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev
  nginx-light caddy redis-server wrk goaccess njs
  strace curl openssl python3 libxml2-utils
  python3-django gunicorn python3-uvicorn
)
packages_coverage=(gcovr)

# Prints those of the named Debian packages that are not installed.
missing_packages() {
  local installed package
  installed=$'\n'$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)$'\n'
  for package in "$@"; do
    case $installed in
      *$'\n'"installed $package"$'\n'*) ;;
      *) echo "$package" ;;
    esac
  done
}

# Debian starts and enables a server as soon as it is installed. The tests start their own, so nothing must listen.
without_services() {
  local policy=/usr/sbin/policy-rc.d status=0
  if [ -e $policy ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
  as_root chmod 755 $policy
  "$@" || status=$?
  as_root rm -f $policy
  return $status
}

# Reads apt-get's status messages and shows how far it is.
show_progress() {
  local line kind field percent shown='' shown_percent=0
  while IFS= read -r line; do
    case $line in
      dlstatus:*) kind=downloading ;;
      pmstatus:*) kind=installing ;;
      *) continue ;;
    esac
    for field in ${line//:/ }; do
      if [[ $field =~ ^([0-9]+)\.[0-9]+$ ]]; then
        percent=$((BASH_REMATCH[1] / 10 * 10))
        if [ "$shown" != $kind ]; then
          printf '%s    %s ' "${shown:+$'\n'}" $kind >&2
          shown=$kind shown_percent=-1
        fi
        if [ $percent -gt "$shown_percent" ]; then
          printf '%s%% ' $percent >&2
          shown_percent=$percent
        fi
        break
      fi
    done
  done
  if [ -n "$shown" ]; then printf '\n' >&2; fi
}

# Runs apt-get with its status messages on standard output and all else in a log. Its status messages need a file of
# their own: apt switches that file to non-blocking, and a package's script that prints there would fail.
apt_with_status() {
  local log=$1
  shift
  # shellcheck disable=SC2016 # the inner shell expands these
  as_root bash -c 'exec 3>&1 >>"$0" 2>&1 </dev/null; exec "$@"' "$log" \
    env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o APT::Status-Fd=3 -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

install_packages() {
  command -v apt-get >/dev/null ||
    fail "these Debian packages are missing, and there is no apt-get to install them with: $*"
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "run this as root, or install sudo first. Missing Debian packages: $*"
  fi
  say "installing Debian packages: $*"
  local log=build/setup.log had_nginx=no had_caddy=no
  mkdir -p build
  : >$log
  apt_with_status $log update >/dev/null || say "apt-get update failed (see $log); going on with the lists that are there"
  if [ -x /usr/sbin/nginx ]; then had_nginx=yes; fi
  if [ -x /usr/bin/caddy ]; then had_caddy=yes; fi
  if ! without_services apt_with_status $log install --no-install-recommends "$@" | show_progress; then
    tail -n 30 $log >&2
    fail "apt-get could not install the packages (its last words are above, the rest is in $log). Footfall is built" \
      "on Debian 12 (bookworm); this is $(. /etc/os-release && echo "$PRETTY_NAME")."
  fi
  if [ $had_nginx = no ] && [ -x /usr/sbin/nginx ]; then as_root update-rc.d nginx disable >/dev/null 2>&1 || true; fi
  if [ $had_caddy = no ] && [ -x /usr/bin/caddy ]; then as_root systemctl disable caddy >/dev/null 2>&1 || true; fi
}

# Debian 12 has Node.js 18, too old for the web tools; a newer one comes as an npm package, pinned in scripts/node.
install_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    mapfile -t missing < <(missing_packages nodejs npm)
    if [ ${#missing[@]} -gt 0 ]; then install_packages "${missing[@]}"; fi
  fi
  if node_is_new_enough; then return; fi
  say "installing a newer Node.js into build/tools ($(node --version) is too old for the web tools)"
  mkdir -p build/tools
  cp .npmrc scripts/node/package.json scripts/node/package-lock.json build/tools/
  (cd build/tools && npm ci --loglevel=error >&2) || fail "npm could not install Node.js (see above)"
  # npm 9 leaves the commands of optional packages out of node_modules/.bin.
  mkdir -p build/tools/bin
  (
    cd build/tools/bin
    ln -sf ../node_modules/node-linux-*/bin/node node
    ln -sf ../node_modules/npm/bin/npm-cli.js npm
    ln -sf ../node_modules/npm/bin/npx-cli.js npx
  )
  use_node
  node_is_new_enough || fail "the Node.js in build/tools does not work on this machine"
}

# npm_packages FOLDER: installs what its lock file names, unless that is there. The stamp lies inside node_modules, so
# that removing the folder removes it too.
npm_packages() {
  local folder=$1 key stamp=$1/node_modules/.footfall-lock
  key=$(cat "$folder/package.json" "$folder/package-lock.json" .npmrc | sha256sum)" $(uname -m)"
  if [ "$key" = "$(cat "$stamp" 2>/dev/null)" ]; then return; fi
  say "installing npm packages from $folder/package-lock.json"
  (cd "$folder" && npm ci --loglevel=error >&2) || fail "npm could not install the packages (see above)"
  if [ "$folder" = . ]; then
    local library
    library=$(echo node_modules/@duckdb/node-bindings-linux-*/libduckdb.so)
    [ -f "$library" ] || fail "package-lock.json has no DuckDB library for $(uname -s) on $(uname -m)"
  fi
  echo "$key" >"$stamp"
}

case ${1:-} in
  run) packages=("${packages_run[@]}") ;;
  functions) packages=("${packages_run[@]}" "${packages_functions[@]}") ;;
  cross) packages=("${packages_run[@]}" "${packages_functions[@]}" "${packages_cross[@]}") ;;
  test) packages=("${packages_run[@]}" "${packages_functions[@]}" "${packages_test[@]}") ;;
  coverage) packages=("${packages_run[@]}" "${packages_functions[@]}" "${packages_test[@]}" "${packages_coverage[@]}") ;;
  *)
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac

mapfile -t missing < <(missing_packages "${packages[@]}")
if [ ${#missing[@]} -gt 0 ]; then install_packages "${missing[@]}"; fi

if [ -d build/tools ] && ! cmp -s scripts/node/package-lock.json build/tools/package-lock.json; then rm -rf build/tools; fi
use_node
node_is_new_enough || install_node
npm_packages .
case $1 in test | coverage) npm_packages cloud ;; esac
