#!/usr/bin/env bash
# The official openai client (npm) before and after `aloft run`: what it uploads as a batch runs, and what comes out has
# the types that it gives to a batch's output. Skipped where it cannot be installed.
here=$(dirname "$(readlink -f "$0")")
. "$here/sim.bash"

if ! type node npm &>/dev/null; then
    echo "    node and npm are needed"
    exit 77
fi
cd "$work"
echo '{"private":true,"type":"module"}' >package.json
if ! npm install --silent --no-audit --no-fund openai typescript >"$work/npm.log" 2>&1; then
    echo "    the openai and typescript packages cannot be installed: $(tail -n 1 "$work/npm.log")"
    exit 77
fi
cp "$here"/openai_batch.mjs "$here"/batch_output.ts .

start_sim --fault "request 3: status 429 openai message No_more" --fault "request 4: status 500 text message oops"
node openai_batch.mjs upload prompts.jsonl
status=0
"$ALOFT" run prompts.jsonl -o results.jsonl --max-in-flight 1 --retries 0 --base-url "$base" -q 2>/dev/null || status=$?
same "exit code" 1 "$status"
node openai_batch.mjs download results.jsonl >>batch_output.ts
node_modules/.bin/tsc --noEmit --strict --skipLibCheck --module nodenext --target es2022 batch_output.ts
