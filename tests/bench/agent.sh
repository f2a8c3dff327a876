#!/bin/sh
# Starts the daemon for the yardstick: agent.sh BINARY KIND ADDRESS BACKEND_PORT FOLDER
# KIND is stream, dgram or udp; the services orders, users, billing and search have the keys <service>-key.
set -eu
binary=$1 kind=$2 address=$3 port=$4 folder=$5
stream=$folder/other.sock dgram=$folder/other.dgram udp="udp: off"
case $kind in
  stream) stream=$address ;;
  dgram) dgram=$address ;;
  udp) udp="udp: { address: 127.0.0.1:$address }" ;;
esac
cat > "$folder/pannier.yaml" <<YAML
receive:
  unix_stream: { path: $stream }
  unix_datagram: { path: $dgram }
  $udp
deliver:
  malti:
    url: http://127.0.0.1:$port
    keys: { orders: orders-key, users: users-key, billing: billing-key, search: search-key }
control: { path: $folder/control/control.sock }
YAML
chmod 600 "$folder/pannier.yaml"
exec "$binary" run --config "$folder/pannier.yaml"
