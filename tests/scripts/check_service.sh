#!/usr/bin/env bash
# The units of systemd/ are understood whole and leave the daemon little to do harm with.
#   check_service.sh BINARY       the pannier that ExecStart= is to name
# systemd-analyze verify ends with 0 whatever it finds: what it prints is its verdict.
set -uo pipefail
binary=$(realpath "${1:?usage: check_service.sh BINARY}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
most_exposure=25 # in tenths: 2.5

units=$(mktemp -d)
trap 'rm -rf "$units"' EXIT
cp systemd/*.service systemd/*.socket "$units"
sed -i "s#/usr/bin/pannier#$binary#" "$units/pannier.service"
status=0

said=$(systemd-analyze verify --man=no "$units"/*.service "$units"/*.socket 2>&1) || status=1
if [ -n "$said" ]; then
  printf 'systemd-analyze verify says:\n%s\n' "$said" >&2
  status=1
fi
systemd-analyze security --offline=true --threshold=$most_exposure --no-pager "$units/pannier.service" >"$units/exposure" || {
  cat "$units/exposure" >&2
  status=1
}
grep 'Overall exposure level' "$units/exposure"

# The socket units hand over by the listeners' names, with what those need.
for pair in stream:unix_stream datagram:unix_datagram udp:udp http:http_malti; do
  grep -qx "FileDescriptorName=${pair#*:}" "systemd/pannier-${pair%:*}.socket" || {
    echo "systemd/pannier-${pair%:*}.socket does not name ${pair#*:}" >&2
    status=1
  }
done
exit $status
