TITLE = "2,000 requests"


def run(endpoint):
    endpoint.drive("unary", 2000)
