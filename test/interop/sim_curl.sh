#!/usr/bin/env bash
# curl against the simulator: both versions of HTTP, in clear text and over TLS.
. "$(dirname "$(readlink -f "$0")")/sim.bash"

# A request as AutoGLM sends it: a screenshot of 1.2 MB in base64.
{
    printf '{"model":"autoglm-phone-9b","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,'
    head -c 900000 /dev/zero | base64 -w0
    printf '"}},{"type":"text","text":"tap"}]}]}'
} >"$work/screenshot.json"

check() {
    local name=$1 version=$2
    shift 2
    local ask=(curl -sS --max-time 20 "$@")
    same "$name: version" "$version" "$("${ask[@]}" -o /dev/null -w '%{http_version}' "$base/models")"
    holds "$name: models" "$("${ask[@]}" "$base/models")" '"id":"autoglm-phone-9b"'

    local stream
    stream=$("${ask[@]}" -N -H "$json" -d "$streaming" "$base/chat/completions")
    same "$name: events" 23 "$(grep -c '^data: ' <<<"$stream")"
    same "$name: end" 'data: [DONE]' "$(grep . <<<"$stream" | tail -n 1)"
    holds "$name: whole reply" "$("${ask[@]}" -H "$json" -d "$prompt" "$base/chat/completions")" '"completion_tokens":20'
    holds "$name: upload" "$("${ask[@]}" -H "$json" -d "@$work/screenshot.json" "$base/chat/completions")" '"completion_tokens":20'
    same "$name: unknown path" 404 "$("${ask[@]}" -o /dev/null -w '%{http_code}' "$base/none")"
    same "$name: fault" 429 "$("${ask[@]}" -o /dev/null -w '%{http_code}' -H 'x-sim-fault: status 429' -H "$json" -d "$prompt" "$base/chat/completions")"

    local status=0
    "${ask[@]}" -N -o "$work/cut" -H 'x-sim-fault: cut after 3' -H "$json" -d "$streaming" "$base/chat/completions" 2>/dev/null || status=$?
    ((status)) || fail "$name: a connection cut within a chunk went unnoticed"
    # curl 7.88 cannot use a connection again that began by prior knowledge, whoever the server is.
    [[ $* != *prior-knowledge* ]] || return 0
    local connects
    connects=$("${ask[@]}" -o /dev/null -w '%{num_connects} ' "$base/models" -o /dev/null "$base/models")
    same "$name: connections used" "1 0 " "$connects"
}

start_sim
check "clear text, HTTP/1.1" 1.1 --http1.1
check "clear text, HTTP/2" 2 --http2-prior-knowledge
start_sim --self-signed --write-ca "$work/ca.pem"
check "TLS, HTTP/1.1" 1.1 --http1.1 --cacert "$ca"
check "TLS, HTTP/2" 2 --http2 --cacert "$ca"
start_sim --body-limit 1000
same "too large" 413 "$(curl -sS --max-time 20 -o /dev/null -w '%{http_code}' -H "$json" -d "@$work/screenshot.json" "$base/chat/completions")"
