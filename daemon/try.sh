#!/usr/bin/env bash
# Shows pannier at work: builds it, runs it on the embedded local store beside a real nginx whose access log comes
# in by syslog, makes some hundred requests, and shows what arrived.
#   daemon/try.sh [--keep]      --keep: leave the files in build/try
# On a terminal it asks before it installs, and runs on until Ctrl-C; else it asks nothing and ends by itself.
# Exit: 0 all that was sent is accounted for, 1 it is not, 2 packages are missing and may not be installed.
set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top" || exit 1

keep=no
case ${1:-} in
  '') ;;
  --keep) keep=yes ;;
  *)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$top/daemon/try.sh" >&2
    exit 2
    ;;
esac
on_terminal=no
[ -t 0 ] && [ -t 1 ] && on_terminal=yes

try=$top/build/try
elsewhere='' # where the files really lie, when they cannot lie in build/try
pannier_pid=''
nginx_pid=''

stop() {
  [ -n "$1" ] || return 0
  kill -TERM "$1" 2>/dev/null
  for _ in $(seq 150); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null
  wait "$1" 2>/dev/null
}
clean_up() {
  trap '' INT TERM
  stop "$nginx_pid"
  stop "$pannier_pid"
  [ $keep = yes ] && return
  rm -rf "$try"
  [ -z "$elsewhere" ] || rm -rf "$elsewhere"
}
fail() {
  echo "try.sh: $1" >&2
  for log in pannier.log nginx/error.log; do
    [ -s "$try/$log" ] && { echo "the end of $log:" && tail -n 15 "$try/$log"; } >&2
  done
  exit 1
}
# within SECONDS COMMAND…: repeats it until it succeeds.
within() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.1
  done
}

as_nobody=()
[ "$(id -u)" -eq 0 ] && as_nobody=(setpriv --reuid=nobody --regid=nogroup --clear-groups)

# A socket's path has at most 107 bytes, and nginx, not root, must reach its files: else all lies in a short
# directory of its own and build/try is a link to it.
make_directory() {
  rm -rf "$try"
  mkdir -p "$try"
  if [ ${#try} -gt 80 ] || ! "${as_nobody[@]}" test -x "$try"; then
    elsewhere=$(mktemp -d "${TMPDIR:-/tmp}/pannier-try.XXXXXX") || exit 1
    chmod 755 "$elsewhere"
    rmdir "$try" && ln -s "$elsewhere" "$try"
  fi
  files=${elsewhere:-$try}
  mkdir -p "$files/nginx/www" "$files/control" && chmod 700 "$files/control"
}

free_port() { # udp|tcp
  python3 - "$1" <<'END'
import socket, sys
with socket.socket(type=socket.SOCK_DGRAM if sys.argv[1] == "udp" else socket.SOCK_STREAM) as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])
END
}

start_pannier() {
  cat >"$files/pannier.yaml" <<END
service: web
node: try
receive:
  unix_stream: { path: "$files/pannier.sock" }
  unix_datagram: { path: "$files/pannier.dgram" }
  udp: { address: "127.0.0.1:$udp_port" }
deliver:
  local: { path: "$files/records.db" }
control: { path: "$files/control/control.sock" }
spool: { path: "$files/spool.db" }
END
  # Not the caller's environment: a MALTI_API_KEY of his would send these records to his Malti.
  env -i PATH="$PATH" "$pannier" run --config "$files/pannier.yaml" >"$files/pannier.log" 2>&1 &
  pannier_pid=$!
  within 20 "$pannier" health --config "$files/pannier.yaml" || fail "pannier did not get ready"
}

