"""The same market with one thing changed, made from the scenario that was run."""

import sim
from analysis.differences import differences
from analysis.variants import has_interventions, no_intervention

ENTRY = "add lite by NewCo like DeepSeek-V2 at -50% on 2024-06-03"
SECOND = "add lite-2 by NewCo like DeepSeek-V2 on 2024-07-01"
OWN = "add glm-lite by Zhipu like glm-4 on 2024-06-03"
LAUNCH = "launch DeepSeek-V2 on 2024-07-01"


def test_without_its_interventions_a_market_is_the_one_of_the_file_entrants_included():
    plain = sim.load("minimal")
    for lines in (["rents x1.5 from 2024-05-20"], [ENTRY], [ENTRY, SECOND], [OWN, ENTRY]):
        scenario = sim.load("minimal", do=lines)
        assert has_interventions(scenario)
        assert differences(no_intervention(scenario).scenario, plain) == ()


def test_a_launch_that_was_moved_is_known_not_to_be_undone():
    assert not has_interventions(sim.load("minimal", do=[LAUNCH]))
    assert not has_interventions(sim.load("minimal"))
