#!/usr/bin/env bash
# The official openai client (npm) against the simulator. Skipped where it cannot be installed.
here=$(dirname "$(readlink -f "$0")")
. "$here/sim.bash"

if ! type node npm &>/dev/null; then
    echo "    node and npm are needed"
    exit 77
fi
cd "$work"
echo '{"private":true}' >package.json
if ! npm install --silent --no-audit --no-fund openai >"$work/npm.log" 2>&1; then
    echo "    the openai package cannot be installed: $(tail -n 1 "$work/npm.log")"
    exit 77
fi
cp "$here/openai.mjs" .

for dialect in vllm openai; do
    start_sim --api-key secret --dialect $dialect
    BASE_URL=$base DIALECT=$dialect node openai.mjs
done
start_sim --api-key secret --self-signed --write-ca "$work/ca.pem"
BASE_URL=$base NODE_EXTRA_CA_CERTS=$ca node openai.mjs
