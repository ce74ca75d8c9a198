"""What serving a product costs on the day of its listing, before a run."""

from __future__ import annotations

from sim.clouds.host import Host
from sim.market.offer_book import industry_mix
from sim.providers.initial_costs import initial_costs
from sim.scenario.scenario import Scenario
from sim.scenario.supply import Product
from sim.serving.error import ServingError


class ListingCosts:
    """Marginal costs and list prices of products, blended at the industry's mix of tokens.

    Parameters
    ----------
    scenario
        A valid scenario; what compression does before a listing is left out.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._hosts = {cloud.name: Host(cloud) for cloud in scenario.clouds}
        self._providers = {provider.name: provider for provider in scenario.providers}
        self.mix = industry_mix(scenario)

    def usd_per_mtok(self, product: Product) -> float:
        """Return the marginal cost on the later of the launch and the scenario's first day.

        It is 0 on the edge, and where nothing serves the model, which is refused by itself.
        """
        listed = max(product.launch_date, self._scenario.start_date)
        then = self._scenario.model_copy(update={"start_date": listed})
        provider = self._providers[product.provider]
        try:
            costs = initial_costs(then, product, provider, self._hosts[provider.cloud], self.mix)
        except ServingError:
            return 0.0
        return costs.marginal_cost_usd_per_mtok
