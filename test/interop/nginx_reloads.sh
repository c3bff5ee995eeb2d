#!/usr/bin/env bash
# Nothing is lost or doubled while nginx reloads; the full number of requests is for `./dev nightly`.
exec python3 "$(dirname "$(readlink -f "$0")")/nginx_reloads.py" "${NGINX_REQUESTS:-50000}"
