"""What a scenario file may say."""

from __future__ import annotations

from sim import units
from sim.data.capabilities import scale_in_words
from sim.reading.dialect import Dialect, OtherKind
from sim.scenario.file_keys import (
    ShorthandCompression,
    ShorthandDomain,
    ShorthandPrice,
    ShorthandProduct,
    ShorthandScenario,
)
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import library, shipped, shipped_sweeps

SCENARIO = Dialect(
    noun="scenario",
    record=Scenario,
    keys_shown="name, start_date, products",
    shipped=shipped,
    starting_hint="`pricewar list` names scenarios to start from.",
    named_lists=frozenset({"domains", "clouds", "accelerators", "providers", "products", "nests"}),
    libraries={"domains": library, "products": library},
    lists_of_lines=frozenset({"interventions"}),
    alternatives=(
        frozenset({"price_usd_per_mtok", "price_cny_per_mtok", "price_from_data"}),
        frozenset({"capability_logit", "capability_from_data"}),
        frozenset({"share", "size"}),
        frozenset({"curves_from", "curves", "shipped_sha256"}),
    ),
    file_only={
        "Scenario": ShorthandScenario,
        "Product": ShorthandProduct,
        "DatedPrice": ShorthandPrice,
        "Domain": ShorthandDomain,
        "Compression": ShorthandCompression,
    },
    tag="policy",
    other_tags=("or a class of a file, FILE.py:CLASS",),
    other_tag_pattern=r"\.py:[A-Za-z_]\w*$",
    units=units.BY_SUFFIX,
    other_kinds=(
        OtherKind("sweep design", frozenset({"kind", "scenario"}), "sweep", shipped_sweeps),
    ),
    advice={
        "price_usd_per_mtok": "A free tier is 0.",
        "price_cny_per_mtok": "A free tier is 0.",
        "capability_logit": scale_in_words,
        "reference_capability_logit": scale_in_words,
        "difficulty_logit": scale_in_words,
    },
)
