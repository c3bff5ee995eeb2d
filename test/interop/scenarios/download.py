TITLE = "100 MB down"


def run(endpoint):
    endpoint.drive("download", 100_000_000)
