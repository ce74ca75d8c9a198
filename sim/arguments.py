"""What the functions of `sim` and `pricewar` take, and what they say to whoever gives other things.

Messages of all rooms speak of the options of the command line; to whoever called a function, they
are said in terms of its arguments.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, ParamSpec, TypeVar, cast

from sim.errors import PricewarError, Problem, ScenarioError, UsageError
from sim.files.paths import shown

P = ParamSpec("P")
R = TypeVar("R")

_ARGUMENTS: Final = {
    "--out": "the argument out",
    "--resume": "resume=True",
    "--overwrite": "overwrite=True",
    "--allow-code": "allow_code=True",
    "--set": "overrides",
    "--do": "do",
    "--seed": "seed",
    "--replications": "replications",
    "--workers": "workers",
    "--cluster": "cluster",
    "--time-limit": "time_limit_s",
    "--memory-limit": "memory_limit_bytes",
}
"""Arguments of functions by the options that say the same."""
_OPTION = re.compile(rf"({'|'.join(_ARGUMENTS)})(?![\w-])(?: (?=\d)| (?=[^\s=]+=)| (?='))?")


def in_arguments(text: str) -> str:
    """Say a message about options in terms of arguments; commands in backticks stay as they are.

    Examples
    --------
    >>> in_arguments("Choose another folder with --out, or continue with --resume.")
    'Choose another folder with the argument out, or continue with resume=True.'
    >>> in_arguments("--set population.users=0  population.users = 0")
    'overrides: population.users=0  population.users = 0'
    >>> in_arguments("Run it again with --seed 7, as `pricewar run minimal --seed 7` does.")
    'Run it again with seed=7, as `pricewar run minimal --seed 7` does.'
    """
    parts = text.split("`")
    parts[::2] = [_OPTION.sub(_argument, part) for part in parts[::2]]
    return "`".join(parts)


def _argument(found: re.Match[str]) -> str:
    option, argument = found[1], _ARGUMENTS[found[1]]
    takes_value = found[0] != option
    if not takes_value:
        return argument
    return f"{argument}: " if option in ("--set", "--do") else f"{argument}="


def in_terms_of_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with its errors in terms of its arguments, not of options."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except PricewarError as error:
            error.args = tuple(in_arguments(it) if isinstance(it, str) else it for it in error.args)
            if isinstance(error, ScenarioError):
                error.problems = tuple(map(_problem_in_arguments, error.problems))
            raise

    return call


def _problem_in_arguments(problem: Problem) -> Problem:
    return replace(
        problem,
        file=in_arguments(problem.file),
        allowed=in_arguments(problem.allowed),
        hint=in_arguments(problem.hint),
    )


def refuse_no_scenario(value: object, call: str) -> None:
    """Refuse what is not a scenario.

    Parameters
    ----------
    value
        What was given.
    call
        What was called: ``sim.run``.

    Raises
    ------
    UsageError
        If it is none; it says how to get one.
    """
    from sim.scenario.scenario import Scenario

    if isinstance(value, Scenario):
        return
    name = value if isinstance(value, str) else "minimal"
    more = ", {...}" if call.endswith("with_") else ""
    raise UsageError(
        f"{call} takes a scenario, not {shown(value)}: load it first, "
        f"as in {call}(sim.load({shown(name)}){more})."
    )


def refuse_no_overrides(value: object, call: str) -> None:
    """Refuse what is neither a mapping of path to value nor a list of ``path=value``.

    Raises
    ------
    UsageError
        If it is neither.
    """
    paths = value if isinstance(value, Mapping | Sequence) and not isinstance(value, str) else None
    if paths is None or not all(isinstance(path, str) for path in paths):
        raise UsageError(
            f"{call}: overrides = {shown(value)}: must be a dictionary of paths and values, as in "
            '{"population.users": 5000}, or a list of texts, as in ["population.users=5000"].'
        )


def refuse_no_interventions(value: object, call: str, argument: str = "do") -> None:
    """Refuse what is no list of interventions: what each of them says is checked elsewhere.

    Raises
    ------
    UsageError
        If it is none, one line alone, or holds what is no text.
    """
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    if not is_list or not all(isinstance(line, str) for line in cast(Sequence[object], value)):
        raise UsageError(
            f"{call}: {argument} = {shown(value)}: must be a list of interventions, as in "
            '["rents x1.5 from 2024-09-01"].'
        )


def refuse_no_flags(call: str, **flags: object) -> None:
    """Refuse what is neither True nor False: any text would count as True.

    Raises
    ------
    UsageError
        If one of them is not a boolean.
    """
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise UsageError(f"{call}: {name} = {shown(value)}: must be True or False.")


def refuse_no_limits(call: str, **limits: object) -> None:
    """Refuse limits that are neither numbers nor None.

    Raises
    ------
    UsageError
        If one of them is neither; their range is checked elsewhere.
    """
    for name, value in limits.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not is_number:
            raise UsageError(f"{call}: {name} = {shown(value)}: must be a number above 0, or None.")


def refuse_no_address(cluster: object, call: str) -> None:
    """Refuse a cluster that is not given by its address.

    Raises
    ------
    UsageError
        If it is neither a text nor None.
    """
    if cluster is not None and not isinstance(cluster, str):
        raise UsageError(
            f"{call}: cluster = {shown(cluster)}: must be the address of a Dask scheduler, "
            'such as "tcp://10.0.0.1:8786"; of a cluster object, its scheduler_address.'
        )


def with_data(
    overrides: Mapping[str, object] | Sequence[str], folder: Path
) -> Mapping[str, object] | Sequence[str]:
    """Return overrides that name a folder of tables too."""
    if isinstance(overrides, Mapping):
        return {**overrides, "data": str(folder)}
    texts = (overrides,) if isinstance(overrides, str) else overrides
    return [*texts, f"data={json.dumps(str(folder), ensure_ascii=False)}"]
