#!/usr/bin/env bash
# Downloads a Debian package and unpacks it, uninstalled, with those of its libraries that the machine lacks.
#   unpack_package.sh PACKAGE DIRECTORY     then DIRECTORY/usr/… is there; add DIRECTORY/libraries to LD_LIBRARY_PATH
set -euo pipefail
package=${1:?usage: unpack_package.sh PACKAGE DIRECTORY}
directory=${2:?usage: unpack_package.sh PACKAGE DIRECTORY}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$directory/libraries" "$directory/download"
cd "$directory/download"

# root's downloads would go to the user _apt, who may not write here.
download() { apt-get -qq -o APT::Sandbox::User=root download "$@" >apt.log 2>&1; }
download_or_refresh() {
  download "$1" || { "$here/install.sh" --refresh-lists && download "$1"; } || {
    cat apt.log >&2
    echo "unpack_package.sh: could not download Debian's package $1" >&2
    return 1
  }
}
unpack() { dpkg-deb -x "$(find . -name "$1_*.deb" | head -n 1)" ..; }

# missing_libraries PACKAGE: those that it needs and that are neither installed nor unpacked here.
missing_libraries() {
  dpkg-deb -f "$(find . -name "$1_*.deb" | head -n 1)" Depends | tr ',' '\n' |
    sed 's/|.*//; s/(.*//; s/ //g; s/:any//' | grep '^lib' |
    while read -r library; do
      dpkg-query -W -f='${db:Status-Status}' "$library" 2>/dev/null | grep -q '^installed' ||
        [ -n "$(find . -name "${library}_*.deb")" ] || echo "$library"
    done
}
unpack_with_libraries() {
  local library
  download_or_refresh "$1"
  unpack "$1"
  for library in $(missing_libraries "$1"); do unpack_with_libraries "$library"; done
}

unpack_with_libraries "$package"
find .. -path ../libraries -prune -o -name '*.so*' -path '*-linux-gnu*' -exec ln -sf -t ../libraries {} +
