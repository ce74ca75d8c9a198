"""Options ranked and assumptions weighed, on worlds whose answer is known."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.statistics import short
from analysis.whatif.choices import HOLD
from analysis.whatif.outcomes import World, rank
from analysis.whatif.rows import ends_frame, options_frame, swings_frame
from analysis.whatif.swings import ends_of, swings_of
from analysis.whatif.tables import answer, options_note, options_table, robustness
from sim.errors import ResultError
from sim.units import DAYS_PER_YEAR

NAMES = [HOLD, "small cut", "deep cut"]
REPLICATIONS = 12
COMMON = 20.0 * np.random.default_rng(5).normal(size=REPLICATIONS)


def world(first_half: float, second_half: float, share: float = 0.2, seed: int = 0) -> World:
    """Two equal halves of a year with given profits, all noise but a little shared."""
    own = 0.5 * np.random.default_rng(seed).normal(size=REPLICATIONS)
    noise = COMMON + own
    half = DAYS_PER_YEAR / 2.0
    weeks = pd.DataFrame(
        [0.0 * noise, first_half + noise / 2, second_half + noise / 2], index=[0.0, half, 2 * half]
    )
    shares = pd.Series(share + 0.001 * own)
    return World(weeks, weeks.sum(), shares)


def worlds(gain: float) -> dict[str, World]:
    return {
        HOLD: world(50.0, 50.0, seed=1),
        "small cut": world(45.0, 55.0 + gain, share=0.3, seed=2),
        "deep cut": world(20.0, 60.0, share=0.4, seed=3),
    }


def test_the_best_option_its_gain_and_its_pay_back_are_found():
    ranking = rank("P", worlds(10.0), NAMES)
    best = ranking["small cut"]
    assert ranking.best == "small cut"
    assert ranking.runner_up == HOLD
    assert best.profit.difference.low < 10.0 < best.profit.difference.high
    assert best.profit.variance_reduction > 100.0
    assert best.profit.settled
    assert best.probability_best > 0.99
    # 5 behind at half, 15 made good over the second half: a third of it
    assert best.pay_back.median.centre == pytest.approx(DAYS_PER_YEAR * (0.5 + 0.5 / 3), rel=0.06)
    assert ranking["deep cut"].pay_back.behind_at_end.hits == REPLICATIONS
    assert ranking.indifference_usd_per_year < 1.5
    told = answer(ranking)
    assert told.startswith("Best for P: small cut, by ")
    assert "Nelson and Matejcik" in told
    assert "small cut" in str(options_table(ranking))
    frame = options_frame(ranking).set_index("option")
    assert frame.loc["small cut", "is_best"]
    assert frame["profit_usd_per_year_holm_p_value"].notna().tolist() == [False, True, True]


def test_the_replications_that_would_tell_the_best_from_the_second_are_said():
    """Of the indifference, of which g changes little with n, they are (width / lead)^2 times n."""
    close = rank("P", worlds(0.1), NAMES)
    means = sorted(it.profit.first.centre for it in close.results)
    lead = means[-1] - means[-2]
    wanted = REPLICATIONS * (close.indifference_usd_per_year / lead) ** 2
    assert lead < close.indifference_usd_per_year
    assert close.replications_to_tell == pytest.approx(wanted, abs=1.0)
    told = answer(close)
    assert f"Its lead over {close.runner_up!r} is smaller than that" in told
    assert f"{close.replications_to_tell:,.0f} replications would tell" in told
    clear = rank("P", worlds(10.0), NAMES)
    assert clear.replications_to_tell == REPLICATIONS
    assert "would tell" not in answer(clear)


def test_the_gain_of_the_best_has_bounds_that_hold_for_all_options():
    ranking = rank("P", worlds(10.0), NAMES)
    alone, gain = ranking["small cut"].profit.difference, ranking.gain_of_best
    # two comparisons: Student's at 1 - 0.05 / 4 for 11 degrees of freedom, 2.5931 against 2.2010
    assert (gain.high - gain.low) / (alone.high - alone.low) == pytest.approx(
        stats.t.ppf(0.9875, REPLICATIONS - 1) / stats.t.ppf(0.975, REPLICATIONS - 1)
    )
    assert gain.centre == alone.centre
    assert gain.text(short) in answer(ranking)
    assert "hold for all options together" in answer(ranking)


def test_the_chance_of_a_loss_has_the_interval_of_clopper_and_pearson():
    """No loss in 12 replications: at most 1 - 0.025^(1/12)."""
    ranking = rank("P", {name: world(500.0, 500.0, seed=1) for name in NAMES}, NAMES)
    row = options_frame(ranking).iloc[1]
    assert (row["loss"], row["loss_low"]) == (0.0, 0.0)
    assert row["loss_high"] == pytest.approx(1.0 - 0.025 ** (1.0 / REPLICATIONS))
    assert "small cut: 0 (0 to 26.5)" in options_note(ranking, dt.date(2024, 5, 6))


def test_doing_nothing_may_be_best_and_is_then_named_without_a_gain():
    told = answer(rank("P", worlds(-5.0), NAMES))
    assert told.startswith("Best for P: hold. ")


def test_an_option_that_came_to_the_same_is_ranked_as_one_with_the_earlier_and_said():
    """Twice the same cut, and a cut that does not happen: no more options than before."""
    alone = rank("P", worlds(10.0), NAMES)
    made = worlds(10.0) | {"late": worlds(10.0)[HOLD], "again": worlds(10.0)["small cut"]}
    ranking = rank("P", made, [*NAMES, "late", "again"])
    assert ranking.alike == {"late": HOLD, "again": "small cut"}
    assert [it.option for it in ranking.distinct] == NAMES
    assert (ranking.best, ranking.runner_up) == ("small cut", HOLD)
    assert ranking.indifference_usd_per_year == alone.indifference_usd_per_year
    assert ranking.gain_of_best == alone.gain_of_best
    chances = {it.option: it.probability_best for it in ranking.results}
    assert [chances[name] for name in NAMES] == [it.probability_best for it in alone.results]
    assert chances["again"] == chances["small cut"]
    told = answer(ranking)
    assert "'late' came to the same as 'hold'; 'again' came to the same as 'small cut'" in told
    frame = options_frame(ranking).set_index("option")
    assert frame["same_as"].to_dict() == {
        **dict.fromkeys(NAMES, ""), "late": HOLD, "again": "small cut"
    }  # fmt: skip


def test_where_nothing_changes_no_option_is_called_the_best():
    hold = worlds(10.0)[HOLD]
    ranking = rank("P", {HOLD: hold, "late": hold}, [HOLD, "late"])
    told = answer(ranking)
    assert told == "Nothing changes for P: 'late' came to the same as 'hold' in every replication."


def test_too_few_replications_say_how_many_it_takes():
    few = {
        name: World(it.weekly_profits_usd[[0, 1]], it.profit_usd_per_year[:2], it.tokens_share_end)
        for name, it in worlds(10.0).items()
    }
    told = answer(rank("P", few, NAMES))
    assert "among 3 options: 2 replications" in told
    assert "run 5 or more" in told


def test_an_option_that_has_not_finished_is_named():
    with pytest.raises(ResultError, match="'deep cut'"):
        rank("P", {name: it for name, it in worlds(1.0).items() if name != "deep cut"}, NAMES)


def test_the_assumption_that_turns_the_answer_is_ranked_first_and_where_it_does_is_said():
    found = {
        "strong: low": worlds(-8.0),
        "strong: high": worlds(30.0),
        "weak: low": worlds(9.0),
        "weak: high": worlds(11.0),
        "unfinished: low": worlds(0.0),
    }
    names = ["weak", "strong", "unfinished"]
    swings = swings_of(found, worlds(10.0), names, "small cut", HOLD)
    assert [it.assumption for it in swings] == ["strong", "weak"]
    assert swings[0].width == pytest.approx(38.0)
    assert swings[0].difference.centre == pytest.approx(38.0)
    assert swings_frame(swings)["replications"].tolist() == [REPLICATIONS] * 2
    ends = ends_of(found, ["strong", "weak"], "P", NAMES)
    assert [it.ranking.best for it in ends] == [HOLD, *["small cut"] * 3]
    told = robustness(ends, "small cut")
    assert told.startswith("'small cut' is the best at 3 of 4 ends")
    assert "strong at its low end: hold (" in told
    chances = {it.option: replace(it, probability_best=math.nan) for it in ends[0].ranking.results}
    unsure = replace(ends[0], ranking=replace(ends[0].ranking, results=tuple(chances.values())))
    assert robustness([unsure], "small cut").endswith("strong at its low end: hold")
    assert len(ends_frame(ends)) == 4 * len(NAMES)
    assert "at all 2 ends" in robustness(ends[2:], "small cut")
