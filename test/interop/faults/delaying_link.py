"""A link between two namespaces that delays what passes, for kernels without netem: a TUN device at each end.

usage: delaying_link.py <process in the other namespace> <milliseconds>; says "ready".
"""

import collections
import contextlib
import ctypes
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x1, 0x1000
NEW_NETWORK = 0x40000000  # CLONE_NEWNET
NAME = "delaying"
MOST_WAITING = 4096  # packets of a direction; what comes beyond is lost, as on any link


def device():
    opened = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(opened, TUNSETIFF, struct.pack("16sH", NAME.encode(), IFF_TUN | IFF_NO_PI))
    return opened


def enter(process):
    with open(f"/proc/{process}/ns/net") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "setns")


def relay(here, there, delay):
    waiting = {here: collections.deque(), there: collections.deque()}  # by where they go
    while True:
        due = [packets[0][0] for packets in waiting.values() if packets]
        patience = max(min(due) - time.monotonic(), 0) if due else None
        for source in select.select([here, there], [], [], patience)[0]:
            packets = waiting[there if source == here else here]
            packet = os.read(source, 65536)
            if len(packets) < MOST_WAITING:
                packets.append((time.monotonic() + delay, packet))
        for to, packets in waiting.items():
            while packets and packets[0][0] <= time.monotonic():
                with contextlib.suppress(OSError):  # while that end is not up, it is lost
                    os.write(to, packets.popleft()[1])


def main():
    here = device()
    enter(sys.argv[1])
    there = device()
    print("ready", flush=True)
    relay(here, there, int(sys.argv[2]) / 1000)


main()
