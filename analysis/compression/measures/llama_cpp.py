"""Speed of GGUF files on llama.cpp, each in a process of its own.

A crash of the engine, its memory and its chatter then stay out of the measuring process.  Run as a
module, this file is that process: it loads one file, and answers one line of JSON with one.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from analysis.compression.errors import CalibrationError
from analysis.compression.measures.timing import REPEATS, Passes, Speed, in_turns, speeds

PROMPT_TOKENS = 192
DECODED_TOKENS = 48
CONTEXT_TOKENS = 512
_WARM_UP_TOKENS = 4


@dataclass(frozen=True, slots=True)
class Completion:
    """What the engine wrote.

    Attributes
    ----------
    tokens
        How many tokens were written.
    cpu_s
        Processor time of the engine's process meanwhile, all its threads [s].
    written
        Each token's number and log-probability [nats], if asked for.
    """

    tokens: int
    cpu_s: float
    written: tuple[tuple[int, float], ...]


class LlamaCpp:
    """llama.cpp with one file, on one thread; use it in a ``with`` block.

    Parameters
    ----------
    path
        The GGUF file.

    Raises
    ------
    CalibrationError
        xllamacpp is not installed, or the engine refuses the file.
    """

    def __init__(self, path: Path) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise CalibrationError(
                "speed on llama.cpp needs the package xllamacpp.  Install pricewar[compression]."
            )
        self._path = path
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "OMP_WAIT_POLICY": "PASSIVE",
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
        )

    def __enter__(self) -> LlamaCpp:
        self._answer()  # it says when the file is loaded
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def complete(
        self, prompt: Sequence[int], tokens: int, *, say_which: bool = False
    ) -> Completion:
        """Read a prompt of token numbers and write so many tokens, each the likeliest.

        Parameters
        ----------
        prompt
            Numbers of the tokens to read.
        tokens
            How many to write.
        say_which
            Whether to report the tokens with their log-probabilities, which costs time.
        """
        if self._process.stdin is None:
            raise TypeError("the engine's process has no input")
        request = {"prompt": list(prompt), "tokens": tokens, "say_which": say_which}
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has died: the answer below says so
        answer = self._answer()
        written = tuple((int(token), float(log)) for token, log in answer["written"])
        return Completion(int(answer["tokens"]), float(answer["cpu_s"]), written)

    def _close(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _answer(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise TypeError("the engine's process has no output")
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            self._close()
            raise CalibrationError(
                f"{self._path}: llama.cpp stopped (exit status {status}).  The file is damaged, or "
                "does not fit in memory."
            )
        answer: dict[str, Any] = json.loads(line)
        return answer


def measure_speeds(
    files: Mapping[str, Path], base: str = "f16", repeats: int = REPEATS
) -> dict[str, Speed]:
    """Measure all formats of a model in one session, in turns, on one thread.

    Parameters
    ----------
    files
        GGUF file of each format, by the format's name.
    base
        The format of the uncompressed model.
    repeats
        Times that each is measured.

    Returns
    -------
    dict
        Speed of each format: reading a prompt of 192 tokens, and writing 48 tokens one by one.
    """
    with ExitStack() as stack:
        jobs: dict[str, Callable[[], Passes]] = {
            name: _passes(stack.enter_context(LlamaCpp(path))) for name, path in files.items()
        }
        return speeds(in_turns(jobs, repeats), base, engine_name())


def engine_name() -> str:
    """Return the engine as the table names it."""
    return f"llama.cpp (xllamacpp {importlib.metadata.version('xllamacpp')})"


def _passes(engine: LlamaCpp) -> Callable[[], Passes]:
    """Warm an engine up by reading the prompt and writing a little; return what measures it."""
    prompt = [3 + (7 * place) % 250 for place in range(PROMPT_TOKENS)]

    def measure() -> Passes:
        reading = engine.complete(prompt, 1)
        # One token in, so that each token written costs one pass through the weights.
        writing = engine.complete(prompt[:1], DECODED_TOKENS)
        return Passes(reading.cpu_s / len(prompt), writing.cpu_s / writing.tokens)

    engine.complete(prompt, _WARM_UP_TOKENS)
    return measure


def _serve(path: str) -> None:
    """Load a file and answer requests until the input ends."""
    import xllamacpp

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the engine writes where it likes
    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.n_gpu_layers = 0
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.cache_ram_mib = 0
    parameters.verbosity = -1
    server = xllamacpp.Server(parameters)
    _send(answers, {"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        before = time.process_time()
        reply = server.handle_completions(
            {
                "prompt": request["prompt"],
                "n_predict": request["tokens"],
                "temperature": 0.0,
                "ignore_eos": True,
                "cache_prompt": False,
                "n_probs": 1 if request["say_which"] else 0,
            }
        )
        cpu_s = time.process_time() - before
        logs = (reply["choices"][0]["logprobs"] or {}).get("content", [])
        answer = {
            "tokens": reply["usage"]["completion_tokens"],
            "cpu_s": cpu_s,
            "written": [(one["id"], one["logprob"]) for one in logs],
        }
        _send(answers, answer)


def _send(stream: TextIO, answer: Mapping[str, object]) -> None:
    stream.write(json.dumps(answer) + "\n")
    stream.flush()


if __name__ == "__main__":
    _serve(sys.argv[1])
