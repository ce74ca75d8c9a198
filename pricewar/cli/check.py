"""``pricewar check``: say whether scenario files may be run, and if not, every reason why."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pricewar.cli.arguments import (
    INTERVENTIONS,
    add_allow_code,
    add_data,
    add_interventions,
    add_overrides,
    add_strict,
)
from pricewar.cli.console import complain, say
from pricewar.cli.implausible import below_cost_in_full, findings
from sim.errors import PricewarError, ScenarioError

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

EXAMPLES = f"""\
examples:
  pricewar check my-war.yaml
  pricewar check scenarios/*.yaml
  pricewar check minimal --set population.users=5000
  pricewar check --strict my-war.yaml           refuse what is valid, but hardly meant
  pricewar check minimal --do 'price Zhipu -50% on 2024-06-01'

{INTERVENTIONS}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a scenario file, or the name of a shipped one"
    )
    add_overrides(parser, "each file first")
    add_data(parser)
    add_interventions(parser, "those of each file first")
    add_strict(parser, "scenario")
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Check the files; returns 0 if all may be run, else 2."""
    from sim.feasibility import refuse_infeasible
    from sim.reference import read
    from sim.sanity.implausible import implausible

    wrong = 0
    for file in arguments.files:
        try:
            scenario = read(
                file, arguments.overrides, do=arguments.do, allow_code=arguments.allow_code
            )
            refuse_infeasible(scenario)
            found = findings(file, implausible(scenario))
            if found and arguments.strict:
                wrong += 1
                complain(f"{found}\n{file}: refused, as --strict asks.")
            else:
                say(f"{found or f'{file}: valid.'}\n{_summary(scenario)}")
                for line in below_cost_in_full(scenario):
                    say(f"  {line}")
        except ScenarioError as error:
            wrong += 1
            count = len(error.problems)
            complain(f"{error}\n{file}: {count} mistake{'s' if count > 1 else ''}.")
        except PricewarError as error:
            wrong += 1
            complain(f"{file}: cannot be run.\n  {error}")
    return 2 if wrong else 0


def _summary(scenario: Scenario) -> str:
    from sim.interventions.line import line_of
    from sim.scenario.beyond import beyond_the_end
    from sim.scenario.writer import scenario_hash

    population = scenario.population
    fighters = sum(provider.war is not None for provider in scenario.providers)
    beyond = beyond_the_end(scenario)
    assumed = sum(source.is_assumption for source in scenario.provenance.values())
    return "\n".join(
        (
            f"  {scenario.title}",
            f"  {scenario.start_date} to {scenario.end_date}, {scenario.duration_days:.0f} days",
            f"  {population.users:,} users for {population.users_represented:,.0f}, "
            f"domains: {len(scenario.domains)}",
            f"  providers: {len(scenario.providers)}, {fighters} with a war policy; "
            f"products: {len(scenario.products)}; clouds: {len(scenario.clouds)}",
            f"  values with a source: {len(scenario.provenance) - assumed}; "
            f"marked as assumptions: {assumed}",
            *(f"  intervention: {line_of(one)}" for one in scenario.interventions),
            *(
                (f"  dated after the last day, so it does not happen: {', '.join(beyond)}",)
                if beyond
                else ()
            ),
            f"  read from: {', '.join(str(path) for path in scenario.files)}",
            *(
                f"  runs code: {path}: {code.class_name} of {code.label}, sha256 {code.sha256}"
                for path, code in scenario.origin.code.items()
            ),
            f"  sha256: {scenario_hash(scenario)}",
        )
    )
