#!/usr/bin/env bash
# Installs what is missing of a group of packages.txt: as root, or by sudo where it asks no question.
#   install.sh [--ask] build|image|runtime
#   install.sh --refresh-lists       apt-get update, nothing else
# --ask: on a terminal, asks first and lets sudo ask for a password.
# Exit: 0 all there, 1 apt-get failed, 2 not allowed to install (the one command to run is printed).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

ask=no
if [ "${1:-}" = --ask ]; then
  [ -t 0 ] && [ -t 1 ] && ask=yes
  shift
fi
group=${1:?usage: install.sh [--ask] build|image|runtime}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
as_root=()
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1; }

# Sets as_root, or tells that this user may not.
become_root() {
  [ "$(id -u)" -eq 0 ] && return 0
  command -v sudo >/dev/null || return 1
  as_root=(sudo)
  [ $ask = yes ] || { as_root=(sudo -n) && sudo -n true 2>/dev/null; }
}

if [ "$group" = --refresh-lists ]; then
  become_root && apt update && exit 0
  cat "$log" >&2
  exit 1
fi

group_packages() { awk -v group="[$group]" '/^#/ || NF == 0 {next} /^\[/ {mine = ($1 == group); next} mine' "$here/packages.txt"; }
is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=()
for package in $(group_packages); do
  is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "install.sh: no apt-get here; this needs Debian 12 with: ${missing[*]}" >&2
  exit 2
fi
command="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
if ! become_root; then
  printf 'install.sh: packages are missing and this user may not install them; run as root:\n  %s\n' "$command" >&2
  exit 2
fi
if [ $ask = yes ]; then
  printf 'These Debian packages are missing:\n  %s\nInstall them now? [Y/n] ' "${missing[*]}"
  read -r answer
  case $answer in
    '' | [yY]*) ;;
    *)
      printf 'Nothing was installed. The command, when you want it (as root):\n  %s\n' "$command"
      exit 2
      ;;
  esac
fi

# An old list names versions that are gone, so a failed first try is no verdict.
install() { apt install -y --no-install-recommends "${missing[@]}"; }
echo "installing ${#missing[@]} packages: ${missing[*]}"
if ! install && ! { apt update && install; }; then
  cat "$log" >&2
  echo "install.sh: apt-get could not install: ${missing[*]}" >&2
  exit 1
fi
