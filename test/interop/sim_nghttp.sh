#!/usr/bin/env bash
# nghttp and h2load against the simulator.
. "$(dirname "$(readlink -f "$0")")/sim.bash"

printf '%s' "$streaming" >"$work/body.json"

start_sim
same "nghttp: events" 23 "$(nghttp -H "$json" -d "$work/body.json" "$base/chat/completions" | grep -c '^data: ')"
frames=$(nghttp -nv -H "$json" -H 'x-sim-fault: reset CANCEL after 2' -d "$work/body.json" "$base/chat/completions" || true)
holds "nghttp: RST_STREAM" "$frames" "error_code=CANCEL(0x08)"
frames=$(nghttp -nv -H "$json" -H 'x-sim-fault: goaway ENHANCE_YOUR_CALM after 2' -d "$work/body.json" "$base/chat/completions" || true)
holds "nghttp: GOAWAY" "$frames" "error_code=ENHANCE_YOUR_CALM(0x0b)"

load() {
    local name=$1
    shift
    local out
    out=$(h2load -d "$work/body.json" -H "$json" "$@" "$base/chat/completions")
    holds "h2load, $name" "$out" "1000 succeeded, 0 failed, 0 errored, 0 timeout"
}
load "HTTP/2" -n 1000 -c 4 -m 100
load "HTTP/1.1" -n 1000 -c 50 --h1
start_sim --self-signed
load "HTTP/2 over TLS" -n 1000 -c 4 -m 250
load "HTTP/1.1 over TLS" -n 1000 -c 50 --h1
kill "$sim_pid"
wait "$sim_pid" || fail "the simulator did not end cleanly"
sim_pid=
holds "counts" "$(cat "$work/sim.log")" "54 connections, 2000 requests"
