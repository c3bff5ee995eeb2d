"""The configuration: who is heard first, what is refused, what aloft explain tells, and that its page tells the same."""

import json
import re
import unittest
from pathlib import Path

from program import ProgramTest, Scripted, Sim, aloft, main

DOCS = Path(__file__).resolve().parents[2] / "docs"
KEYS = {"GLM_KEY": "x", "ZAI_KEY": "y"}


def cell(value):
    return "" if value is None or value == "" or value == [] else f"`{json.dumps(value)}`"


def settings_table():
    """The table of docs/guide/configuration.md, as the program has it."""
    settings = json.loads(aloft("explain", "--json").stdout)["settings"]
    lines = ["| key | wants | default | flag | what it is |", "|---|---|---|---|---|"]
    for key, one in settings.items():
        default = '`"off"`' if one.get("value", "") is None and "off" in one["wants"] else cell(one.get("value"))
        lines.append(f"| `{key}` | {one['wants']} | {default} | {cell_of_flag(one)} | {one['what']} |")
    return lines


def cell_of_flag(one):
    return f"`{one['flag']}`" if "flag" in one else ""


def servers_table():
    settings = json.loads(aloft("explain", "--json", "--config", DOCS / "examples/aloft.toml", env=KEYS).stdout)["settings"]
    rows = {}
    for key, one in settings.items():
        if key.startswith("servers["):
            rows.setdefault(key.partition("].")[2], f"| {one['wants']} | {one['what']} |")
    return ["| key of `[[servers]]` | wants | what it is |", "|---|---|---|", *(f"| `{key}` {row}" for key, row in rows.items())]


class Configuration(ProgramTest):
    def explained(self, *arguments, env=(), command="run"):
        result = aloft("explain", command, "--json", *arguments, env=env, cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)["settings"]

    def setting(self, key, *arguments, env=(), command="run"):
        one = self.explained(*arguments, env=env, command=command)[key]
        return one.get("value", one.get("set")), one["source"], one.get("where")

    def refused(self, text, *arguments, env=()):
        """What a file of that text is refused with, less its name."""
        self.write("aloft.toml", text)
        with Scripted(b"") as server:
            result = aloft("run", "-", "--base-url", server.base_url, "--config", "aloft.toml", *arguments, env=env, cwd=self.folder, stdin='{"prompt": "x"}\n')
            self.assertEqual(server.seen, [])
        self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        return result.stderr.removeprefix("aloft run: aloft.toml:").removesuffix("\n")


