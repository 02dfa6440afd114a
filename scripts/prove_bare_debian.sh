#!/usr/bin/env bash
# Proves that a fresh clone in a fresh Debian 12 works: ./run starts and its pages answer, and ./test passes.
#
#   scripts/prove_bare_debian.sh [--folder DIR] [--working-tree] [--only STEP] [--keep] [-- OPTIONS OF ./test]
#
#   --folder DIR     where the system goes (default build/bare-debian; 5 GB); a system that is there is used again as it is
#   --working-tree   take the files as they are now, committed or not, instead of a clone of HEAD
#   --only STEP      stop after: system, setup, run
#   --keep           leave the system there for a look (as: chroot DIR); else it is removed after success
#
# The new system holds nothing but what debootstrap calls minimal, git and ca-certificates. It reaches the package
# registries the way this machine does: apt's sources and its Acquire settings, npm's settings, the certificates
# this machine trusts and the proxy variables are carried over. Needs root and the Debian package debootstrap.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

folder=build/bare-debian from=clone only='' keep=no
while [ $# -gt 0 ]; do
  case $1 in
    --folder) folder=$2 && shift ;;
    --working-tree) from=working-tree ;;
    --only) only=$2 && shift ;;
    --keep) keep=yes ;;
    --) shift && break ;;
    *)
      sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
      exit 2
      ;;
  esac
  shift
done
[ "$(id -u)" -eq 0 ] || fail "this needs root: debootstrap, mount, chroot"
command -v debootstrap >/dev/null || fail "debootstrap is not installed"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

