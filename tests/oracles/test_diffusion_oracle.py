"""The user kernel, reduced by its switches, gives Bass, Markov shares and peer effects (o04)."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.offers import OfferView
from sim.users.population import Population

TEXT = (Path(__file__).parent / "o04_diffusion.csv").read_text(encoding="utf-8")
TABLE = {row["key"]: row for row in csv.DictReader(TEXT.splitlines())}
ALL_CONSIDERED = demand.Consideration(base=60.0, market_share_weight=0.0, peer_weight=0.0)
NO_OTHER_CLOCKS = {"news_review_per_day": 0.0, "usage_per_day": 0.0, "churn_per_day": 0.0}
NEVER_OUTSIDE = -1e6


def numbers(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=float)


@pytest.fixture
def bass_share(
    demand_scenario: Callable[..., Scenario], offers_of: Callable[..., OfferView]
) -> Callable[..., np.ndarray]:
    """Run one good of boundless surplus on a complete graph; return adopters' shares at times."""

    def run(users: int, p: float, q: float, times: list[float], replication: int) -> np.ndarray:
        scenario = demand_scenario(
            [{"taste_scale_usd_per_month": 1e-6}],
            users=users,
            types_per_domain=1,
            network=demand.Network(kind="complete"),
            awareness=demand.Awareness(
                innovation_per_day=p, imitation_per_day=q, initial_share=0.0
            ),
            consideration=ALL_CONSIDERED,
            clocks=demand.Clocks(review_per_day=0.0, **NO_OTHER_CLOCKS),
        )
        offers = offers_of(["good"], domains=1, price=[0.0])
        population = Population.build(scenario, Streams(17, replication))
        population.start(offers)
        adopted = [population.advance(time, offers).adoptions.sum() for time in times]
        return np.cumsum(adopted) / users

    return run


@pytest.mark.parametrize(("users", "replications"), [(100, 400), (1000, 100)])
def test_adoption_on_a_complete_graph_is_the_finite_bass_process(
    users: int, replications: int, bass_share: Callable[..., np.ndarray]
) -> None:
    # four means, five standard errors of the difference each: one false alarm in 400,000
    row = TABLE[f"N={users} mean F(1,5,10,20)"]
    error = numbers(row["note"].split(";")[0].removeprefix("se "))
    runs = np.array(
        [bass_share(users, 0.03, 0.38, [1, 5, 10, 20], number) for number in range(replications)]
    )
    own_error = runs.std(axis=0, ddof=1) / np.sqrt(replications)
    gap = np.abs(runs.mean(axis=0) - numbers(row["value"]))
    assert (gap < 5 * np.hypot(error, own_error)).all()


@pytest.mark.parametrize(("p", "q"), [(0.03, 0.38), (0.01, 0.50), (0.02, 0.0)])
def test_adoption_in_a_large_population_follows_the_bass_curve(
    p: float, q: float, bass_share: Callable[..., np.ndarray]
) -> None:
    # the share's standard deviation is below 2.5 / sqrt(N) at these parameters: five of them
    times = [1, 5, 10, 20]
    curve = [float(TABLE[f"p={p} q={q if q else 0.0} F({time})"]["value"]) for time in times]
    share = bass_share(100_000, p, q, times, 0)
    assert share == pytest.approx(curve, abs=5 * 2.5 / np.sqrt(100_000))


@pytest.fixture
def clocked(
    demand_scenario: Callable[..., Scenario], offers_of: Callable[..., OfferView]
) -> Callable[..., tuple[Population, OfferView]]:
    """Users who all hold the first of several free products and review once a day.

    Success shares are set so that utilities differ by the wanted amounts.
    """

    def build(
        utilities: list[float], users: int = 20_000, kind: str = "none", **choice: float
    ) -> tuple[Population, OfferView]:
        step = 0.05
        scenario = demand_scenario(
            [
                {
                    "initial_adopter_share": 1.0,
                    "outside_utility": NEVER_OUTSIDE,
                    "taste_scale_usd_per_month": _surplus_of_all_tasks(demand_scenario) * step,
                }
            ],
            users=users,
            types_per_domain=1,
            network=demand.Network(kind=kind),
            awareness=demand.Awareness(initial_share=1.0),
            consideration=ALL_CONSIDERED,
            choice=demand.Choice(
                satisfaction_weight=0.0,
                **({"switching_cost_vendor": 0.0, "peer_bonus": 0.0} | choice),
            ),
            clocks=demand.Clocks(review_per_day=1.0, **NO_OTHER_CLOCKS),
        )
        names = [f"product {n}" for n in range(len(utilities))]
        fields = {
            "domains": 1,
            "price": np.zeros(len(names)),
            "capability_logit": logit(0.1 + step * np.array(utilities)),
        }
        first = np.arange(len(names)) == 0
        population = Population.build(scenario, Streams(23))
        population.start(offers_of(names, listed=first, **fields))
        return population, offers_of(names, **fields)

    return build