class Precedence(Configuration):
    def test_a_flag_goes_before_a_variable_before_the_file_before_the_default(self):
        self.write("aloft.toml", "[retries]\nattempts = 3\n")
        key, file, variable, flag = "retries.attempts", ("--config", "aloft.toml"), {"ALOFT_RETRIES_ATTEMPTS": "4"}, ("--retries", "5")
        self.assertEqual(self.setting(key), (8, "default", None))
        self.assertEqual(self.setting(key, *file), (3, "file", "aloft.toml:2"))
        self.assertEqual(self.setting(key, *file, env=variable), (4, "environment", "ALOFT_RETRIES_ATTEMPTS"))
        self.assertEqual(self.setting(key, *file, *flag, env=variable), (5, "flag", "--retries"))

    def test_every_setting_has_its_place_in_the_file_and_a_variable(self):
        values = {"true or false": ("true", "true"), "time": ('"7s"', "7s"), "size": ('"7MiB"', "7MiB"), "text": ('"t"', "t"), "file": ('"/t"', "/t"),
                  "URL": ('"http://t"', "http://t"), "URLs": ('["http://t"]', "http://t"), "secret": ('"t"', "t"), "texts": ('["a:1:127.0.0.1"]', "a:1:127.0.0.1")}
        needs = {"tls.key": 'tls.certificate = "c"', "limits.request_burst": "limits.requests_per_minute = 900",
                 "limits.token_burst": "limits.tokens_per_minute = 900", "adaptive.least": "adaptive.most = 900", "connections.min": "connections.max = 900",
                 "retries.longest_backoff": 'retries.backoff = "1s"', "balancing.longest_ejection": 'balancing.ejection = "1s"',
                 "balancing.longest_cooldown": 'balancing.cooldown = "1s"'}
        for key, one in self.explained().items():
            wants = one["wants"].removesuffix(" or off")
            if key in ("api_key_env", "tls.ca_file", "tls.certificate", "tls.key", "tls.pinned_keys", "connections.dns_servers"):
                continue  # they name what has to be there
            written, said = values.get(wants, (None, None))
            if between := re.fullmatch(r"(\S+) to (\S+)", wants):
                least = float(between[1])
                written = said = "7" if least <= 7 <= float(between[2]) else between[1]
            elif written is None:
                said = wants.partition(", ")[0]
                written = f'"{said}"'
            with self.subTest(key=key):
                self.write("aloft.toml", f"{needs.get(key, '')}\n{key} = {written}\n")
                from_file = self.setting(key, "--config", "aloft.toml")
                self.assertEqual(from_file[1:], ("file", "aloft.toml:2"))
                self.write("aloft.toml", needs.get(key, ""))
                self.assertEqual(self.setting(key, "--config", "aloft.toml", env={one["variable"]: said}), (from_file[0], "environment", one["variable"]))

    def test_what_is_explained_may_be_written_down(self):
        usual = {key: one for key, one in self.explained().items() if "value" in one and key not in ("api_key_env", "tls.key")}
        written = {key: "off" if one["value"] is None else one["value"] for key, one in usual.items() if one["value"] is not None or "off" in one["wants"]}
        for key in ("limits.request_burst", "limits.token_burst"):
            del written[key]
        self.write("aloft.toml", "".join(f"{key} = {json.dumps(value)}\n" for key, value in written.items()))
        again = self.explained("--config", "aloft.toml")
        self.assertGreater(len(written), 70)
        for key in written:
            self.assertEqual((again[key]["value"], again[key]["source"]), (usual[key]["value"], "file"), key)

    def test_a_flag_says_the_same_as_the_file(self):
        for flag, key, value in (("--max-time=1.5", "deadlines.total", "1500ms"), ("--connect-timeout=0.2", "deadlines.connect", "200ms"),
                                 ("--max-time=0", "deadlines.total", None), ("--max-time=2m", "deadlines.total", "2m"),
                                 ("--http1.1", "connections.protocol", "http1"), ("--no-keepalive", "connections.keep_alive", None),
                                 ("--tlsv1.3", "tls.minimum_version", "1.3"), ("-k", "tls.insecure", True), ("--max-body-memory=4KB", "run.max_body_memory", "4KiB"),
                                 ("--adaptive", "adaptive.enabled", True), ("--hedge", "hedging.enabled", True), ("--affinity=prefix", "balancing.affinity", "prefix"),
                                 ("--max-outage=7", "run.max_outage", "7s"), ("--stop-at-action", "stop_at_action", True)):
            with self.subTest(flag=flag):
                found = self.setting(key, flag)
                self.assertEqual(found[:2], (value, "flag"))

    def test_a_flag_takes_back_what_the_file_says(self):
        self.write("aloft.toml", 'stop_at_action = true\nproxy.url = "http://p:1"\nlimits.requests_per_minute = 5\n')
        for flag, key, value in ((("--stop-at-action=false",), "stop_at_action", False), (("--proxy", ""), "proxy.url", ""),
                                 (("--requests-per-minute", "off"), "limits.requests_per_minute", None)):
            self.assertEqual(self.setting(key, *flag, "--config", "aloft.toml")[:2], (value, "flag"))

    def test_variables_of_the_phone_agent_go_before_the_file_and_those_that_all_share_behind_it(self):
        self.write("aloft.toml", 'model = "file"\napi_key = "file"\nbase_url = "http://file"\n')
        env = {"PHONE_AGENT_MODEL": "phone", "OPENAI_API_KEY": "shared", "OPENAI_BASE_URL": "http://shared"}
        self.assertEqual(self.setting("model", "--config", "aloft.toml", env=env), ("phone", "environment", "PHONE_AGENT_MODEL"))
        self.assertEqual(self.setting("api_key", "--config", "aloft.toml", env=env), (True, "file", "aloft.toml:2"))
        self.assertEqual(self.setting("base_url", "--config", "aloft.toml", env=env), (["http://file"], "file", "aloft.toml:3"))
        self.assertEqual(self.setting("base_url", env=env), (["http://shared"], "environment", "OPENAI_BASE_URL"))
        self.assertEqual(self.setting("proxy.url", env={"HTTPS_PROXY": "http://me:secret@p:1"}),
                         ("http://***@p:1", "environment", "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY"))

    def test_the_file_is_the_one_that_is_named_or_ones_own(self):
        own = self.folder / "aloft/config.toml"
        own.parent.mkdir()
        own.write_text('model = "own"\n')
        self.write("named.toml", 'model = "named"\n')
        self.write("other.toml", 'model = "other"\n')
        home = {"XDG_CONFIG_HOME": str(self.folder)}
        self.assertEqual(self.setting("model", env=home), ("own", "file", f"{own}:1"))
        named = {**home, "ALOFT_CONFIG": "named.toml"}
        self.assertEqual(self.setting("model", env=named), ("named", "file", "named.toml:1"))
        self.assertEqual(self.setting("model", "--config", "other.toml", env=named), ("other", "file", "other.toml:1"))
        self.assertEqual(self.setting("model", "--config", "", env=named)[1], "default")

    def test_a_file_in_the_current_folder_is_pointed_out_and_not_read(self):
        self.write("aloft.toml", 'model = "here"\n')
        result = aloft("explain", cwd=self.folder)
        self.assertIn("autoglm-phone-9b", result.stdout)
        self.assertEqual(result.stderr, "aloft explain: aloft.toml is here and not read; --config aloft.toml, or ALOFT_CONFIG, has it read\n")

    def test_paths_are_relative_to_the_file(self):
        (self.folder / "sub").mkdir()
        self.write("sub/aloft.toml", 'connections.unix_socket = "a.sock"\n')
        self.assertEqual(self.setting("connections.unix_socket", "--config", "sub/aloft.toml")[0], "sub/a.sock")
        self.assertEqual(self.setting("connections.unix_socket", "--unix-socket", "a.sock")[0], "a.sock")
        self.write("sub/aloft.toml", 'connections.unix_socket = "/a.sock"\n')
        self.assertEqual(self.setting("connections.unix_socket", "--config", "sub/aloft.toml")[0], "/a.sock")

    def test_a_command_goes_by_what_it_can_use(self):
        self.write("aloft.toml", '[retries]\nattempts = 3\n[deadlines]\nconnect = "3s"\n')
        for command, retries in (("run", True), ("chat", True), ("models", True), ("bench", False), ("send", False), ("sse", False)):
            settings = self.explained("--config", "aloft.toml", command=command)
            self.assertEqual("retries.attempts" in settings, retries, command)
            self.assertEqual("base_url" in settings, command not in ("send", "sse"), command)
            self.assertEqual(settings["deadlines.connect"]["value"], "3s")
        result = aloft("explain", "chat", "--retries", "3")
        self.assertEqual((result.returncode, result.stderr), (2, "aloft explain: --retries is no option of aloft chat\n"))


