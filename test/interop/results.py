"""What `aloft run` made of prompts, line by line. usage: results.py prompts.jsonl results.jsonl [reference.jsonl]

Every prompt is answered once, whole and without an error: with its own text (echo_server.py), or as in the reference.
"""

import json
import sys


def lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def content(result):
    return result["response"]["body"]["choices"][0]["message"]["content"]


prompts, results = lines(sys.argv[1]), lines(sys.argv[2])
expected = {one["custom_id"]: "echo: " + one["prompt"] for one in prompts}
if len(sys.argv) > 3:
    expected = {one["custom_id"]: content(one) for one in lines(sys.argv[3])}
assert len(expected) == len(prompts), "the reference is not whole"
assert sorted(one["custom_id"] for one in results) == sorted(expected), "not one result for each prompt"
for result in results:
    name = result["custom_id"]
    assert result["error"] is None, f"{name}: {result['error']}"
    assert result["response"]["status_code"] == 200, f"{name}: {result['response']['status_code']}"
    assert result["response"]["body"]["choices"][0]["finish_reason"] == "stop", f"{name} is not finished"
    assert content(result) == expected[name], f"{name}: {content(result)!r} where {expected[name]!r} was expected"
