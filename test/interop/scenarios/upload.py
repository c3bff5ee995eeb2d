TITLE = "100 MB up"


def run(endpoint):
    endpoint.drive("upload", 100_000_000, *(["--echo"] if endpoint.peer.echoes else []))
