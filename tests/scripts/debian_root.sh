#!/usr/bin/env bash
# Makes a minimal Debian 12 out of packages, from the mirrors that this machine's apt is set up with.
#   debian_root.sh FILE.tar [OPTION…]     OPTION: mmdebstrap's, as --include=systemd; a file that is there is kept
# Needs root and mmdebstrap. Manual pages and translations stay out, as in Debian's own slim images.
set -euo pipefail
target=${1:?usage: debian_root.sh FILE.tar [OPTION…]}
shift
[ ! -f "$target" ] || exit 0

# Only files that name the suite itself: a machine has others, which a bare Debian has not.
mapfile -t sources < <(grep -lsE '(^|[[:space:]])bookworm([[:space:]]|$)' /etc/apt/sources.list \
  /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources)
if [ ${#sources[@]} -eq 0 ]; then
  echo "debian_root.sh: this machine's apt knows no mirror of Debian 12 (bookworm)" >&2
  exit 1
fi
mkdir -p "$(dirname "$target")"
part=${target%.tar}.part.tar
log=$(mktemp)
trap 'rm -f "$log" "$part"' EXIT
mmdebstrap --variant=minbase --mode=root --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' "$@" bookworm "$part" "${sources[@]}" >"$log" 2>&1 || {
  tail -n 20 "$log" >&2
  exit 1
}
mv "$part" "$target"
