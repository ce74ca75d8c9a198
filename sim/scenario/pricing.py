"""What a scenario says about a price war, and which causes are at work at all."""

import datetime as dt

from sim.quantities import NonNegative, Positive, Share
from sim.reading.frozen import Frozen


class War(Frozen):
    """A price war: which moves of rivals providers answer, and how soon.

    Nothing here says that there is a war, or when: see `sim.providers.demand_view`.
    Off (``factors.competition: false``) every provider keeps to its policy of peace, with
    everything else held fixed.
    """

    trigger_gap_share: Share = 0.1
    """[tau] A move counts if it offers more than this share off the best comparable offer that
    stood before it, price for capability."""
    tokens_at_risk_share: Share = 0.1
    """[x] A move is answered if it puts this share of the provider's own tokens at risk."""
    share_elasticity: Positive = 1.11
    """[e] Exponent of price in what attracts users to an offer, as providers see demand.

    Default: the elasticity of a host's own tokens between hosts of one model, as an assumption for
    all offers. Equal hosts, n of them, of that elasticity would have n / (n - 1) times this
    exponent; other models are further apart; and some of it is more use by the same users."""
    log_price_per_logit: NonNegative = 1.5
    """[k] What a logit of capability is worth, as a change of the log of price; default: the slope
    of 134 list prices of the price table on the capability scale, half-years held fixed."""
    comparable_capability_gap_logit: NonNegative = 0.5
    """A rival is comparable if its capability is at least the own minus this gap."""
    reaction_per_day: Positive = 0.048
    """[h] Hazard of the reaction; default: the May 2024 war."""
    first_answer_date: dt.date | None = None
    """No reaction before this date; None: from the first day.

    What was heard before is answered as if it had been heard then: with an exponential lag that is
    the law of the answers, given that there was none until then."""
    end_date: dt.date | None = None
    """No reaction after this date; None: to the last day."""


class Factors(Frozen):
    """Switches of causes; a world is a scenario with some of them off."""

    compression: bool = True
    hardware: bool = True
    """Off: fleets stay on their first accelerator (rents still move)."""
    competition: bool = True
    """Off: no war policy acts."""
    attention: bool = True
    """Off: price cuts and launches make no news."""
    open_weights: bool = True
    """Off: products with open weights do not exist, nor the work to compress them."""
