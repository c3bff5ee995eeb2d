#!/usr/bin/env python3
"""httpx with HTTP/2, or with H1=1 aiohttp with HTTP/1.1, as one of the clients of the comparison.

The command line is that of ../common/command_line.hpp.
"""

import asyncio
import json
import os
import resource
import sys
import time

DONE = {"requests": 0, "events": 0, "errors": 0}
HEAD = {"content-type": "application/json"}


def count_line(line):
    if line.startswith("data: ") and not line.startswith("data: [DONE]"):
        if json.loads(line[6:])["choices"][0]["delta"]["content"]:
            DONE["events"] += 1


class Httpx:
    def __init__(self, base, connections, _):
        import httpx

        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self.base = base
        self.clients = [
            httpx.AsyncClient(http2=True, http1=False, verify=False, limits=limits, timeout=None) for _ in range(connections)
        ]

    async def connect(self, body):
        for client in self.clients:  # one connection each first, so that the crowd shares it
            await client.post(self.base + "/", content=body, headers=HEAD)

    async def ask(self, worker, path, body, events):
        client = self.clients[worker % len(self.clients)]
        if not events:
            await client.post(self.base + path, content=body, headers=HEAD)
            return
        async with client.stream("POST", self.base + path, content=body, headers=HEAD) as response:
            async for line in response.aiter_lines():
                count_line(line)


class Aiohttp:
    def __init__(self, base, *_):
        import aiohttp

        self.base = base
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=False), timeout=aiohttp.ClientTimeout(total=None)
        )

    async def connect(self, _):
        pass

    async def ask(self, _, path, body, events):
        async with self.session.post(self.base + path, data=body, headers=HEAD) as response:
            if not events:
                await response.read()
                return
            async for line in response.content:
                count_line(line.decode())


async def drive(client, workers, limit, path, body, events):
    started = 0

    async def keep_asking(worker):
        nonlocal started
        while started < limit:
            started += 1
            try:
                await client.ask(worker, path, body, events)
                DONE["requests"] += 1
            except Exception as error:  # any of them counts
                if not DONE["errors"]:
                    print(repr(error), file=sys.stderr)
                DONE["errors"] += 1

    await asyncio.gather(*(keep_asking(worker) for worker in range(workers)))


def status_kilobytes(key):
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key))


async def main():
    if len(sys.argv) < 8:
        sys.exit("usage: client.py unary|sse BASE_URL CONNECTIONS STREAMS REQUESTS PATH WARM")
    mode, base, connections, streams, total, path, warm = sys.argv[1:8]
    events = mode == "sse"
    workers = int(connections) * int(streams)
    with open(os.environ["BODY"], "rb") as file:
        body = file.read()
    client = (Aiohttp if os.environ.get("H1") else Httpx)(base, int(connections), workers)
    await client.connect(body)
    if int(warm):
        await drive(client, workers, int(warm), "/sse?n=200&rate=0" if events else path, body, events)
    DONE.update(requests=0, events=0, errors=0)
    resident = status_kilobytes("VmRSS:")
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    await drive(client, workers, int(total), path, body, events)
    used, ended = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    print(
        json.dumps(
            {
                **DONE,
                "wall": ended - begun,
                "user": used.ru_utime - before.ru_utime,
                "system": used.ru_stime - before.ru_stime,
                "resident_kb": resident,
                "peak_kb": status_kilobytes("VmHWM:"),
            }
        ),
        flush=True,
    )
    os._exit(0)  # without closing what is still open


asyncio.run(main())
