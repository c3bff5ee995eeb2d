#!/usr/bin/env bash
# The library while the network between it and a server fails: in namespaces made for it, so that nothing else notices.
here=$(dirname "$(readlink -f "$0")")

for program in unshare nsenter ip tc ss nft; do
    PATH=$PATH:/usr/sbin:/sbin type -P "$program" >/dev/null || { echo "    $program is needed"; exit 77; }
done
apart=(unshare --net --mount)
((EUID == 0)) || apart+=(--user --map-root-user)
why=$(PATH=$PATH:/usr/sbin:/sbin "${apart[@]}" nft add table inet faults 2>&1) || {
    echo "    namespaces with nftables are needed: $why"
    exit 77
}
PATH=$PATH:/usr/sbin:/sbin exec "${apart[@]}" python3 "$here/network_faults.py" "$@"
