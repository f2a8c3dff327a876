#!/usr/bin/env bash
# The promise to a new user, on a Debian 12 that has nothing: what is missing is refused with the one command where it
# may not be installed, and installed where it may; then daemon/try.sh and the quick checks run, as root and as an
# ordinary user. Only a clone of what is committed is copied in; the compiler's cache is lent.
# Exit: 0 passed, 1 failed, 77 not run, with the reason in words.
set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top" || exit 1
if [ "$(id -u)" -ne 0 ]; then
  echo "bare_debian.sh: not run: making and entering a root folder needs root"
  exit 77
fi
if ! tests/scripts/install.sh image; then
  echo "bare_debian.sh: not run: mmdebstrap is not to be had"
  exit 77
fi

root=$top/build/bare
trap 'rm -rf --one-file-system "$root"' EXIT
fail() {
  echo "bare_debian.sh: $1" >&2
  exit 1
}

# inside COMMAND…: in the bare root, with mounts and processes of its own that end with it.
inside() {
  unshare --mount --pid --fork --kill-child bash -c '
    root=$1 cache=$2
    shift 2
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/tmp" &&
      mount --bind "$cache" "$root/ccache" || exit 125
    exec chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
      CCACHE_DIR=/ccache CCACHE_BASEDIR=/pannier CCACHE_NOHASHDIR=1 "$@"' bash "$root" "$cache" "$@" </dev/null
}
# The lent cache stays root's: an ordinary user only reads it.
as_user=(setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/somebody CCACHE_READONLY=1 CCACHE_TEMPDIR=/tmp)

make_root() {
  tests/scripts/debian_root.sh build/debian.tar || fail "a bare Debian could not be made"
  rm -rf --one-file-system "$root"
  cache=$(ccache --get-config=cache_dir 2>/dev/null) || cache=$root/ccache
  mkdir -p "$root/ccache" "$cache" && tar -x -f build/debian.tar -C "$root" --numeric-owner || fail "build/debian.tar cannot be unpacked"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  git clone --quiet "$top" "$root/pannier" || fail "the checkout cannot be cloned"
  inside useradd --uid 1000 --create-home somebody || fail "no user could be made"
}

# refuses COMMAND…: an ordinary user without sudo gets exit 2 and the one command, and nothing is installed.
refuses() {
  local output status=0
  output=$(inside "${as_user[@]}" "$@" 2>&1) || status=$?
  printf '%s\n' "$output"
  [ $status -eq 2 ] || fail "$*: exit $status instead of 2"
  [ "$(grep -c 'apt-get update && apt-get install -y' <<<"$output")" -eq 1 ] || fail "$*: not the one command to run"
}
passes() {
  echo "-- $*"
  inside "$@" || fail "$*: exit $?"
}

make_root
refuses /pannier/tests/run.sh
refuses /pannier/daemon/try.sh
passes /pannier/tests/scripts/install.sh build
passes /pannier/daemon/try.sh
passes /pannier/tests/run.sh scripts structure
# All is there now: an ordinary user needs nobody's help. Compiled at the same place, for the cache's sake.
inside chown -R somebody:somebody /pannier
passes "${as_user[@]}" /pannier/daemon/try.sh
passes "${as_user[@]}" /pannier/tests/run.sh scripts structure
# Not as a step, which would build once more, with warnings as errors.
passes "${as_user[@]}" bash -c 'cd /pannier && python3 -m unittest discover -b -s tests/examples -p "*_test.py"'
