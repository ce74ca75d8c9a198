"""A market made of the tables of data, as known at a date: products, shares and fleets.

What a table says is taken from it. What none says is an assumption with a range, by rules that are
the same for every market, and that stand in the file that comes out:

- **products** are the models whose latest posted price was known at the date: no free tiers, none
  that was retired, or not heard of for 540 days, and the `MOST_PRODUCTS` latest of each provider.
  In China are those priced in CNY; ``world`` has all.
- **capability** is that of the scale fitted to what was known; else, +- 1, by what its price says
  of its rank among its provider's, ``c = c_0 + 0.5 ln(p / p_i)``, p_i the provider's median price,
  c_0 the median capability known, or -2: a price below all rivals' is no sign of a poor model.
- **engineering** is that of a table ``products.csv``; else a dense model of
  ``70 (p / p_0)^0.5`` billion parameters, 7 at least and 700 at most, of which a quarter to all
  work on a token, with 160,000 bytes of cache a token (40,000 to 500,000), on as many accelerators
  as hold it.
- **prices** of the last `BURN_IN_DAYS` days are played as the moves that they were, so that rivals
  hear of them; until the date prices are those known, and nobody answers, since nobody did; from
  the date on providers price by cost, and undercut who takes tokens from them.
- **reviews** of prices come as often as closed developers' prices changed in the ledger known at
  the date; else 0.022 a month, 0.005 to 0.1.
- **users** are assumed, with the ranges of the shipped scenarios; they come to hear of the
  technology no faster than tokens were known to grow (`users`). Where the usual share of adopters
  is more than the first day's offers are worth it to, it is half of those.
- **providers** have the cash, host and accelerator of a table ``providers.csv``; else a
  billion dollars (a tenth to ten times), in a cloud of one chip. Fleets follow what users ask for.
- **events** of a table ``events.csv``, policy, outages and bans, are interventions; **rates** of
  ``fx.csv`` turn prices posted in CNY into dollars, all at the last one known.
- **shares** on the first day follow from what users choose; nobody publishes those of a market.
"""
