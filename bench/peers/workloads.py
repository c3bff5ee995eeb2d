"""What the peers are asked to do, and how often."""

from dataclasses import dataclass

from clients import Work

# Requests, and requests of the warm-up, by speed: each run takes a second or so.
UNARY = {"fast": (300_000, 5_000), "middle": (60_000, 3_000), "slow": (20_000, 3_000), "slowest": (3_000, 500)}
STREAMS = {"fast": (4_000, 1_000), "middle": (3_000, 1_000), "slow": (1_000, 1_000), "slowest": (1_000, 0)}


@dataclass(frozen=True, eq=False)
class Workload:
    key: str
    title: str
    work: Work
    sizes: object  # by speed, or the same for all: requests, and those of the warm-up
    skipped: tuple = ()  # whose run would take minutes, or fail for want of something else
    memory: bool = False  # the peak says what a stream in flight holds

    def size(self, speed):
        return self.sizes[speed] if isinstance(self.sizes, dict) else self.sizes


ALL = (
    Workload("unary", "Unary, 1 KiB each way, 1 connection x 100, HTTP/2 clear text", Work("unary", 1, 100), UNARY),
    Workload("unary-tls", "Unary, 1 KiB each way, 4 connections x 250, TLS 1.3", Work("unary", 4, 250, "tls"), UNARY),
    Workload(
        "events-1000", "Events, unpaced, 1,000 streams on 4 connections, HTTP/2 clear text",
        Work("sse", 4, 250, events=200), STREAMS,
    ),
    Workload(
        "events-10000", "Events, unpaced, 10,000 streams on 40 connections, HTTP/2 clear text",
        Work("sse", 40, 250, events=200), (10_000, 0), ("httpx",),
    ),
    Workload(
        "paced-tls", "Events, paced, 10,000 streams on 40 connections, 50,000 events/s, TLS 1.3",
        Work("sse", 40, 250, "tls", events=20, rate=5), (10_000, 0), ("httpx",), memory=True,
    ),
    Workload(
        "paced", "Events, paced, 10,000 streams on 40 connections, 50,000 events/s, HTTP/2 clear text",
        Work("sse", 40, 250, events=20, rate=5), (10_000, 0), ("httpx",), memory=True,
    ),
    Workload("http1", "Unary, 1 KiB each way, 100 connections, HTTP/1.1", Work("unary", 100, 1, "http1"), UNARY),
)
