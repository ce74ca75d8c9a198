import copy
from itertools import pairwise

import pytest
import torch
from torch import nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.catalogue import method
from analysis.compression.methods.layers import block_influence
from analysis.compression.methods.narrowing import unit_energy
from analysis.compression.methods.weights import rows_of
from analysis.compression.subject import Subject, input_moments


@pytest.fixture
def images():
    return torch.rand(8, 1, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def convolutional(images):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 12, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(12 * 16, 10),
        ).eval()
    subject = Subject(
        "net", model.requires_grad_(False), ("0", "4", "7"), lambda: iter([{"input": images}])
    )
    input_moments(subject)
    return subject


@pytest.fixture
def encoder():
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=16,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BertModel(config, add_pooling_layer=False).eval().requires_grad_(False)
    draws = torch.Generator().manual_seed(2)
    batch = {
        "input_ids": torch.randint(50, (4, 12), generator=draws),
        "attention_mask": (torch.arange(12) < torch.tensor([[12], [9], [5], [12]])).long(),
    }
    targets = tuple(
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and ".layer." in name
    )
    subject = Subject("encoder", model, targets, lambda: iter([batch]))
    input_moments(subject)
    return subject


def answer(subject):
    batch = next(iter(subject.calibration()))
    output = subject.model(**batch)
    return output if isinstance(output, torch.Tensor) else output[0]


def silence_columns(subject, name, columns):
    rows_of(subject, name)[:, columns] = 0.0


def dropped(units, energy, kept):
    return [unit for unit in range(units) if unit not in set(energy.topk(kept).indices.tolist())]


def test_removing_neurons_is_silencing_those_of_least_energy(tiny_base, held_out_nll):
    smaller, silenced = tiny_base.copy(), tiny_base.copy()
    method("neurons").apply(smaller, 0.25)
    for index in range(3):
        name = f"model.layers.{index}.mlp.down_proj"
        silence_columns(silenced, name, dropped(128, unit_energy(tiny_base, name, 128), 96))
    assert held_out_nll(smaller) == pytest.approx(held_out_nll(silenced), abs=1e-5)
    mlp = smaller.model.model.layers[1].mlp
    assert mlp.gate_proj.weight.shape == mlp.up_proj.weight.shape == (96, 64)
    assert mlp.down_proj.weight.shape == (64, 96)
    assert smaller.model.config.intermediate_size == 96
    assert tiny_base.model.config.intermediate_size == 128
    in_mlp, in_attention = 3 * 64 * 128, 2 * 64 * 64 + 2 * 64 * 32
    assert smaller.shares.keep_bytes == pytest.approx(1 - 0.25 * in_mlp / (in_mlp + in_attention))
    assert smaller.shares.keep_flops == smaller.shares.keep_bytes


def test_energy_is_what_the_output_loses_without_the_unit(convolutional, images):
    layer = convolutional.model[:5]
    whole = layer(images)
    energy = unit_energy(convolutional, "4", 8)
    for unit in range(8):
        without = copy.deepcopy(layer)
        without[4].weight[:, unit] = 0.0
        lost = (whole - without(images)).square().sum(1).mean()
        assert float(energy[unit]) == pytest.approx(float(lost), rel=1e-4)


def test_removing_heads_takes_equally_many_from_each_group(tiny_base, held_out_nll):
    smaller, silenced = tiny_base.copy(), tiny_base.copy()
    method("heads").apply(smaller, 0.5)
    for index in range(3):
        name = f"model.layers.{index}.self_attn.o_proj"
        energy = unit_energy(tiny_base, name, 4).view(2, 2)
        for group, head in enumerate(energy.argmin(1).tolist()):
            first = (2 * group + head) * 16
            silence_columns(silenced, name, slice(first, first + 16))
    assert held_out_nll(smaller) == pytest.approx(held_out_nll(silenced), abs=1e-5)
    attention = smaller.model.model.layers[0].self_attn
    assert attention.q_proj.weight.shape == (32, 64)
    assert attention.k_proj.weight.shape == (32, 64)
    assert attention.o_proj.weight.shape == (64, 32)
    assert smaller.model.config.num_attention_heads == 2


def test_heads_of_an_encoder_leave_with_their_keys_and_values(encoder):
    silenced = encoder.copy()
    for index in range(4):
        name = f"encoder.layer.{index}.attention.output.dense"
        head = int(unit_energy(encoder, name, 4).argmin())
        silence_columns(silenced, name, slice(head * 8, head * 8 + 8))
    method("heads").apply(encoder, 0.25)
    torch.testing.assert_close(answer(encoder), answer(silenced), rtol=0, atol=1e-5)
    attention = encoder.model.encoder.layer[0].attention
    assert attention.self.key.weight.shape == (24, 32)
    assert attention.self.query.bias.shape == (24,)
    assert encoder.storage["encoder.layer.0.attention.self.value"].values == 24 * 32