class Refused(Configuration):
    def test_a_key_that_there_is_not_is_refused_with_the_nearest(self):
        for text, message in (
                ("\n\n\n\n\n[retries]\natempts = 3\n", "7: retries.atempts: no such key; did you mean retries.attempts?"),
                ("max_in_fligth = 3\n", "1: max_in_fligth: no such key; did you mean max_in_flight?"),
                ("attempts = 3\n", "1: attempts: no such key; did you mean retries.attempts?"),
                ("max-time = 3\n", "1: max-time: no such key; did you mean deadlines.total?"),
                ("[retrys]\n", "1: retrys: no such section; did you mean retries?"),
                ("[[server]]\nurl = 'http://x'\n", "1: server[1]: no such section; did you mean servers?"),
                ("[[servers]]\nurl = 'http://x'\nwieght = 2\n", "3: servers[1].wieght: no such key; did you mean servers[1].weight?"),
                ("colour = 'blue'\n", "1: colour: no such key")):
            self.assertEqual(self.refused(text), message)

    def test_a_value_of_another_kind_is_refused(self):
        time = 'a time with its unit (ms, s, m or h), such as "30s", or "off"'
        for text, message in (
                ("retries.window = 30\n", f"1: retries.window wants {time}, not 30"),
                ("retries.window = '30'\n", f'1: retries.window wants {time}, not "30"'),
                ("retries.window = '30 parsecs'\n", f'1: retries.window wants {time}, not "30 parsecs"'),
                ("retries.window = 30s\n", '1: this is no TOML: decimal integer: expected digit, saw \'s\'; times and sizes are written in quotes, such as "30s"'),
                ("event_limit = 500\n", '1: event_limit wants a size with its unit (B, KiB, MiB or GiB), such as "256MiB", not 500'),
                ("max_in_flight = 'many'\n", '1: max_in_flight wants a whole number from 1 to 1000000, not "many"'),
                ("max_in_flight = 1.5\n", "1: max_in_flight wants a whole number from 1 to 1000000, not 1.5"),
                ("base_url = []\n", "1: base_url wants a URL or a list of them, not an empty list"),
                ("model = 5\n", "1: model wants a text, not 5"),
                ("[model]\n", "1: model wants a text, not a table"),
                ("retries = 5\n", "1: retries is a section, written [retries]"),
                ("servers = ['http://x']\n", "1: servers wants tables, each of which begins with [[servers]]"),
                ("[servers]\nurl = 'http://x'\n", "1: servers wants tables, each of which begins with [[servers]]"),
                ("[[retries]]\nattempts = 3\n", "1: retries[1] is a section, written [retries]"),
                ("[hedging]\nenabled = 1\n", "2: hedging.enabled wants true or false, not 1"),
                ("sampling.temperature = 2020-01-01\n", "1: sampling.temperature wants a number from 0 to 1000, not a date"),
                ("balancing.affinity = 'prefx'\n", '1: balancing.affinity wants "none" or "prefix", not "prefx"'),
                ("connections.protocol = 'http3'\n", '1: connections.protocol wants "negotiated", "http1", "http2" or "http2-prior-knowledge", '
                                                     'not "http3"; did you mean "http1"?'),
                ("connections.resolve = ['x:y']\n", '1: connections.resolve wants HOST:PORT:ADDRESS, not "x:y"'),
                ("[[servers]]\nurl = 'http://x'\nmodels = { a = 1 }\n",
                 "3: servers[1].models wants a list of names, or a table with the name there behind each, not a table of something else")):
            with self.subTest(text=text):
                self.assertEqual(self.refused(text), message)

    def test_a_value_out_of_range_is_refused(self):
        for text, message in (
                ("max_in_flight = 0\n", "1: max_in_flight wants a whole number from 1 to 1000000, not 0"),
                ("retries.attempts = -1\n", "1: retries.attempts wants a whole number from 0 to 1000000, not -1"),
                ("sampling.top_p = 1.5\n", "1: sampling.top_p wants a number from 0 to 1, not 1.5"),
                ("connections.keep_alive = '1ms'\n", '1: connections.keep_alive wants a time from 1s to 32767s, not "1ms"'),
                ("event_limit = '1B'\n", '1: event_limit wants a size from 1KiB to 1GiB, not "1B"'),
                ("[[servers]]\nurl = 'http://x'\nweight = 0\n", "3: servers[1].weight wants a number from 0.001 to 1000000, not 0")):
            self.assertEqual(self.refused(text), message)

    def test_a_contradiction_is_refused(self):
        for text, message in (
                ("base_url = 'http://x'\n[[servers]]\nurl = 'http://y'\n", "2: there are servers, and base_url in aloft.toml:1; a configuration has one or the other"),
                ("api_key = 'x'\napi_key_env = 'GLM_KEY'\n", "2: api_key_env stands beside api_key; one of them has to go"),
                ("retries.backoff = '20m'\n", "1: retries.backoff is in contradiction: retries.backoff is 20m, and retries.longest_backoff only 30s"),
                ("adaptive.least = 10\nadaptive.most = 5\n", "1: adaptive.least is in contradiction: adaptive.least is 10, and adaptive.most only 5"),
                ("limits.request_burst = 5\n", "1: limits.request_burst means nothing without limits.requests_per_minute"),
                ("tls.key = 'k'\n", "1: tls.key means nothing without tls.certificate"),
                ("connections.protocol = 'http2'\n", "1: connections.protocol is agreed on within TLS, so it needs an https:// URL; "
                                                      "on http:// there is --http2-prior-knowledge"),
                ("[[servers]]\nweight = 2\n", "1: servers[1] has no url")):
            with self.subTest(text=text):
                self.assertEqual(self.refused(text), message)

    def test_a_url_that_is_none_is_refused_where_it_stands(self):
        for text, at in (("base_url = ['http://x', 'nonsense']\n", "1: base_url"), ("[[servers]]\nurl = 'nonsense'\n", "2: servers[1].url")):
            self.write("aloft.toml", text)
            result = aloft("models", "--config", "aloft.toml", cwd=self.folder)
            self.assertEqual((result.returncode, result.stderr), (2, f'aloft models: aloft.toml:{at} should look like http://localhost:8000/v1, not "nonsense"\n'))

    def test_a_key_whose_variable_is_not_set_is_refused(self):
        self.assertEqual(self.refused("api_key_env = 'GLM_KEY'\n"), "1: api_key_env names GLM_KEY, which the environment does not have")
        self.assertEqual(self.refused("api_key = \"a\\nb\"\n"), "1: api_key holds a line break or another control character")

    def test_a_variable_that_will_not_do_is_named(self):
        result = aloft("run", "-", env={"ALOFT_RETRIES_WINDOW": "30"})
        self.assertEqual((result.returncode, result.stderr), (2, 'aloft run: ALOFT_RETRIES_WINDOW wants a time with its unit (ms, s, m or h), such as "30s", or "off", not "30"\n'))

    def test_a_file_that_cannot_be_read_is_named(self):
        for name, why in (("gone.toml", "No such file or directory"), (".", "it is a directory")):
            result = aloft("models", "--config", name, cwd=self.folder)
            self.assertEqual((result.returncode, result.stderr), (2, f"aloft models: cannot read the configuration {name}: {why}\n"))
        self.assertEqual(self.refused(b"model = '\xff'\n"), "1: this is no TOML: Encountered invalid utf-8 sequence")
        self.assertEqual(self.refused("model = 'a'\nmodel = 'b'\n"), "2: this is no TOML: key-value pair: cannot redefine existing string 'model'")

    def test_every_command_refuses_it(self):
        self.write("aloft.toml", "[retries]\natempts = 3\n")
        for command in (("chat", "hi"), ("models",), ("bench",), ("send", "http://localhost:1/"), ("sse", "http://localhost:1/"), ("explain",)):
            result = aloft(*command, "--config", "aloft.toml", cwd=self.folder)
            self.assertEqual((result.returncode, result.stdout, result.stderr),
                             (2, "", f"aloft {command[0]}: aloft.toml:2: retries.atempts: no such key; did you mean retries.attempts?\n"))


