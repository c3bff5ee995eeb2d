"""aloft chat: one answer, and a conversation from a terminal."""

import json
import os
import pty
import signal
import subprocess
import time

from program import ALOFT, CLEAN, ProgramTest, Scripted, Sim, aloft, main

FAST = ("--first-token", "1ms", "--gap", "0ms", "--tokens", "12", "--seed", "3", "--by-prompt")
ANSWER = (b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
          b'data: {"choices":[{"index":0,"delta":{"content":"I go. do(action=\\"Tap\\", element=[1, 2])"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')


class Chat(ProgramTest):
    def asked(self, server):
        return [json.loads(read.partition(b"\r\n\r\n")[2]) for read in server.seen]

    def test_thinking_and_action_are_shown_with_what_would_be_done(self):
        with Scripted(ANSWER) as server:
            result = aloft("chat", "Go", "--base-url", server.base_url)
        self.assertEqual((result.returncode, result.stdout), (0, 'I go. do(action="Tap", element=[1, 2])\n=> {"name":"Tap","element":[1,2]}\n'))

    def test_an_answer_may_end_with_its_action(self):
        rambling = (ANSWER.partition(b"data:")[0] +
                    b'data: {"choices":[{"index":0,"delta":{"content":"do(action=\\"Home\\") And then"}}]}\n\n' * 2)
        for flag, code in ((("--stop-at-action",), 0), ((), 1)):
            with Scripted(rambling) as server:
                result = aloft("chat", "Go", *flag, "--base-url", server.base_url)
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertEqual(result.stdout.endswith('=> {"name":"Home"}\n'), code == 0)

    def test_json_is_an_object_a_line(self):
        with Scripted(ANSWER) as server:
            result = aloft("chat", "Go", "--json", "--base-url", server.base_url)
        self.assertEqual([json.loads(line) for line in result.stdout.splitlines()], [
            {"type": "thinking", "text": "I go. "},
            {"type": "action", "text": 'do(action="Tap", element=[1, 2])'},
            {"type": "done", "action": {"name": "Tap", "element": [1, 2]}, "finish_reason": "stop"}])

    def test_a_conversation_keeps_what_was_said_and_one_picture(self):
        picture = self.write("s.png", b"\x89PNG\r\n\x1a\nxx")
        with Scripted(ANSWER) as server:
            result = aloft("chat", "--system", "You tap.", "--base-url", server.base_url,
                           stdin=f"/image {picture}\nfirst\n/image {picture}\nsecond\n/reset\nthird\n/quit\nnever\n")
            asked = self.asked(server)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([len(one["messages"]) for one in asked], [2, 4, 2])
        second = asked[1]["messages"]
        self.assertEqual([m["role"] for m in second], ["system", "user", "assistant", "user"])
        self.assertEqual(second[2]["content"], '<think>I go.</think><answer>do(action="Tap", element=[1, 2])</answer>')
        self.assertEqual([json.dumps(m).count("data:image/png") for m in second], [0, 0, 0, 1])

    def test_errors_are_one_line_and_the_conversation_goes_on(self):
        with Sim(*FAST, "--fault", "request 1: status 400 message broken") as sim:
            result = aloft("chat", "--base-url", sim.base_url, stdin="a\nb\n/what\n/image /\n")
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 3, result.stderr)
        self.assertTrue(lines[0].startswith("aloft chat: http://127.0.0.1:"), lines[0])
        self.assertEqual(lines[1], 'aloft chat: there is no "/what"; /image FILE, /reset and /quit there are')
        self.assertEqual(lines[2], "aloft chat: the image / is a directory")
        self.assertIn("=> ", result.stdout)

    def test_what_cannot_be_asked_is_said(self):
        with Sim(*FAST) as sim:
            for arguments, code, message in (
                (("hi", "--image", "gone.png"), 2, "aloft chat: the image gone.png cannot be read: No such file or directory\n"),
                (("",), 2, "aloft chat: the prompt is empty; without one, the lines of standard input are asked\n"),
                (("hi", "--model", "nope"), 1, None),
                (("hi", "--base-url", "http://127.0.0.1:1/v1"), 1, None),
            ):
                result = aloft("chat", *arguments, env={"PHONE_AGENT_BASE_URL": sim.base_url})
                self.assertEqual(result.returncode, code, result.stderr)
                if message:
                    self.assertEqual(result.stderr, message)
                self.assertEqual(result.stderr.count("\n"), 1)

    def test_on_a_terminal_there_is_a_prompt_colours_and_ctrl_c_ends_an_answer(self):
        with Sim("--first-token", "60s", "--fault", "request 1: status 400") as sim:
            child, terminal = pty.fork()
            if child == 0:
                os.execve(ALOFT, ["aloft", "chat", "--base-url", sim.base_url], {**CLEAN, "TERM": "xterm"})
            unread = b""

            def until(text):
                nonlocal unread
                while text not in unread:
                    unread += os.read(terminal, 4096)
                unread = unread.partition(text)[2]
            until(b"> ")
            os.write(terminal, b"hello\n")
            until(b"400")
            until(b"> ")
            os.write(terminal, b"hello again\n")
            until(b"again")
            time.sleep(0.3)
            os.write(terminal, b"\x03")
            until(b"interrupted")
            until(b"> ")
            os.write(terminal, b"/quit\n")
            _, status = os.waitpid(child, 0)
            os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(status), 130)


if __name__ == "__main__":
    main()
