"""The library of domains and deployments: what it says, and how scenarios take from it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.reading.composing import compose
from sim.reading.library import library_items
from sim.reading.nodes import Listing, Mapping, Node, Scalar
from sim.reading.problems import Problems
from sim.reading.provenance import ASSUMPTION
from sim.scenario.reader import read
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import library
from sim.scenario.writer import scenario_hash, to_yaml

DOMAINS = tuple(library_items(library(), "domains"))
PRODUCTS = tuple(library_items(library(), "products"))
REST = """
name: picked
title: Picked
question: What is picked?
start_date: 2024-09-20
end_date: 2024-11-15
population: {users: 500}
clouds:
  - {name: rented cloud, accelerators: [{name: H800 SXM5}]}
providers:
  - name: Lab
    cloud: rented cloud
    accelerator: H800 SXM5
    cash_usd: 1.0e8
    price: {policy: cost_plus}
products:
  - name: model
    provider: Lab
    launch_date: 2024-01-01
    price_usd_per_mtok: {input: 0.4, output: 0.8}
    capability_logit: -1
    architecture: {parameters_billion: 32, active_parameters_billion: 32, kv_bytes_per_token: 1e+5}
"""
Pick = Callable[..., Scenario]


@pytest.fixture
def picked(tmp_path: Path) -> Pick:
    """Read a scenario with these domains, and further lines at its end."""

    def build(domains: str, more: str = "") -> Scenario:
        path = tmp_path / "picked.yaml"
        path.write_text(f"{REST}{more}\ndomains:\n{domains}\n")
        return read(path)

    return build


def bare_numbers(node: Node, path: str = "") -> Iterator[str]:
    """Yield the paths of numbers that have no source."""
    if isinstance(node, Listing):
        for item in node.items:
            yield from bare_numbers(item, f"{path}[]")
    elif isinstance(node, Mapping):
        if "source" not in node.entries:
            for key, child in node.entries.items():
                yield from bare_numbers(child, f"{path}.{key}")
    elif isinstance(node, Scalar) and type(node.value) in (int, float):
        yield path


def test_no_number_of_the_library_is_without_a_source() -> None:
    tree = compose(library().read_text(), "library", Problems())
    assert tree is not None
    assert list(bare_numbers(tree)) == []


def test_whoever_takes_a_number_knows_its_source_and_range(picked: Pick) -> None:
    scenario = picked("".join(f"  - {name}\n" for name in DOMAINS))
    for domain in scenario.domains:
        for key in ("share", "tokens_per_work", "difficulty_logit", "setup_cost_usd"):
            source = scenario.provenance[f"domains[{domain.name}].{key}"]
            assert source.value == getattr(domain, key)
            assert source.range is not None
            assert source.range[0] <= source.value <= source.range[1]
            assert source.range[0] < source.range[1]
    named = {s.source for s in scenario.provenance.values() if "Azure" in s.source}
    assert len(named) == 2
    assert any(source.is_assumption for source in scenario.provenance.values())
    assert ASSUMPTION not in named


@pytest.mark.parametrize("name", DOMAINS)
def test_every_domain_stands_alone(picked: Pick, name: str) -> None:
    (domain,) = picked(f"  - {name}").domains
    assert domain.name == name
    assert domain.share == 1.0


def test_picked_domains_share_all_users_in_proportion_to_their_sizes(picked: Pick) -> None:
    sizes = {
        name: item.entries["size"].entries["value"].value
        for name, item in library_items(library(), "domains").items()
    }
    scenario = picked("  - coding\n  - translation\n  - {library: speech, share: 0.4}")
    coding, translation, speech = (domain.share for domain in scenario.domains)
    assert speech == 0.4
    assert coding + translation == pytest.approx(0.6)
    assert coding / translation == pytest.approx(sizes["coding"] / sizes["translation"])


def test_what_stands_beside_the_name_replaces_what_the_library_says(picked: Pick) -> None:
    own = "  - {library: coding, name: nights, difficulty_logit: -2, tokens: {output_share: 0.3}}"
    (domain,) = picked(own).domains
    (plain,) = picked("  - coding").domains
    assert domain.name == "nights"
    assert domain.difficulty_logit == -2.0
    assert domain.tokens.output_share == 0.3
    assert domain.tokens.cache_hit_share == plain.tokens.cache_hit_share
    assert domain.volume == plain.volume


def test_one_domain_may_be_taken_twice_under_two_names(picked: Pick) -> None:
    scenario = picked("  - vision\n  - {library: vision, name: cameras, deployments: [embedded]}")
    assert [domain.name for domain in scenario.domains] == ["vision", "cameras"]
    assert scenario.domains[1].deployments == ("embedded",)


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_product_runs_with_the_user_at_no_price(picked: Pick, name: str) -> None:
    more = f"  - {{library: {name}, provider: Lab, launch_date: 2024-05-01}}"
    product = picked("  - translation", more).products[-1]
    assert not product.is_hosted
    assert product.device is not None
    assert product.price_usd_per_mtok.input == product.price_usd_per_mtok.output == 0.0


def test_an_unknown_domain_is_refused_once_with_the_nearest_name(picked: Pick) -> None:
    with pytest.raises(ScenarioError) as refused:
        picked("  - coding\n  - tranlsation\n  - {library: visoin, difficulty_logit: -1}")
    problems = refused.value.problems
    assert [problem.path for problem in problems] == ["domains[1]", "domains[2].library"]
    assert "Did you mean 'translation'?" in problems[0].hint
    assert "Did you mean 'vision'?" in problems[1].hint
    assert all("one of the library's domains" in problem.allowed for problem in problems)


def test_a_mistake_beside_the_name_is_found_at_its_place(picked: Pick) -> None:
    with pytest.raises(ScenarioError, match="difficulty_logits") as refused:
        picked("  - {library: coding, difficulty_logits: -1}")
    assert refused.value.problems[0].file.endswith("picked.yaml")


@pytest.mark.parametrize(
    ("domains", "says"),
    [
        ("  - {library: coding, size: 0}", "must be a number > 0"),
        ("  - {library: coding, size: 1, share: 0.5}\n  - speech", "duplicates share"),
        ("  - {library: coding, share: 1}\n  - speech", "must find users left"),
        ("  - {library: coding, privacy_share: 0.05}", "at most privacy_share, 0.05"),
    ],
)
def test_sizes_and_shares_that_do_not_fit_are_refused(
    picked: Pick, domains: str, says: str
) -> None:
    with pytest.raises(ScenarioError, match=says):
        picked(domains)


def test_the_resolved_scenario_needs_no_library(picked: Pick, tmp_path: Path) -> None:
    scenario = picked("  - coding\n  - translation")
    text = to_yaml(scenario)
    assert "library:" not in text
    path = tmp_path / "resolved.yaml"
    path.write_text(text)
    again = read(path)
    assert scenario_hash(again) == scenario_hash(scenario)
    assert again.provenance == scenario.provenance


def test_a_file_may_change_a_domain_that_another_took_from_the_library(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"{REST}\ndomains: [coding, speech]\n")
    child = tmp_path / "child.yaml"
    child.write_text(
        "extends: base.yaml\nname: child\n"
        "domains: [{name: coding, difficulty_logit: -3}, {name: speech, remove: true}, vision]\n"
    )
    domains = {domain.name: domain for domain in read(child).domains}
    assert set(domains) == {"coding", "vision"}
    assert domains["coding"].difficulty_logit == -3.0


def test_an_override_may_set_a_size(picked: Pick, tmp_path: Path) -> None:
    picked("  - {library: coding, size: 1}\n  - {library: speech, size: 1}")
    scenario = read(tmp_path / "picked.yaml", ["domains[coding].size=3"])
    assert [domain.share for domain in scenario.domains] == [0.75, 0.25]


def test_a_device_belongs_to_what_runs_with_the_user(picked: Pick) -> None:
    more = "    device: {cost_usd: 1, life_days: 9, capacity_mtok_per_month: 1}"
    with pytest.raises(ScenarioError, match="runs in a cloud"):
        picked("  - coding", more)
