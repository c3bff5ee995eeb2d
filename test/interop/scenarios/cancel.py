TITLE = "cancelled"


def run(endpoint):
    # In HTTP/1.1 each costs a connection.
    endpoint.drive("cancel", 4000 if endpoint.http2 else 1000, "--in-flight", 100, "--time-limit", 120)
