#!/usr/bin/env bash
# As unpack_package.sh, but what is already there stays, and of several that ask at once one does the work.
#   unpack_once.sh PACKAGE DIRECTORY
set -euo pipefail
package=${1:?usage: unpack_once.sh PACKAGE DIRECTORY}
directory=${2:?usage: unpack_once.sh PACKAGE DIRECTORY}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$(dirname "$directory")"
exec 9>"$directory.lock"
flock 9
[ -e "$directory/complete" ] && exit 0
rm -rf "$directory"
"$here/unpack_package.sh" "$package" "$directory"
touch "$directory/complete"
