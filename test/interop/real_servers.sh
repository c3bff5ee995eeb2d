#!/usr/bin/env bash
# The library against servers of others; what it does with them stands in scenarios/, and what they need in peers/.
exec python3 "$(dirname "$(readlink -f "$0")")/real_servers.py"