def test_neurons_of_an_encoder_are_removed(encoder):
    silenced = encoder.copy()
    for index in range(4):
        name = f"encoder.layer.{index}.output.dense"
        silence_columns(silenced, name, dropped(48, unit_energy(encoder, name, 48), 24))
    method("neurons").apply(encoder, 0.5)
    torch.testing.assert_close(answer(encoder), answer(silenced), rtol=0, atol=1e-5)
    assert encoder.model.encoder.layer[2].intermediate.dense.weight.shape == (24, 32)


def test_channels_of_a_convolutional_net_are_removed(convolutional):
    silenced = convolutional.copy()
    columns = [
        channel * 9 + place
        for channel in dropped(8, unit_energy(convolutional, "4", 8), 4)
        for place in range(9)
    ]
    silence_columns(silenced, "4", columns)
    columns = [
        channel * 16 + place
        for channel in dropped(12, unit_energy(convolutional, "7", 12), 6)
        for place in range(16)
    ]
    silence_columns(silenced, "7", columns)
    method("neurons").apply(convolutional, 0.5)
    first, norm, second, head = (convolutional.model[place] for place in (0, 1, 4, 7))
    assert first.weight.shape == (4, 1, 3, 3)
    assert norm.running_mean.shape == (4,)
    assert second.weight.shape == (6, 4, 3, 3)
    assert head.weight.shape == (10, 96)
    torch.testing.assert_close(answer(convolutional), answer(silenced), rtol=0, atol=1e-5)
    kept = 4 * 9 + 6 * 4 * 9 + 10 * 96
    assert convolutional.shares.keep_bytes == pytest.approx(kept / (72 + 864 + 1920))


def test_what_feeds_a_layer_that_is_no_target_stays(images, convolutional):
    subject = Subject("net", convolutional.model, ("0", "4"), convolutional.calibration)
    input_moments(subject)
    method("neurons").apply(subject, 0.5)
    assert subject.model[0].out_channels == 4
    assert subject.model[4].out_channels == 12


def test_the_layer_removed_is_the_inner_one_of_least_influence(encoder):
    influence = list(block_influence(encoder).values())
    with torch.no_grad():
        batch = next(iter(encoder.calibration()))
        states = encoder.model(**batch, output_hidden_states=True).hidden_states
    mask = batch["attention_mask"]
    for index, (before, after) in enumerate(pairwise(states)):
        cosine = nn.functional.cosine_similarity(before, after, dim=-1)
        mean = float((cosine * mask).sum() / mask.sum())
        assert influence[index] == pytest.approx(1 - mean, abs=1e-5)
    kept = [0, 1 if influence[1] > influence[2] else 2, 3]
    expected = [encoder.model.encoder.layer[index].output.dense.weight for index in kept]
    method("layers").apply(encoder, 0.25)
    found = [layer.output.dense.weight for layer in encoder.model.encoder.layer]
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_removed_layers_have_no_bytes_but_count_in_the_whole(tiny_subject):
    method("layers").apply(tiny_subject, 1 / 3)
    assert len(tiny_subject.model.model.layers) == 2
    assert [layer.self_attn.layer_idx for layer in tiny_subject.model.model.layers] == [0, 1]
    assert tiny_subject.model.config.num_hidden_layers == 2
    assert tiny_subject.shares.keep_bytes == pytest.approx(2 / 3)
    assert tiny_subject.shares.keep_flops == pytest.approx(2 / 3)
    assert len(tiny_subject.targets) == 14
    assert set(tiny_subject.moments) == set(tiny_subject.targets)


@pytest.mark.parametrize(
    ("name", "strength", "reason"),
    [
        ("heads", 0.9, "2 query heads that share a key of tiny leaves none"),
        ("heads", 0.1, "2 query heads that share a key of tiny removes none"),
        ("layers", 0.9, "is 3 layers; at least 1 and, as the first and the last stay, at most 1"),
        ("layers", 0.1, "of the 3 layers of tiny is 0 layers"),
        ("neurons", 0.001, "removes none"),
    ],
)
def test_shares_that_leave_none_or_remove_none_are_refused(name, strength, reason, tiny_subject):
    with pytest.raises(MethodNotAllowed, match=reason):
        method(name).apply(tiny_subject, strength)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("heads", "has no attention"), ("layers", "has no list of layers")],
)
def test_nets_without_the_structure_are_refused(name, reason, convolutional):
    with pytest.raises(MethodNotAllowed, match=reason):
        method(name).apply(convolutional, 0.5)


def test_a_lone_layer_has_no_units_to_remove():
    subject = Subject("lone", nn.Sequential(nn.Linear(4, 4)), ("0",), lambda: iter(()))
    with pytest.raises(MethodNotAllowed, match="no chain of layers"):
        method("neurons").apply(subject, 0.5)
