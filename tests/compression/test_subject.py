import numpy as np
import torch
from torch import nn

from analysis.compression.subject import Subject, input_moments


def test_moments_are_the_mean_outer_products_of_all_inputs():
    draws = torch.Generator().manual_seed(3)
    batches = [torch.randn(count, 500, generator=draws) for count in (40, 7)]
    model = nn.Sequential(nn.Linear(500, 30, bias=False), nn.ReLU(), nn.Linear(30, 4))
    subject = Subject(
        "net", model.requires_grad_(False), ("0", "2"), lambda: ({"input": x} for x in batches)
    )
    moments = input_moments(subject)
    seen = np.concatenate([batch.numpy() for batch in batches]).astype(float)
    hidden = np.maximum(seen @ model[0].weight.numpy().T.astype(float), 0.0)
    for name, inputs in (("0", seen), ("2", hidden)):
        found = moments[name].numpy()
        np.testing.assert_allclose(found, inputs.T @ inputs / len(inputs), rtol=0, atol=2e-5)
        np.testing.assert_array_equal(found, found.T)
