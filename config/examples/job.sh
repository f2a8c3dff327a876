#!/usr/bin/env bash
# Runs a command and reports to pannier how it ended and how long it took; for cron jobs and other scripts.
#   job.sh NAME COMMAND [ARGUMENT…]       exit status: the command's own
#   PANNIER_UDP=127.0.0.1:6258            where pannier's receive.udp listens
# The report is one line of bash; without pannier it goes nowhere and disturbs nobody. The same over the Unix socket,
# with an answer that says whether it was accepted:
#   echo '{"method":"JOB","endpoint":"backup","status":200,"response_time_s":84.2}' | pannier send -
set -u
name=${1:?usage: job.sh NAME COMMAND [ARGUMENT…]}
shift
[[ $name =~ ^[A-Za-z0-9._/-]+$ ]] || { echo "job.sh: $name: a name has letters, digits and . _ / - only" >&2; exit 2; }
to=${PANNIER_UDP:-127.0.0.1:6258}

begun=${EPOCHREALTIME/[^0-9]/}
"$@"
status=$?
took=$((${EPOCHREALTIME/[^0-9]/} - begun))

printf '{"service":"jobs","method":"JOB","endpoint":"%s","status":%d,"response_time_us":%d}\n' \
  "$name" $((status == 0 ? 200 : 500)) "$took" 2>/dev/null >"/dev/udp/${to%:*}/${to##*:}" || true
exit $status
