"""Results as JSON: valid whatever the numbers, one replication included."""

import json
import math

import numpy as np
import pandas as pd

from analysis.json_text import json_text
from analysis.whatif.choices import HOLD
from analysis.whatif.outcomes import World, rank
from analysis.whatif.rows import as_json
from sim.units import DAYS_PER_YEAR


def strict(text):
    """Read JSON as a strict reader does, which knows no NaN."""

    def refuse(word):
        raise ValueError(word)

    return json.loads(text, parse_constant=refuse)


def test_what_json_has_no_number_for_is_null_and_a_pay_back_that_never_comes_says_so():
    frame = pd.DataFrame(
        {
            "outcome": ["pay_back_days", "profit"],
            "difference": [math.inf, -math.inf],
            "low": [math.nan, 0.1 + 0.2],
            "replications": np.array([1, 2]),
            "settled": np.array([True, False]),
        }
    )
    told = strict(json_text({"rows": frame, "needed": math.inf, "of": (np.float64("nan"), "x")}))
    assert told["rows"][0]["difference"] == "never"
    assert told["rows"][0]["low"] is None
    assert told["rows"][1]["difference"] is None
    assert told["rows"][1]["low"] == 0.1 + 0.2  # to the last digit
    assert [row["settled"] for row in told["rows"]] == [True, False]
    assert told["needed"] is None
    assert told["of"] == [None, "x"]


def test_a_decision_of_one_replication_is_valid_json():
    def world(profit):
        weeks = pd.DataFrame([0.0, profit], index=[0.0, DAYS_PER_YEAR])
        return World(weeks, weeks.sum(), pd.Series([0.2]))

    ranking = rank("P", {HOLD: world(1.0), "cut": world(0.0)}, [HOLD, "cut"])
    told = strict(as_json(ranking, [], []))
    assert told["indifference_usd_per_year"] is None
    cut = told["options"][1]
    assert cut["probability_best"] is None
    assert cut["pay_back_days"] == "never"