# What nginx needs for pannier is config/examples/nginx.conf, here with a free port.
write_nginx_configuration() {
  sed "s/127\.0\.0\.1:6258/127.0.0.1:$udp_port/" config/examples/nginx.conf >"$files/nginx/pannier.conf"
  cat >"$files/nginx/nginx.conf" <<END
daemon off;
worker_processes 1;
pid "$files/nginx/nginx.pid";
error_log "$files/nginx/error.log";
events { worker_connections 64; }
http {
  client_body_temp_path "$files/nginx/body";
  proxy_temp_path "$files/nginx/proxy";
  fastcgi_temp_path "$files/nginx/fastcgi";
  uwsgi_temp_path "$files/nginx/uwsgi";
  scgi_temp_path "$files/nginx/scgi";
  include "$files/nginx/pannier.conf";
  server {
    listen 127.0.0.1:$http_port;
    root "$files/nginx/www";
    location = / { return 200 "hello\n"; }
    location /users/ { return 200 "{}\n"; }
    location /orders { if (\$request_method = POST) { return 201; } return 200 "[]\n"; }
    location /payments { return 500; }
    location ~ ^/reports/ { alias "$files/nginx/www/report.txt"; limit_rate 800k; }
    location = /nginx_status { access_log off; stub_status; }
  }
}
END
  head -c 120000 /dev/zero | tr '\0' x >"$files/nginx/www/report.txt"
}
start_nginx() {
  tests/scripts/unpack_package.sh nginx "$files/nginx/unpacked" || fail "nginx could not be downloaded"
  write_nginx_configuration
  [ ${#as_nobody[@]} -eq 0 ] || chown -R nobody:nogroup "$files/nginx"
  "${as_nobody[@]}" env LD_LIBRARY_PATH="$files/nginx/unpacked/libraries" "$files/nginx/unpacked/usr/sbin/nginx" \
    -e "$files/nginx/error.log" -p "$files/nginx" -c "$files/nginx/nginx.conf" &
  nginx_pid=$!
  within 10 curl -sf "$site/nginx_status" || fail "nginx did not start"
}

request() { curl -sS -o /dev/null --max-time 60 "$@" || fail "a request to nginx failed: $*"; }
send_requests() {
  request -H 'X-Consumer-Id: mobile' "$site/users/[1-80]"
  request -H 'X-Consumer-Id: shop' "$site/orders/[1000-1069]"
  request -H 'X-Consumer-Id: shop' -X POST "$site/orders?attempt=[1-40]"
  request "$site/reports/[1-20]"
  request "$site/payments/[1-6]" -X POST
  request "$site/nowhere/[1-12]"
  request "$site/?visit=[1-74]"
  # One line that is no record: there is no status 99.
  printf '{"method":"GET","endpoint":"/users/{id}","status":99,"response_time":3}\n' >"/dev/udp/127.0.0.1/$udp_port"
}
status_json() { "$pannier" status --json --config "$files/pannier.yaml" >"$files/status.json"; }
all_stored() { status_json && python3 tests/scripts/try_ledger.py "$files/status.json" "$requests" "$files/records.db"; }

by_endpoint="
WITH ranked AS (
  SELECT *, row_number() OVER (PARTITION BY service, method, endpoint ORDER BY response_time) AS place,
            count(*)     OVER (PARTITION BY service, method, endpoint) AS many
  FROM records)
SELECT service, method, endpoint, many AS requests, sum(status >= 400) AS errors,
       min(response_time) FILTER (WHERE place * 100 >= many * 50) AS p50_ms,
       min(response_time) FILTER (WHERE place * 100 >= many * 95) AS p95_ms
FROM ranked GROUP BY service, method, endpoint ORDER BY service, requests DESC"

show() {
  printf '\nWhat nginx reported, by one SQL statement over the local store (build/try/records.db):\n%s\n\n' "$by_endpoint"
  sqlite3 -readonly -cmd '.timeout 2000' -column -header "$files/records.db" "$by_endpoint" || fail "the local store cannot be read"
  printf '\nThe ledger:\n'
  all_stored || fail "the sums above do not agree"
  printf '\nNext, from another terminal, in %s:\n' "$top"
  cat <<END
  a record of your own   echo '{"method":"GET","endpoint":"/hello","status":200,"response_time":12}' | $pannier send --config build/try/pannier.yaml -
  where everything is    $pannier status --config build/try/pannier.yaml
  into your Malti        MALTI_URL=… MALTI_API_KEY=… MALTI_SERVICE_NAME=orders $pannier run
END
}

trap clean_up EXIT
trap 'exit 130' INT TERM

if [ $on_terminal = yes ]; then ask=--ask; else ask=; fi
tests/scripts/install.sh $ask build || exit $?
mkdir -p build
echo "building pannier (minutes the first time, then seconds) …"
{ cmake --preset release && cmake --build build/release --target pannier -j "$(nproc)"; } >build/try.build.log 2>&1 ||
  { tail -n 40 build/try.build.log >&2 && echo "try.sh: the build failed" >&2 && exit 1; }
rm -f build/try.build.log
pannier=build/release/daemon/pannier

make_directory
udp_port=$(free_port udp)
http_port=$(free_port tcp)
site=http://127.0.0.1:$http_port
start_pannier
start_nginx
echo "sending requests to nginx on $site, which reports to pannier on udp 127.0.0.1:$udp_port …"
send_requests
# nginx's own count has all but the look at it, which is in no log; the first look was start_nginx's.
requests=$(curl -s "$site/nginx_status" | awk 'prev ~ /accepts/ {print $3 - 2} {prev = $0}')
within 40 all_stored || { all_stored; fail "not everything arrived"; }
show

if [ $on_terminal = yes ]; then
  printf '\npannier and nginx run on; Ctrl-C ends them and removes build/try.\n'
  trap 'echo; exit 0' INT TERM
  wait "$pannier_pid"
  fail "pannier ended by itself"
fi
