#!/bin/sh
# Starts the daemon for the yardstick: agent.sh BINARY KIND ADDRESS BACKEND_PORT FOLDER [both]
# KIND is stream, dgram, udp or http; the services orders, users, billing and search have the keys <service>-key.
# SPOOL_MODE: overflow, unless it says always or off.
# both: every record goes to Multiplayer as well, as protobuf packed by gzip, so each arrives twice.
set -eu
binary=$1 kind=$2 address=$3 port=$4 folder=$5 multiplayer=
stream=$folder/other.sock dgram=$folder/other.dgram udp="udp: off" http="http: off"
case $kind in
  stream) stream=$address ;;
  dgram) dgram=$address ;;
  udp) udp="udp: { address: 127.0.0.1:$address }" ;;
  http) http="http: { address: 127.0.0.1:$address }" ;;
esac
[ "${6:-}" != both ] ||
  multiplayer="multiplayer: { url: http://127.0.0.1:$port, key: a-key, send: all, batch: { records: 500 } }"
cat > "$folder/pannier.yaml" <<YAML
receive:
  unix_stream: { path: $stream }
  unix_datagram: { path: $dgram }
  $udp
  $http
deliver:
  malti:
    url: http://127.0.0.1:$port
    keys: { orders: orders-key, users: users-key, billing: billing-key, search: search-key }
  $multiplayer
control: { path: $folder/control/control.sock }
spool: { mode: ${SPOOL_MODE:-overflow}, path: $folder/spool.db }
YAML
chmod 600 "$folder/pannier.yaml"
exec "$binary" run --config "$folder/pannier.yaml"
