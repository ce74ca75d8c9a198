"""The user kernel, reduced by its switches, gives Bass, Markov shares and peer effects (o04)."""

import csv
from collections.abc import Callable
from math import log
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


@pytest.mark.slow
@pytest.mark.parametrize(("users", "replications"), [(100, 4_000), (1000, 500)])
def test_adoption_on_a_complete_graph_is_the_finite_bass_process(
    users: int, replications: int, bass_share: Callable[..., np.ndarray]
) -> None:
    # own standard errors are within 1% of the oracle; three of the difference for each of the means
    row = TABLE[f"N={users} mean F(1,5,10,20)"]
    error = numbers(row["note"].split(";")[0].removeprefix("se "))
    runs = np.array(
        [bass_share(users, 0.03, 0.38, [1, 5, 10, 20], number) for number in range(replications)]
    )
    own_error = runs.std(axis=0, ddof=1) / np.sqrt(replications)
    gap = np.abs(runs.mean(axis=0) - numbers(row["value"]))
    assert (own_error < 0.01 * numbers(row["value"])).all()
    assert (gap < 3 * np.hypot(error, own_error)).all()


@pytest.mark.slow
@pytest.mark.parametrize(("p", "q"), [(0.03, 0.38), (0.01, 0.50), (0.02, 0.0)])
def test_adoption_in_a_large_population_follows_the_bass_curve(
    p: float, q: float, bass_share: Callable[..., np.ndarray]
) -> None:
    # the share's standard deviation is below 2.5 / sqrt(N) at these parameters, within 1% of all
    # shares but those of the first day: three of them
    times = [1, 5, 10, 20]
    curve = [float(TABLE[f"p={p} q={q if q else 0.0} F({time})"]["value"]) for time in times]
    share = bass_share(100_000, p, q, times, 0)
    assert share == pytest.approx(curve, abs=3 * 2.5 / np.sqrt(100_000))


@pytest.mark.parametrize(("b1", "rate"), [(-1.0, 1.0), (-1.0, log(10)), (-0.5, log(10))])
def test_a_price_that_falls_speeds_hearing_up_as_in_the_generalised_bass_model(
    b1: float, rate: float, demand_scenario: Callable[..., Scenario], offers_of: Callable
) -> None:
    # The price falls in small steps, each of which is news of the level that it is cut by; news
    # fades so fast that its level is that of the present rate from the start.
    users, step, half_life = 50_000, 5e-3, 1e-2
    key = f"b1={b1} g={rate:.6f} time-scale k"
    row = next(row for name, row in TABLE.items() if name.endswith(key))
    faster = float(row["value"])
    scenario = demand_scenario(
        [{"taste_scale_usd_per_month": 1e-6}],
        users=users,
        types_per_domain=1,
        network=demand.Network(kind="complete"),
        awareness=demand.Awareness(
            innovation_per_day=0.03,
            imitation_per_day=0.38,
            initial_share=0.0,
            news_response_days=-b1,
        ),
        consideration=demand.Consideration(base=60.0, news_half_life_days=half_life),
        clocks=demand.Clocks(review_per_day=0.0, **NO_OTHER_CLOCKS),
    )
    fields = {"domains": 1, "price": [0.0]}
    population = Population.build(scenario, Streams(17))
    population.start(offers_of(["good"], **fields))
    decay, news, adopted, now = np.exp(-np.log(2) * step / half_life), 0.0, 0, 0.0
    for number in range(1, round(5 / step) + 1):
        offers = offers_of(
            ["good"], **fields, news=np.array([news]), news_time_days=(number - 1) * step
        )
        now = number * step
        adopted += population.advance(now, offers).adoptions.sum()
        news = news * decay + 1 - np.exp(-rate * step)
        if number == round(1.0 / step):
            after_a_day = adopted
    curve = [bass(faster * time, 0.03, 0.38) for time in (1.0, 5.0)]
    assert float(row["note"].split("F(5)=")[1]) == pytest.approx(curve[1], abs=1e-7)
    error = 3 * 2.5 / np.sqrt(users)
    assert after_a_day / users == pytest.approx(curve[0], abs=error + 0.01 * curve[0])
    assert adopted / users == pytest.approx(curve[1], abs=error)


def bass(time: float, p: float, q: float) -> float:
    """Share that has adopted, in closed form."""
    left = np.exp(-(p + q) * time)
    return float((1 - left) / (1 + q / p * left))


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
    # first share, (1 + m) / 2, over 40 snapshots, has a standard error within 1%: three of them
    fixed_points = numbers(TABLE[f"h={h} J={j} fixed points m"]["value"])
    assert wanted in np.abs(fixed_points)
    population, offers = clocked([2 * h, 0.0], kind="complete", peer_bonus=2 * j)
    population.advance(30.0, offers)
    differences = []
    for day in range(31, 71):
        population.advance(float(day), offers)
        first, second = population.snapshot(offers).users[0]
        differences.append((first - second) / 20_000)
    share = (1 + np.array(differences)) / 2
    # snapshots follow each other, so that errors are those of four means of ten days
    error = share.reshape(4, 10).mean(axis=1).std(ddof=1) / 2
    assert error < 0.01 * (1 + wanted) / 2
    assert share.mean() == pytest.approx((1 + wanted) / 2, abs=3 * max(error, 1e-3))
