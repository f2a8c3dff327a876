#!/usr/bin/env bash
# Lets Prometheus' own promtool look at a real scrape: names, types, help. promtool is Debian's, unpacked under build/.
#   promtool.sh [BINARY]     exit 0: no complaint
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
pannier=${1:-$top/build/release/daemon/pannier}
tools=$top/build/promtool
folder=$(mktemp -d)
daemon=
end() {
  [ -z "$daemon" ] || { kill "$daemon" && wait "$daemon" || true; }
  rm -rf "$folder"
}
trap end EXIT

if [ ! -x "$tools/promtool" ]; then
  mkdir -p "$tools"
  "$top/tests/scripts/unpack_package.sh" prometheus "$folder/prometheus"
  mv "$folder/prometheus/usr/bin/promtool" "$tools/promtool"
fi

port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$folder/pannier.yaml" <<END
receive:
  unix_stream: { path: "$folder/pannier.sock" }
  unix_datagram: { path: "$folder/pannier.dgram" }
control: { path: "$folder/control/control.sock" }
spool: { path: "$folder/spool.db" }
observe: { address: "127.0.0.1:$port" }
deliver: { local: { path: "$folder/records.db" } }
END
"$pannier" run --config "$folder/pannier.yaml" 2>"$folder/log" &
daemon=$!
for _ in $(seq 300); do
  "$pannier" health --config "$folder/pannier.yaml" >/dev/null 2>&1 && break
  kill -0 "$daemon" 2>/dev/null || { cat "$folder/log" >&2 && exit 1; }
  sleep 0.1
done
printf '%s\n' '{"service": "a\"b\\c", "method": "GET", "endpoint": "/", "status": 200, "response_time": 1}' |
  "$pannier" send --config "$folder/pannier.yaml" - >/dev/null
curl -sSf "http://127.0.0.1:$port/metrics" >"$folder/metrics"
said=$("$tools/promtool" check metrics <"$folder/metrics" 2>&1) || { echo "$said" && exit 1; }
# promtool ends with 0 where it only finds a name badly chosen.
[ -z "$said" ] || { echo "$said" && exit 1; }
echo "promtool has no complaint about $(grep -vc '^#' "$folder/metrics") samples"
