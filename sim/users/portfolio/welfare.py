"""What the offers are worth to users of portfolios, by drawing instead of a log-sum in closed form.

Products that serve several classes of requests share a draw, and fees tie the classes together, so
that the expected utility has no closed form. It is the mean over draws of the best utility: each
aware user looks at the market once or several times, at the present state, and nothing follows.
What it gains over the draw of no product is unbiased for the log-sum of `sim.users.welfare`, and
zero wherever no product is taken. All prices are valued by the same draws.
"""

import numpy as np

from sim.compiled import compiled
from sim.quantities import FloatArray
from sim.streams import Stream
from sim.units import DAYS_PER_MONTH
from sim.users.appraisal import Appraisal
from sim.users.draws import event_words, product_word
from sim.users.portfolio.reviewing import choose, count_peers_of_portfolios, without_held
from sim.users.race import log_exponential
from sim.users.records import AWARE, NO_PRODUCT, REVIEW, World
from sim.users.request_classes import whole
from sim.users.review import OUTSIDE_STEP
from sim.users.shortlist import attend_all, list_considered
from sim.users.user_types import UserTypes
from sim.users.welfare import Value, Welfare, margin_at, valuation_at

LEAST_LOOKS = 20_000
"""Looks of all users together, at least."""
_WELFARE = np.uint64(Stream.PORTFOLIO_WELFARE)


def welfare_of_portfolios(
    types: UserTypes,
    appraisal: Appraisal,
    world: World,
    now_days: float,
    domain_cost_usd_per_mtok: FloatArray,
) -> Welfare:
    """Value the present offers, and the same products at prices of marginal cost.

    Parameters
    ----------
    types : UserTypes
    appraisal : Appraisal
    world : World
        The users as they stand; only its scratch changes.
    now_days : float
        Now.
    domain_cost_usd_per_mtok : ndarray, shape (D, P)
        Marginal cost at each domain's mix of tokens.
    """
    price, cost = appraisal.offers.domain_price_usd_per_mtok, domain_cost_usd_per_mtok
    now = portfolio_value_at(types, appraisal, world, now_days, price, cost)
    efficient = portfolio_value_at(types, appraisal, world, now_days, cost, cost, free_quotas=False)
    usage = whole(appraisal.rows.work_share[:, None] * appraisal.valuation.usage, types.count)
    taken = world.book.whole["utility"] > -np.inf
    return Welfare(
        log_sum_usd_per_day=now.log_sum_usd_per_day,
        margin_usd_per_day=now.margin_usd_per_day,
        deadweight_loss_usd_per_day=efficient.log_sum_usd_per_day - sum(now),
        viable_tasks_share=np.max(usage, axis=1, where=taken, initial=0.0),
    )


def portfolio_value_at(
    types: UserTypes,
    appraisal: Appraisal,
    world: World,
    now_days: float,
    domain_price_usd_per_mtok: FloatArray,
    domain_cost_usd_per_mtok: FloatArray,
    *,
    free_quotas: bool = True,
) -> Value:
    """Value the products at any prices, with what is on offer to whom held.

    Arguments as of `welfare_of_portfolios` and `sim.users.welfare.value_at`.
    """
    rows, price = appraisal.rows, domain_price_usd_per_mtok
    at = valuation_at(appraisal, price, free_quotas=free_quotas)
    moved = at.surplus_usd_per_month - appraisal.valuation.surplus_usd_per_month
    offers = world.book.offers.copy()
    offers["utility"] += moved / rows.taste_scale_usd_per_month[:, None]
    margin, on = np.zeros(moved.shape), np.flatnonzero(appraisal.offers.listed)
    margin[:, on] = margin_at(appraisal, at, price, domain_cost_usd_per_mtok, on)
    gain, expected = np.zeros((2, types.count))
    looks = -(-LEAST_LOOKS // world.rules.portfolios.users)
    with np.errstate(over="ignore"):
        _look(
            world._replace(book=world.book._replace(offers=offers)),
            now_days,
            looks,
            margin,
            gain,
            expected,
        )
    scale = types.taste_scale_usd_per_month / looks
    return Value(gain * scale / DAYS_PER_MONTH, expected / (looks * DAYS_PER_MONTH))


@compiled
def _look(
    world: World,
    now_days: float,
    looks: int,
    margin: FloatArray,
    gain: FloatArray,
    expected: FloatArray,
) -> None:
    """Let all aware users look at the market, and add up what they gain and give by type."""
    users, rules, wanted = world.users, world.rules, world.scratch.portfolios.wanted
    attend_all(now_days, world)
    for user in range(rules.portfolios.users):
        row = users.rows[user]
        if row["flags"] & AWARE == 0:
            continue
        k = row["type_index"]
        outside = world.totals.types[k]["outside_utility"]
        for look in range(looks):
            key = event_words(
                _WELFARE, np.uint64(user), np.uint64(look), rules.seed, rules.replication
            )[0]
            peer_unit = count_peers_of_portfolios(user, world)
            listed = list_considered(NO_PRODUCT, key, now_days, peer_unit, world)
            listed = without_held(user, listed, world)
            worth = choose(user, key, peer_unit, listed, REVIEW, world)
            none = outside - log_exponential(product_word(key, OUTSIDE_STEP))
            gain[k] += worth - none
            for c in range(rules.portfolios.classes):
                if wanted[c] != NO_PRODUCT:
                    part = users.rows[c * rules.portfolios.users + user]
                    expected[k] += margin[part["type_index"], wanted[c]]


def warm_up(world: World) -> None:
    """Compile this, or read it from the cache; in the smallest world nobody is aware."""
    one = np.zeros((1, 1))
    _look(world, 0.0, 1, one, np.zeros(1), np.zeros(1))
