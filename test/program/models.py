"""aloft models: what a server offers, or why it does not say."""

import json

from program import ProgramTest, Scripted, Sim, aloft, main


class Models(ProgramTest):
    def test_models_are_listed(self):
        with Sim("--model", "one", "--model", "two") as sim:
            self.assertEqual(aloft("models", "--base-url", sim.base_url).stdout, "one  25480 tokens  by aloft-sim\ntwo  25480 tokens  by aloft-sim\n")
            listed = json.loads(aloft("models", "--json", env={"PHONE_AGENT_BASE_URL": sim.base_url}).stdout)
        self.assertEqual([one["id"] for one in listed], ["one", "two"])

    def test_the_key_comes_from_the_environment(self):
        with Sim("--api-key", "sesame") as sim:
            self.assertEqual(aloft("models", "--base-url", sim.base_url, env={"OPENAI_API_KEY": "sesame"}).returncode, 0)
            wrong = aloft("models", "--base-url", sim.base_url)
        self.assertEqual(wrong.returncode, 1)
        self.assertTrue(wrong.stderr.endswith(" - check --api-key\n"), wrong.stderr)

    def test_what_is_no_list_is_said(self):
        with Scripted(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>") as server:
            result = aloft("models", "--base-url", server.base_url)
        self.assertEqual(result.returncode, 1)
        self.assertTrue(result.stderr.startswith(f"aloft models: http://127.0.0.1:{server.port}: the server answered with content of another kind"), result.stderr)
        self.assertTrue(result.stderr.endswith("- is the URL that of an OpenAI-compatible API, such as http://host:8000/v1?\n"), result.stderr)

    def test_wrong_usage(self):
        result = aloft("models", "--base-url", "nonsense")
        self.assertEqual((result.returncode, result.stderr), (2, 'aloft models: base URL "nonsense": it should look like http://localhost:8000/v1\n'))


if __name__ == "__main__":
    main()
