"""The capability scale: its unit, its order, and that it is what the fit gives."""

import math
from collections import defaultdict

import numpy as np
import pytest

from sim.data import prices
from sim.data.capabilities import capability_logit, capability_scale, fitted_scale
from sim.data.capability_fit import BENCHMARKS, REFERENCE, fit_scale, write_scale
from sim.data.item_response import Scores, fit
from sim.data.scores import model_names, scores
from sim.errors import DataError, UnknownName


@pytest.fixture(scope="module")
def fitted():
    return fit_scale()


def test_the_shipped_scale_is_what_the_fit_gives(fitted):
    shipped = capability_scale()
    assert shipped.capabilities.keys() == fitted.capabilities.keys()
    for model, row in shipped.capabilities.items():
        assert row.value == pytest.approx(fitted.capabilities[model].value, abs=2e-3)
        assert row.standard_error == pytest.approx(
            fitted.capabilities[model].standard_error, rel=1e-2
        )
    for benchmark, link in shipped.links.items():
        assert link.slope == pytest.approx(fitted.links[benchmark].slope, rel=1e-3)
        assert link.scores == fitted.links[benchmark].scores


def test_writing_the_fit_and_reading_it_gives_the_same_scale(fitted, tmp_path):
    write_scale(fitted, tmp_path / "scale.csv", tmp_path / "links.csv")
    read = fitted_scale(tmp_path / "scale.csv", tmp_path / "links.csv")
    assert read.capabilities.keys() == fitted.capabilities.keys()
    assert read.links[REFERENCE].slope == 1.0


def expected_score(link, capability_logit):
    """Return the score that the link's equation leads to, as its docstring has it."""
    predictor = link.intercept + link.slope * capability_logit
    if link.form == "linear":
        return predictor
    return link.floor + (1.0 - link.floor) / (1.0 + math.exp(-predictor))


def test_zero_and_unit_are_the_odds_of_knowing_gpqa_diamond():
    link = capability_scale().links[REFERENCE]
    assert expected_score(link, 0.0) == pytest.approx(0.625)
    assert expected_score(link, 1.0) == pytest.approx(0.25 + 0.75 / (1 + math.exp(-1)))


def test_reported_residuals_are_those_of_the_scores_apart_from_the_parameters_fitted():
    scale = capability_scale()
    names = model_names()
    squares: dict[str, list[float]] = defaultdict(list)
    for score in scores():
        if score.benchmark in BENCHMARKS:
            capability = scale.capabilities[names.get(score.name, score.name)].value
            residual = score.score - expected_score(scale.links[score.benchmark], capability)
            squares[score.benchmark].append(residual**2)
    for benchmark, link in scale.links.items():
        assert len(squares[benchmark]) == link.scores
        root_mean_square = math.sqrt(sum(squares[benchmark]) / link.scores)
        assert 0.65 * link.residual_sd < root_mean_square < link.residual_sd


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("gpt-4-0314 (8k)", "gpt-3.5-turbo"),
        ("gpt-3.5-turbo", "davinci (GPT-3)"),
        ("gpt-4o-2024-05-13", "gpt-4-0314 (8k)"),
        ("gpt-5", "gpt-4o-2024-05-13"),
        ("deepseek-chat (V3)", "deepseek-chat (V2)"),
        ("deepseek-chat (V2)", "deepseek-chat (67B era)"),
        ("deepseek-reasoner (R1)", "deepseek-chat (V3)"),
        ("Qwen2-72B", "qwen1.5-72b-chat"),
        ("claude-3-opus", "claude-3-haiku"),
        ("yi-lightning", "Yi-34B"),
    ],
)
def test_a_later_or_larger_model_of_a_family_is_the_more_capable(better: str, worse: str):
    assert capability_logit(better).value > capability_logit(worse).value


def test_more_scores_make_a_smaller_standard_error():
    many, one = capability_logit("gpt-4o-mini"), capability_logit("glm-4-plus")
    assert many.scores > one.scores == 1
    assert many.standard_error < 0.15 < 0.4 < one.standard_error


def test_one_model_answers_to_all_its_names():
    names = ["Meta-Llama-3-70B-Instruct", "Llama 3 Instruct 70B", "llama3-70b-8192"]
    assert len({capability_logit(name) for name in names}) == 1


def test_every_other_name_leads_to_a_model_on_the_scale_or_without_a_usable_score():
    targets = set(model_names().values())
    assert not targets & model_names().keys()
    scored = {model_names().get(s.name, s.name) for s in scores()}
    assert targets <= scored


def test_a_model_without_scores_is_refused_not_guessed():
    with pytest.raises(UnknownName, match="ERNIE-Speed"):
        capability_logit("ERNIE-Speed")


def test_most_models_with_both_prices_and_scores_are_found_by_their_price_name():
    found = set()
    for point in prices.price_points():
        try:
            found.add(capability_logit(point.model).model)
        except UnknownName:
            continue
    assert len(found) >= 90


def test_the_fit_recovers_the_abilities_and_links_that_made_the_scores():
    # 400 persons, 4 tests, one seed; bounds are five standard errors of these parameters,
    # a false alarm about once in a million seeds.
    draws = np.random.default_rng(7)
    ability = draws.normal(-1.0, 1.5, 400)
    intercept, slope = np.array([0.0, 1.0, 0.5, 120.0]), np.array([1.0, 0.7, 1.3, 9.0])
    sd = np.array([0.03, 0.03, 0.03, 2.0])
    person, test = (index.ravel() for index in np.indices((400, 4)))
    predictor = intercept[test] + slope[test] * ability[person]
    logistic = test < 3
    mean = np.where(logistic, 0.25 + 0.75 / (1 + np.exp(-predictor)), predictor)
    made = Scores(
        person=person,
        test=test,
        score=mean + sd[test] * draws.normal(size=mean.size),
        floor=np.array([0.25, 0.25, 0.25, 0.0]),
        logistic=np.array([True, True, True, False]),
        reference=0,
    )
    result = fit(made)
    assert result.slope == pytest.approx(slope, rel=0.06)
    assert result.intercept[1:3] == pytest.approx(intercept[1:3], abs=0.08)
    assert result.residual_sd == pytest.approx(sd, rel=0.25)
    z = (result.ability - ability) / result.standard_error
    assert 0.85 < np.sqrt(np.mean(z**2)) < 1.15


def test_a_fit_that_cannot_settle_says_so():
    with pytest.raises(DataError, match="do not settle"):
        fit(
            Scores(
                person=np.array([0, 1, 2, 0, 1, 2]),
                test=np.array([0, 0, 0, 1, 1, 1]),
                score=np.array([0.3, 0.5, 0.8, 1.0, 2.0, 4.0]),
                floor=np.array([0.25, 0.0]),
                logistic=np.array([True, False]),
                reference=0,
            )
        )
