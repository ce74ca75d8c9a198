"""What a file says about portfolios: taken, or refused where it stands; and hardly meant."""

from collections.abc import Callable

import pytest

from sim.errors import ScenarioError
from sim.sanity.implausible import implausible
from sim.scenario.scenario import Scenario

ScenarioOf = Callable[..., Scenario]
DOMAIN = "domains: [{name: coding, request_classes: [%s]}]"
EASY, HARD = "{name: easy, share: 0.7}", "{name: hard, share: 0.3, difficulty_shift_logit: 2}"
SEVERAL = "population: {portfolio: {most_products: 2}}\n" + DOMAIN % f"{EASY}, {HARD}"


def test_portfolios_are_off_unless_a_file_says_so(scenario_of: ScenarioOf) -> None:
    plain = scenario_of()
    assert plain.population.portfolio.most_products == 1
    assert all(not domain.request_classes for domain in plain.domains)
    assert all(domain.further_vendor_fee_usd_per_month == 0.0 for domain in plain.domains)
    scenario = scenario_of(SEVERAL)
    assert scenario.population.portfolio.most_products == 2
    coding = next(domain for domain in scenario.domains if domain.name == "coding")
    assert [one.name for one in coding.request_classes] == ["easy", "hard"]


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (
            DOMAIN % "{name: easy, share: 0.7}, {name: hard, share: 0.2}",
            ".request_classes[1].share",
            "the shares of all classes must add to 1; they add to 0.9, 0.1 too little.",
        ),
        (
            DOMAIN % "{name: easy, share: 0.7}, {name: easy, share: 0.3}",
            ".request_classes[1].name",
            "is the name of another class of requests of this domain, in",
        ),
        (
            DOMAIN % "{name: easy, share: 1}, {name: hard, share: 0}",
            ".request_classes[1].share",
            "must be a number > 0 and <= 1",
        ),
        (
            DOMAIN % ", ".join([f"{{name: class {n}, share: 0.2}}" for n in range(5)]),
            ".request_classes",
            "must be a list of at most 4 items",
        ),
        (
            DOMAIN % "{name: easy, share: 0.7, difficulty_shift: 2}, {name: hard, share: 0.3}",
            ".request_classes[0].difficulty_shift",
            "difficulty_shift_logit",
        ),
        (
            "population: {portfolio: {most_products: 4}}",
            "population.portfolio.most_products",
            "must be a whole number from 1 to 3",
        ),
        (
            "population: {portfolio: {most_product: 2}}",
            "population.portfolio.most_product",
            "most_products",
        ),
        (
            "population: {mode: cohorts, network: {kind: none}, portfolio: {most_products: 2}}",
            "population.portfolio.most_products",
            "must be 1 with population.mode: cohorts",
        ),
        (
            "population: {mode: cohorts, network: {kind: none}}\n" + DOMAIN % f"{EASY}, {HARD}",
            ".request_classes",
            "must be empty with population.mode: cohorts",
        ),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(
    text: str, path: str, words: str, scenario_of: ScenarioOf
) -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario_of(text)
    assert path in str(refused.value)
    assert words in str(refused.value)


def test_more_products_than_classes_of_requests_is_hardly_meant(scenario_of: ScenarioOf) -> None:
    found = implausible(scenario_of("population: {portfolio: {most_products: 3}}"))
    assert any("1 class, and each is served by one product" in str(one) for one in found)
    assert not any("served by one product" in str(one) for one in implausible(scenario_of(SEVERAL)))