def _surplus_of_all_tasks(demand_scenario: Callable[..., Scenario]) -> float:
    """Surplus of the only type if every task succeeds at no cost, USD per month."""
    from sim.users.usage import mean_value
    from sim.users.user_types import UserTypes

    types = UserTypes.draw(demand_scenario([{}], types_per_domain=1), Streams(23))
    value = float(mean_value(types.mean_log_value, types.log_sd)[0])
    return float(types.volume_mtok_per_month[0]) * value / float(types.relative_volume[0]) ** 0.5


MARKOV = [
    ("v=[0.0, 0.5, 1.0] sigma=0.0", [0.0, 0.5, 1.0], 0.0),
    ("v=[0.0, 0.5, 1.0] sigma=2.0", [0.0, 0.5, 1.0], 2.0),
    ("v=[0.0, 1.0] sigma=3.0", [0.0, 1.0], 3.0),
]


@pytest.mark.parametrize(("case", "utilities", "sigma"), MARKOV)
def test_shares_under_a_switching_cost_follow_the_markov_chain(
    case: str, utilities: list[float], sigma: float, clocked: Callable[..., tuple]
) -> None:
    # users are independent, so shares are multinomial: five standard errors, 6e-7 per share
    population, offers = clocked(utilities, switching_cost_vendor=sigma)

    def assert_shares(wanted: np.ndarray) -> None:
        share = population.snapshot(offers).users[0] / 20_000
        error = np.sqrt(wanted * (1 - wanted) / 20_000)
        assert (np.abs(share - wanted) < 5 * error).all(), (share, wanted)

    population.advance(1.0, offers)
    assert_shares(numbers(TABLE[f"{case} shares at lambda*t=1 from all in option 0"]["value"]))

    stationary = numbers(TABLE[f"{case} stationary"]["value"])
    slowest = float(TABLE[f"{case} slowest relaxation rate / lambda"]["value"])
    if len(utilities) == 2:
        population.advance(5.0, offers)
        start = np.array([1.0, 0.0])
        assert_shares(stationary + (start - stationary) * np.exp(-5.0 * slowest))

    population.advance(16.0 / slowest, offers)
    assert_shares(stationary)

    flow = population.advance(16.0 / slowest + 10.0, offers)
    switches = float(TABLE[f"{case} switches per epoch"]["value"])
    error = np.sqrt(switches / flow.reviews) * 3  # successive reviews of a user are correlated
    assert flow.switches_in.sum() / flow.reviews == pytest.approx(switches, abs=5 * error)


@pytest.mark.parametrize(
    ("h", "j", "wanted"), [(0, 0.5, 0.0), (0, 1.5, 0.85855964), (0.1, 1.5, 0.89385520)]
)
def test_peer_bonus_gives_the_fixed_points_of_brock_and_durlauf(
    h: float, j: float, wanted: float, clocked: Callable[..., tuple]
) -> None:
    # m = tanh(h + J m) with m the difference of two shares: bonus 2 J, utilities 2 h apart. The
    # mean of 40 snapshots has a standard error below 0.004 at these J: five of them
    fixed_points = numbers(TABLE[f"h={h} J={j} fixed points m"]["value"])
    assert wanted in np.abs(fixed_points)
    population, offers = clocked([2 * h, 0.0], kind="complete", peer_bonus=2 * j)
    population.advance(30.0, offers)
    differences = []
    for day in range(31, 71):
        population.advance(float(day), offers)
        first, second = population.snapshot(offers).users[0]
        differences.append((first - second) / 20_000)
    assert np.mean(differences) == pytest.approx(wanted, abs=0.02)