class Servers(Configuration):
    def servers(self, *servers):
        text = "".join(f"[[servers]]\n{one}\n" for one in servers)
        return self.write("aloft.toml", text)

    def test_servers_of_the_file_are_called_as_it_says(self):
        with Sim("--api-key", "one", "--model", "here", "--tokens", "1", "--first-token", "1ms") as sim:
            self.servers(f'url = "{sim.base_url}"\napi_key_env = "ONE"\nmodels = {{ mine = "here" }}')
            result = aloft("run", "-", "--config", "aloft.toml", "--model", "mine", stdin='{"prompt": "a"}\n' * 3, env={"ONE": "one", "OPENAI_API_KEY": "other"}, cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count('"model":"here"'), 3)

    def test_a_base_url_of_the_command_line_goes_before_them_and_keeps_what_the_file_says_of_it(self):
        with Sim("--api-key", "one") as sim:
            self.servers('url = "http://127.0.0.1:1/v1"', f'url = "{sim.base_url}"\napi_key = "one"')
            self.assertEqual(aloft("models", "--config", "aloft.toml", "--base-url", sim.base_url + "/", cwd=self.folder).returncode, 0)
        settings = self.explained("--config", "aloft.toml", "--base-url", "http://other")
        self.assertEqual(settings["base_url"]["value"], ["http://other"])
        self.assertEqual([key for key in settings if key.startswith("servers")], [])

    def test_a_key_goes_to_its_own_server_only(self):
        seen = []
        answer = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"
        with Scripted(answer) as one, Scripted(answer) as two:
            self.servers(f'url = "{one.base_url}"\napi_key = "first"', f'url = "{two.base_url}"')
            aloft("chat", "hi", "--config", "aloft.toml", cwd=self.folder, env={"ALOFT_RETRIES_BACKOFF": "1ms"})
            seen = one.seen, two.seen
        self.assertTrue(seen[0] and all(b"authorization: Bearer first\r\n" in one for one in seen[0]), seen)
        self.assertTrue(seen[1] and not any(b"authorization" in one for one in seen[1]), seen)

    def test_other_endpoints_get_the_first_servers_own_key(self):
        with Scripted(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}") as server:
            self.servers(f'url = "{server.base_url}"\napi_key = "first"')
            result = aloft("run", "-", "--config", "aloft.toml", "--api-key", "general", cwd=self.folder,
                           stdin='{"custom_id": "e", "url": "/v1/embeddings", "body": {"input": "x"}}\n')
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(b"authorization: Bearer first\r\n", server.seen[0])


