# For the cases that send prompts with `aloft run`: sourced, not run.
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"

for i in {1..200}; do
    echo '{"custom_id":"p'"$i"'","prompt":"Prompt number '"$i"', open the \"settings\" \u2026"}'
done >"$work/prompts.jsonl"

# A certificate for 127.0.0.1 in $work/cert.pem, its key in $work/key.pem.
make_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=interop \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
}

# answers <name> <reference or ''> <base URL> <options>: all 200 prompts are answered, each as it should be.
answers() {
    local name=$1 reference=$2 url=$3 status=0
    shift 3
    timeout 60 "$ALOFT" run "$work/prompts.jsonl" -o "$work/results.jsonl" --base-url "$url" "$@" \
        2>"$work/run.log" || status=$?
    ((status == 0)) || fail "$name: aloft run ended with $status: $(cat "$work/run.log")"
    python3 "$here/results.py" "$work/prompts.jsonl" "$work/results.jsonl" ${reference:+"$reference"} \
        2>"$work/check.log" || fail "$name: $(tail -n 1 "$work/check.log")"
}
