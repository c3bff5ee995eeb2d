#!/usr/bin/env bash
# aloft run as its users meet it: the sample of the documentation, and what is said when something is wrong.
here=$(dirname "$(readlink -f "$0")")
. "$here/sim.bash"
sample=$here/../../docs/examples/prompts.jsonl

# refused <what> <exit status> <part of the message> <arguments>
refused() {
    local name=$1 expected=$2 part=$3 status=0 said
    shift 3
    said=$(timeout 30 "$ALOFT" run "$@" 2>&1) || status=$?
    same "$name: exit status" "$expected" "$status"
    holds "$name" "$said" "$part"
}

start_sim
results=$("$ALOFT" run "$sample" -o - --base-url "$base" -q)
same "the sample: results" 3 "$(grep -c '"status_code":200' <<<"$results")"
for id in screen line-2 batch-1; do
    holds "the sample" "$results" "\"custom_id\":\"$id\""
done
holds "the sample: its picture was sent" "$(grep screen <<<"$results")" '"prompt_tokens":1034'

refused "no such file" 2 "missing.jsonl" missing.jsonl
refused "a directory" 2 "is a directory" "$work"
refused "no such folder" 3 "none/results.jsonl" "$sample" -o "$work/none/results.jsonl" --base-url "$base"
refused "not a URL" 2 "http://localhost:8000/v1" "$sample" --base-url localhost:8000
refused "nobody listens" 4 "Connection refused" "$sample" --base-url http://127.0.0.1:1/v1
refused "unknown host" 4 "could not be resolved" "$sample" --base-url http://none.invalid/v1
refused "no TLS there" 4 "does not speak TLS" "$sample" --base-url "https${base#http}"
refused "unknown model" 1 "does not exist" "$sample" --base-url "$base" --model none
{ echo 'not JSON'; cat "$sample"; } >"$work/prompts.jsonl"
cp "$here/../../docs/examples/home_screen.png" "$work"
refused "a line that is not JSON" 1 "line 1: it is not JSON" "$work/prompts.jsonl" --base-url "$base"

# What is no file is written to, and not replaced by one.
mkfifo "$work/pipe"
cat "$work/pipe" >"$work/piped" &
"$ALOFT" run "$sample" -o "$work/pipe" --base-url "$base" -q
wait $!
same "a pipe: results" 3 "$(grep -c '"status_code":200' "$work/piped")"
[[ -p $work/pipe ]] || fail "the pipe was replaced"
