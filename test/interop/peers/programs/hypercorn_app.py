"""What hypercorn serves: an ASGI application. FOLDER names the files."""

import asyncio
import os
import zlib
from pathlib import Path
from urllib.parse import parse_qs

FILES = {"/" + one.name: one.read_bytes() for one in Path(os.environ["FOLDER"]).iterdir()}
PIECE = 1 << 16


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    size, checksum, more = 0, 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        body, more = event.get("body", b""), event.get("more_body", False)
        size, checksum = size + len(body), zlib.crc32(body, checksum)
    status, answer = 200, b""
    if scope["path"] == "/upload":
        answer = b"%d %08x\n" % (size, checksum)
    elif scope["path"] == "/echo":
        answer = parse_qs(scope["query_string"])[b"id"][0]
        print("id=" + answer.decode(), flush=True)
    else:
        status, answer = (200, FILES[scope["path"]]) if scope["path"] in FILES else (404, b"")
    length = str(len(answer)).encode()
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", length)]})
    gone = asyncio.ensure_future(receive())
    for at in range(0, max(len(answer), 1), PIECE):
        await asyncio.sleep(0)  # send() of a stream that is gone does not wait
        if gone.done():
            return
        last = at + PIECE >= len(answer)
        await send({"type": "http.response.body", "body": answer[at:at + PIECE], "more_body": not last})
    gone.cancel()
