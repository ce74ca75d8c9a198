"""``pricewar completion``: what makes a shell complete commands, options, names and folders."""

from __future__ import annotations

import argparse

from pricewar.cli.console import say

EXAMPLES = """\
examples:
  eval "$(pricewar completion bash)"      in ~/.bashrc
  eval "$(pricewar completion zsh)"       in ~/.zshrc, after compinit
  pricewar completion fish | source       in ~/.config/fish/config.fish

Then the Tab key completes commands, options, shipped scenarios and designs, results and tables.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="which to print it for")


def execute(arguments: argparse.Namespace) -> int:
    """Print the shell's code; returns the exit code."""
    from argcomplete.shell_integration import shellcode

    say(shellcode(["pricewar"], shell=arguments.shell))
    return 0
