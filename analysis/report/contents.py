"""What lies in a run's folder, in words."""

TABLES: tuple[tuple[str, str], ...] = (
    (
        "events",
        "One row a change: what kind (price, launch, cost, exit, ...), who, which product, old and "
        "new value, why, and for a reaction the rival that it answers and the days since its move.",
    ),
    (
        "market",
        "One row a week: adoption, tokens, spend, price paid, price index, surplus, concentration, "
        "providers alive, energy and carbon of the whole market.",
    ),
    (
        "products",
        "One row a week and product: list prices, capability, users, tokens, revenue, marginal "
        "cost and what changed it since launch (compression, hardware, rent), delay.",
    ),
    (
        "providers",
        "One row a week and provider: cash, revenue, costs by kind, war budget left, shares, "
        "state.",
    ),
    (
        "clouds",
        "One row a week, cloud, product and accelerator: rent, fleet, utilisation, margin, energy.",
    ),
    ("chips", "One row a week and accelerator: how many are rented, and the vendor's revenue."),
    (
        "domains",
        "One row a week and application domain: users, adopters, tokens, spend, surplus, "
        "satisfaction, and users kept out by privacy or by the cost of setting up.",
    ),
    (
        "ledger",
        "One row a payer, payee and purpose: all money that moved in a replication, and the tokens "
        "that went the other way.",
    ),
)
"""Name and contents of each Parquet table; every row also has its replication, day and date."""
