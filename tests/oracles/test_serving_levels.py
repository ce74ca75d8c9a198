"""Output tokens per second of dense models against a vendor's tables that no share was fitted to.

TensorRT-LLM 0.6.1, docs/source/performance.md @138f96d: FP8 and a cache at 8 bits on H100,
16 bits on A100. Long answers of Llama-2-70B are left out: a later edition served them 2.4 times
faster.
"""

import math
from statistics import fmean

import pytest

from sim.data.accelerators import accelerator
from sim.scenario.supply import Architecture
from sim.serving.precision import Precision, efficiency_at
from sim.serving.roofline import Roofline, StoredModel
from sim.serving.throughput import Requests, output_tok_per_s

H100, A100 = ("H100 SXM5 80GB", 8.0), ("A100 SXM4 80GB", 16.0)
GPT_J, LLAMA_7B, LLAMA_70B = (6.05, 458_752.0), (6.74, 524_288.0), (69.0, 327_680.0)
LEVELS = [
    # device, model, accelerators, batch, input, output, tokens per second and accelerator
    (H100, GPT_J, 1, 1024, 128, 128, 26_150),
    (H100, GPT_J, 1, 120, 128, 2048, 8_011),
    (H100, GPT_J, 1, 64, 2048, 128, 2_551),
    (H100, GPT_J, 1, 64, 2048, 2048, 3_327),
    (H100, LLAMA_7B, 1, 768, 128, 128, 19_694),
    (H100, LLAMA_7B, 1, 112, 128, 2048, 6_818),
    (H100, LLAMA_7B, 1, 80, 2048, 128, 2_244),
    (H100, LLAMA_7B, 1, 48, 2048, 2048, 2_740),
    (H100, LLAMA_70B, 2, 1024, 128, 128, 2_657),
    (H100, LLAMA_70B, 2, 96, 2048, 128, 306),
    (A100, GPT_J, 1, 512, 128, 128, 6_374),
    (A100, GPT_J, 1, 60, 2048, 128, 670),
    (A100, LLAMA_7B, 1, 384, 128, 128, 5_586),
    (A100, LLAMA_7B, 1, 60, 128, 2048, 1_928),
    (A100, LLAMA_7B, 1, 52, 2048, 128, 591),
    (A100, LLAMA_70B, 4, 1280, 128, 128, 670),
    (A100, LLAMA_70B, 4, 120, 2048, 128, 79),
]


def ratio(level) -> float:
    (name, bits), (billion, kv), devices, batch, prompt, answer, published = level
    chip, precision = accelerator(name), Precision(bits, bits, bits)
    model = Architecture(
        parameters_billion=billion,
        active_parameters_billion=billion,
        kv_bytes_per_token=kv,
        accelerators_per_instance=devices,
    )
    efficiency = efficiency_at(
        precision, has_fp8=chip.has_fp8, is_mixture=False, accelerators=devices
    )
    roofline = Roofline.of(model, StoredModel(precision), chip, efficiency)
    requests = Requests(prompt, answer, batch)
    return output_tok_per_s(roofline, requests) / devices / published


def test_dense_models_run_at_the_speed_that_the_vendor_prints() -> None:
    logs = [math.log(ratio(level)) for level in LEVELS]
    assert math.exp(fmean(logs)) == pytest.approx(1.0, abs=0.15)
    assert max(map(abs, logs)) < math.log(1.35)
