"""The command line as a whole."""

from program import ProgramTest, aloft, main


class CommandLine(ProgramTest):
    def test_an_unknown_command_is_a_usage_error(self):
        result = aloft("fly")
        self.assertEqual(result.returncode, 2)

    def test_no_command_is_a_usage_error(self):
        self.assertEqual(aloft().returncode, 2)


if __name__ == "__main__":
    main()
