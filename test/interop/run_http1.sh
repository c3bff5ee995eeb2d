#!/usr/bin/env bash
# aloft run against a server that knows HTTP/1.1 only, in clear text and over TLS.
here=$(dirname "$(readlink -f "$0")")
. "$here/run.bash"

server_pid=
trap 'stop_server; stop_sim; rm -rf "$work"' EXIT
stop_server() {
    [[ -n $server_pid ]] || return 0
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
}

# start_server <arguments>: $port becomes its port.
start_server() {
    stop_server
    : >"$work/port"
    python3 "$here/echo_server.py" "$@" >"$work/port" 2>"$work/server.log" &
    server_pid=$!
    local tries=100
    while [[ ! -s $work/port ]]; do
        ((tries--)) && kill -0 "$server_pid" 2>/dev/null || { cat "$work/server.log" >&2; exit 1; }
        sleep 0.05
    done
    port=$(cat "$work/port")
}

make_certificate
start_server
answers "clear text" "" "http://127.0.0.1:$port/v1" --max-in-flight 50
start_server "$work/cert.pem" "$work/key.pem"
answers "TLS" "" "https://127.0.0.1:$port/v1" --max-in-flight 50 --cacert "$work/cert.pem"
