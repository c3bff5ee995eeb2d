TITLE = "3,000 cancelled"


def run(endpoint):
    endpoint.drive("cancel", 4000, "--in-flight", 100)