class Explain(Configuration):
    def test_it_is_a_table_for_people(self):
        self.write("aloft.toml", 'model = "mine"\napi_key = "sesame"\n\n[retries]\nwindow = "90s"\n')
        result = aloft("explain", "--config", "aloft.toml", "--retries", "5", cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        lines = result.stdout.splitlines()
        self.assertEqual(lines[0], "aloft run, configured by aloft.toml")
        rows = dict((re.split(" {2,}", line)[0], re.split(" {2,}", line)[1:]) for line in lines[1:])
        self.assertEqual(rows["model"], ["mine", "aloft.toml:1"])
        self.assertEqual(rows["api_key"], ["set", "aloft.toml:2"])
        self.assertEqual(rows["retries.window"], ["90s", "aloft.toml:5"])
        self.assertEqual(rows["retries.attempts"], ["5", "--retries"])
        self.assertEqual(rows["max_in_flight"], ["256", "default"])
        self.assertEqual(len({re.search(r" (aloft\.toml:\d|--retries|default)$", line).start() for line in lines[1:]}), 1)

    def test_no_secret_is_printed(self):
        self.write("aloft.toml", 'api_key = "sesame1"\n[proxy]\nurl = "http://me:sesame2@p:1"\nuser = "me:sesame3"\n')
        for form in (), ("--json",):
            result = aloft("explain", *form, "--config", "aloft.toml", cwd=self.folder)
            self.assertNotIn("sesame", result.stdout + result.stderr)
        self.assertEqual(self.setting("api_key", "--config", "aloft.toml")[0], True)
        self.assertEqual(self.setting("api_key")[0], False)
        self.write("aloft.toml", '[[servers]]\nurl = "http://x"\napi_key_env = "ONE"\n')
        self.assertEqual(self.setting("servers[1].api_key", "--config", "aloft.toml", env={"ONE": "sesame"}), (True, "file", "ONE by aloft.toml:3"))

    def test_a_variable_that_is_no_setting_is_pointed_out(self):
        result = aloft("explain", env={"ALOFT_RETRIES_ATEMPTS": "3"})
        self.assertEqual((result.returncode, result.stderr), (0, "aloft explain: ALOFT_RETRIES_ATEMPTS is no setting; did you mean ALOFT_RETRIES_ATTEMPTS?\n"))

    def test_what_the_command_would_refuse_is_refused(self):
        result = aloft("explain", "--base-url", "nonsense")
        self.assertEqual((result.returncode, result.stdout, result.stderr),
                         (2, "", 'aloft explain: base URL "nonsense": it should look like http://localhost:8000/v1\n'))
        self.assertEqual(aloft("explain", "fly").returncode, 2)


class Page(Configuration):
    def test_the_example_is_a_configuration_and_has_every_key(self):
        example = DOCS / "examples/aloft.toml"
        settings = self.explained("--config", example, env=KEYS)
        section, named = "", set()
        for line in example.read_text().splitlines():
            if heading := re.match(r"\[+(\w+)\]+", line):
                section = heading[1] + "."
            elif key := re.match(r"(?:# )?(\w+) = ", line):
                named.add(("" if key[1] == "base_url" else section) + key[1])
        keys = {re.sub(r"\[\d\]", "", key) for key in settings} | {"base_url", "servers.api_key", "api_key"}
        self.assertEqual(keys - named, {"api_key", "servers.api_key"})  # these stand in the comments of api_key_env
        self.assertEqual(named - keys, set())

    def test_its_tables_are_those_of_the_program(self):
        page = (DOCS / "guide/configuration.md").read_text()
        for table in settings_table(), servers_table():
            self.assertIn("\n".join(table) + "\n", page)


if __name__ == "__main__":
    main()
