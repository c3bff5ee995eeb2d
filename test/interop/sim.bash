# For the cases that talk to `aloft sim`: sourced, not run.
set -euo pipefail

work=$(mktemp -d)
sim_pid=
trap 'stop_sim; rm -rf "$work"' EXIT

stop_sim() {
    [[ -n $sim_pid ]] || return 0
    kill "$sim_pid" 2>/dev/null || true
    wait "$sim_pid" || true
    sim_pid=
}

# start_sim <options>: $base becomes its base URL, $ca the certificate to trust where it speaks TLS.
start_sim() {
    stop_sim
    ca=$work/ca.pem
    : >"$work/sim.log"
    "$ALOFT" sim --listen 127.0.0.1:0 --first-token 20ms --gap 2ms --tokens 20 "$@" >"$work/sim.log" 2>&1 &
    sim_pid=$!
    local tries=100
    while ! base=$(sed -n 's/^listening on \([^ ]*\) .*/\1/p' "$work/sim.log") || [[ -z $base ]]; do
        ((tries--)) && kill -0 "$sim_pid" 2>/dev/null || { cat "$work/sim.log" >&2; exit 1; }
        sleep 0.05
    done
}

fail() {
    echo "    $*" >&2
    exit 1
}

# same <what> <expected> <got>
same() { [[ $2 == "$3" ]] || fail "$1: expected '$2', got '$3'"; }
# holds <what> <text> <part>
holds() { [[ $2 == *"$3"* ]] || fail "$1: no '$3' in '${2:0:400}'"; }

prompt='{"model":"autoglm-phone-9b","messages":[{"role":"user","content":"Open the settings"}]}'
streaming=${prompt%\}},'"stream":true}'
json='content-type: application/json'
