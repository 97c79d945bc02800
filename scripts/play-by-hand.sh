#!/usr/bin/env bash
# Plays one ticket by hand on the simulator: prints each command, then runs it. Needs nothing that is running.
# --end stops at the end; without it everything keeps running until Ctrl-C.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
  '' | --end) ;;
  *)
    echo "unknown option $1; there is only --end" >&2
    exit 2
    ;;
esac

folder=$(mktemp -d "${TMPDIR:-/tmp}/sco-play-XXXXXX")
product=
finish() {
  if [ -n "$product" ] && kill -0 "$product" 2>/dev/null; then
    kill -INT "$product"
    wait "$product" || true
  fi
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
say() { printf '\n%s\n' "$*"; }
run() {
  local word line='$'
  for word in "$@"; do
    case $word in *[!A-Za-z0-9_./:=-]*) word="'$word'" ;; esac
    line="$line $word"
  done
  printf '%s\n' "$line"
  "$@"
}

export SCO_DATA_DIR="$folder/data" SCO_TEMPORAL_PORT SCO_TEMPORAL_UI_PORT GATEWAY_PORT SIMULATOR_PORT
SCO_TEMPORAL_PORT=$(free_port) SCO_TEMPORAL_UI_PORT=$(free_port) GATEWAY_PORT=$(free_port) SIMULATOR_PORT=$(free_port)
export TEMPORAL_ADDRESS="127.0.0.1:$SCO_TEMPORAL_PORT" SCO_GATEWAY_URL="http://127.0.0.1:$GATEWAY_PORT"
export SCO_TOKEN_FILE="$SCO_DATA_DIR/operator-token"
simulator="http://127.0.0.1:$SIMULATOR_PORT"

say '# The product itself, with the simulator in place of SecureChange. The first start may build a Temporal server.'
printf '$ npm start -- --simulator\n'
# Not by npm, and in a process group of its own: Ctrl-C reaches it once, from finish().
set -m
: >"$folder/log"
node --import tsx --import ./scripts/end-with-npm.mjs src/embedded/main.ts --simulator >"$folder/log" 2>&1 &
product=$!
set +m
until grep -q 'Ctrl-C stops it' "$folder/log"; do
  if ! kill -0 "$product" 2>/dev/null; then
    cat "$folder/log" >&2
    exit 1
  fi
  sleep 0.5
done
echo "Temporal Web UI: http://127.0.0.1:$SCO_TEMPORAL_UI_PORT"

say '# The nightly window is hours away: this process may push at any time. The file counts as soon as it is saved.'
process="$SCO_DATA_DIR/simulated-config/processes/firewall-change.yaml"
run sed -i 's/calendar: nightly/calendar: always/' "$process"

say '# Jana Meier requests access in SecureChange.'
run curl --silent --show-error --fail --user j.meier:j.meier --header 'Content-Type: application/json' \
  "$simulator/securechangeworkflow/api/securechange/tickets" --data '
  {"ticket": {"subject": "CRM to billing", "priority": "Normal", "domain_name": "", "workflow": {"name": "Firewall change"},
   "steps": {"step": {"name": "Open Request", "tasks": {"task": {"fields": {"field": {"@xsi.type": "multi_access_request",
    "name": "Required Access", "access_request": {"order": "AR1", "use_topology": true, "action": "Accept",
     "sources": {"source": {"@type": "IP", "ip_address": "10.20.4.15", "netmask": "255.255.255.255", "cidr": 32}},
     "destinations": {"destination": {"@type": "IP", "ip_address": "172.16.90.5", "netmask": "255.255.255.255", "cidr": 32}},
     "services": {"service": {"@type": "PROTOCOL", "protocol": "TCP", "port": 8443}}}}}}}}}}}'

shows() { node bin/sco.mjs ticket show 1 --json 2>/dev/null | grep -q "\"for\": *\"$1\""; }
wait_for() {
  for _ in $(seq 120); do
    if shows "$1"; then return; fi
    kill -0 "$product" 2>/dev/null || exit 1
    sleep 0.5
  done
  echo "ticket 1 does not wait for $1; its state:" >&2
  node bin/sco.mjs ticket show 1 >&2
  exit 1
}
wait_for approval

say '# The risk is medium, so the ticket waits for an approval.'
run npx sco ticket show 1

say '# Aylin Kaya approves in SecureChange.'
run curl --silent --show-error --fail --header 'Content-Type: application/json' "$simulator/simulator/tickets/1/act" \
  --data '{"as": "a.kaya", "do": "approve", "reason": "fine"}'

say '# To its end: Update, Commit, verification.'
run npx sco ticket watch 1

say '# Who did what, when.'
run npx sco ticket history 1

say '# The managers.'
run npx sco lane list

if [ "${1:-}" = --end ]; then exit 0; fi
say "# Everything keeps running; Ctrl-C stops it and removes $folder. In another terminal, from this folder:"
echo "  export TEMPORAL_ADDRESS=$TEMPORAL_ADDRESS SCO_GATEWAY_URL=$SCO_GATEWAY_URL SCO_TOKEN_FILE=$SCO_TOKEN_FILE"
echo '  npx sco ticket list --all'
wait "$product"
