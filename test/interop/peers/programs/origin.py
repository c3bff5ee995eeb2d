"""The HTTP/1.1 server behind servers that only pass requests on.

usage: origin.py <folder> [address port]; prints its port.
"""

import asyncio
import socket
import sys
import zlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

FILES = {"/" + one.name: one.read_bytes() for one in Path(sys.argv[1]).iterdir()}


async def body_pieces(reader, headers):
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while size := int((await reader.readline()).split(b";")[0], 16):
            yield await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readline()
        return
    left = int(headers.get("content-length", 0))
    while left:
        piece = await reader.read(min(left, 1 << 18))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(piece)
        yield piece


async def answer(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    _, target, _ = first.split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    size, checksum = 0, 0
    async for piece in body_pieces(reader, headers):
        size, checksum = size + len(piece), zlib.crc32(piece, checksum)
    url = urlsplit(target)
    if url.path == "/upload":
        status, body = "200 OK", b"%d %08x\n" % (size, checksum)
    elif url.path == "/echo":
        status, body = "200 OK", parse_qs(url.query)["id"][0].encode()
    else:
        status, body = ("200 OK", FILES[url.path]) if url.path in FILES else ("404 Not Found", b"")
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode())
    for at in range(0, len(body), 1 << 18):
        writer.write(body[at:at + (1 << 18)])
        await writer.drain()


async def serve(reader, writer):
    try:
        while True:
            await answer(reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    address, port = sys.argv[2:] or ("127.0.0.1", "0")
    listening = socket.create_server((address, int(port)), backlog=2048)
    print(listening.getsockname()[1], flush=True)
    async with await asyncio.start_server(serve, sock=listening, limit=1 << 18) as server:
        await server.serve_forever()


asyncio.run(main())
