TITLE = "1,000 at once"


def run(endpoint):
    # Windows so small that no response is over before it is read.
    endpoint.drive("streams", 1000, "--in-flight", 1000, "--stream-window", 65535, "--time-limit", 120)