server=
finish() {
  local status=$?
  trap - EXIT
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
  # Innermost first; nothing below the folder may be removed while /dev or the like is still mounted there.
  awk -v root="$folder/" 'index($2, root) == 1 { print $2 }' /proc/mounts | sort -r |
    while read -r mounted; do umount "$mounted" 2>/dev/null || umount -l "$mounted"; done
  if [ $status -eq 0 ] && [ $keep = no ]; then rm -rf --one-file-system "$folder"; fi
  exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

timed() {
  local name=$1 start=$SECONDS
  shift
  say "$name"
  "$@"
  printf 'proof: %-34s %5d s\n' "$name" $((SECONDS - start)) | tee -a "$folder.times"
}

# The first Debian archive among this machine's sources; the rest of them follow once the system is there.
sources() {
  # shellcheck disable=SC2016 # apt expands these
  apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    grep -E ' bookworm(-updates|-security)? ' | sort -u
}

make_system() {
  local mirror
  mirror=$(sources | awk '$3 == "bookworm" { print $2; exit }')
  [ -n "$mirror" ] || fail "no Debian 12 archive among this machine's apt sources"
  debootstrap --variant=minbase --include=git,ca-certificates bookworm "$folder" "$mirror" >"$folder.log" 2>&1 || {
    tail -n 20 "$folder.log" >&2
    fail "debootstrap failed; all it said is in $folder.log"
  }
}

carry_over_settings() {
  local certificates=/usr/local/share/host-certificates.crt
  sources >"$folder/etc/apt/sources.list"
  apt-config dump | grep '^Acquire::' | grep -vE '^Acquire::(IndexTargets|Changelogs|CompressionTypes|cdrom)' \
    >"$folder/etc/apt/apt.conf.d/90host" || true
  if [ -d /etc/apt/auth.conf.d ]; then cp -a /etc/apt/auth.conf.d "$folder/etc/apt/"; fi
  if [ -f "$HOME/.npmrc" ]; then cp "$HOME/.npmrc" "$folder/root/.npmrc"; fi
  cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
  cp -L "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$folder$certificates"

  environment=(HOME=/root USER=root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LANG=C.UTF-8
    "NODE_EXTRA_CA_CERTS=$certificates" "SSL_CERT_FILE=$certificates" "GIT_SSL_CAINFO=$certificates"
    "npm_config_cafile=$certificates")
  local name
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY npm_config_registry; do
    if [ -n "${!name:-}" ]; then environment+=("$name=${!name}"); fi
  done
}

mount_kernel() {
  mount -t proc proc "$folder/proc"
  mount -t sysfs sysfs "$folder/sys"
  mount --bind /dev "$folder/dev"
  mount -t tmpfs tmpfs "$folder/dev/shm"
  mount -t devpts devpts "$folder/dev/pts" -o newinstance,ptmxmode=0666
  mount -t tmpfs tmpfs "$folder/run"
}

inside() { chroot "$folder" /usr/bin/env -i "${environment[@]}" "$@"; }
in_checkout() { inside bash -c 'cd /root/footfall && exec "$@"' - "$@"; }

bring_checkout() {
  rm -rf "$folder/root/footfall"
  if [ $from = clone ]; then
    git clone --quiet --no-hardlinks "$PWD" "$folder/root/footfall"
  else
    mkdir "$folder/root/footfall"
    git ls-files -z --cached --others --exclude-standard |
      while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
      tar --create --null --files-from - | tar --extract --directory "$folder/root/footfall"
    git -C "$folder/root/footfall" init --quiet --initial-branch main
  fi
  # The tests know what to do with a real web server log, where there is one.
  if [ -n "${FOOTFALL_REAL_LOG:-}" ]; then
    cp "$FOOTFALL_REAL_LOG" "$folder/root/"
    environment+=("FOOTFALL_REAL_LOG=/root/${FOOTFALL_REAL_LOG##*/}")
  fi
}

# Starts ./run on a free port and waits for its first line on standard output; sets `server` and `address`.
start() {
  local patience=$1 output=$folder/root/run.out
  : >"$output"
  chroot "$folder" /usr/bin/env -i "${environment[@]}" FOOTFALL_LISTEN=127.0.0.1:0 \
    bash -c 'cd /root/footfall && exec ./run' >"$output" 2> >(sed 's/^/    /' >&2) &
  server=$!
  local deadline=$((SECONDS + patience))
  until address=$(sed -n 's/^listening on //p' "$output") && [ -n "$address" ]; do
    kill -0 "$server" 2>/dev/null || fail "./run ended before it listened"
    [ $SECONDS -lt $deadline ] || fail "./run did not listen within $patience s"
    sleep 0.1
  done
}

# Bash speaks HTTP well enough for this, and a bare system has no curl.
expect_page() {
  local path=$1 want=$2 host=${address#http://} status
  exec 3<>"/dev/tcp/${host%:*}/${host##*:}"
  # In one piece, which the printf of bash is not.
  cat <<<"GET $path HTTP/1.1"$'\r\nHost: localhost\r\nConnection: close\r\n\r' >&3
  status=$(head -n 1 <&3 | tr -d '\r')
  exec 3>&-
  [[ $status == "HTTP/1.1 $want"* ]] || fail "GET $path: expected $want, got $status"
  say "GET $path: $status"
}

stop() {
  local status=0
  kill -TERM "$server"
  wait "$server" || status=$?
  server=
  [ $status -eq 0 ] || fail "./run ended with $status after SIGTERM"
}

run_first_time() {
  start 1500
  expect_page / 200
  expect_page /dashboard 200
  expect_page /livez 200
  stop
}

run_again() {
  local begin=${EPOCHREALTIME/[.,]/}
  start 60
  local milliseconds=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
  stop
  say "the second ./run listened after $milliseconds ms"
  [ $milliseconds -lt 3000 ] || fail "the second ./run took longer than 3 s"
}

: >"$folder.times"
fresh="a fresh Debian 12"
if [ -f "$folder/etc/debian_version" ]; then fresh="a Debian 12 that was used before"; else timed "debootstrap" make_system; fi
carry_over_settings
mount_kernel
timed "a fresh checkout" bring_checkout
if [ "$only" = system ]; then exit; fi
if [ "$only" = setup ]; then
  timed "setup.sh run" in_checkout scripts/setup.sh run
  timed "setup.sh run, again" in_checkout scripts/setup.sh run
  timed "setup.sh test" in_checkout scripts/setup.sh test
  timed "setup.sh test, again" in_checkout scripts/setup.sh test
  exit
fi
timed "./run" run_first_time
timed "./run, again" run_again
if [ "$only" = run ]; then exit; fi
timed "./test $*" in_checkout ./test "$@"
say "proved: a fresh checkout works in $fresh"
cat "$folder.times"
