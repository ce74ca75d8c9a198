"""Recovery: a pruned model answers more like the original again, and its zeros stay zero."""

import pytest

torch = pytest.importorskip("torch")

from analysis.compression.errors import CalibrationError, MethodNotAllowed  # noqa: E402
from analysis.compression.methods.low_rank import METHODS as LOW_RANK  # noqa: E402
from analysis.compression.methods.pruning import magnitude  # noqa: E402
from analysis.compression.methods.uniform import per_group  # noqa: E402
from analysis.compression.recovery import recover, recover_images  # noqa: E402
from analysis.compression.subjects.convnet import digits, digits_convnet  # noqa: E402

TOKENS = 64 * 2 * 40


def zeros_of(subject):
    return {name: subject.matrix(name).weight == 0 for name in subject.targets}


def test_recovery_lowers_the_loss_and_leaves_every_zero_zero(tiny_base, tiny_subject, held_out_nll):
    magnitude(tiny_subject, 0.5)
    pruned, zeros, storage = held_out_nll(tiny_subject), zeros_of(tiny_subject), dict(
        tiny_subject.storage
    )  # fmt: skip
    took = recover(tiny_subject, tiny_base, TOKENS, seed=1)
    assert took.tokens == TOKENS
    assert took.cpu_seconds > 0
    original = held_out_nll(tiny_base)
    regained = (pruned - held_out_nll(tiny_subject)) / (pruned - original)
    assert regained > 0.2
    after = zeros_of(tiny_subject)
    assert all(torch.equal(zeros[name], after[name]) for name in zeros)
    assert tiny_subject.storage == storage


def test_recovery_leaves_embeddings_and_the_original_alone(tiny_base, tiny_subject):
    before = {name: one.clone() for name, one in tiny_base.model.state_dict().items()}
    magnitude(tiny_subject, 0.3)
    recover(tiny_subject, tiny_base, 512, seed=1)
    now = tiny_base.model.state_dict()
    assert all(torch.equal(before[name], now[name]) for name in before)
    embeddings = "model.embed_tokens.weight"
    assert torch.equal(tiny_subject.model.state_dict()[embeddings], before[embeddings])
    assert not any(one.requires_grad for one in tiny_subject.model.parameters())
    assert not tiny_subject.model.training


def test_the_same_seed_recovers_to_the_same_weights(tiny_base):
    twins = [tiny_base.copy() for _ in range(2)]
    for twin in twins:
        magnitude(twin, 0.5)
        recover(twin, tiny_base, 1024, seed=7)
    one, two = (twin.model.state_dict() for twin in twins)
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_factored_layers_recover_too(tiny_base, tiny_subject, held_out_nll):
    svd = next(method for method in LOW_RANK if method.name == "svd")
    svd.apply(tiny_subject, 0.5)
    before = held_out_nll(tiny_subject)
    recover(tiny_subject, tiny_base, TOKENS, seed=1)
    assert held_out_nll(tiny_subject) < before


def test_quantised_weights_are_not_trained_off_their_grid(tiny_base, tiny_subject):
    per_group(tiny_subject, 4)
    with pytest.raises(MethodNotAllowed, match="Recover first, then quantise"):
        recover(tiny_subject, tiny_base, 1024, seed=1)


def test_too_few_tokens_or_images_are_refused(tiny_base, tiny_subject, trained_here):
    with pytest.raises(CalibrationError, match=r"1,024"):
        recover(tiny_subject, tiny_base, 10, seed=1)
    with pytest.raises(CalibrationError, match="one step sees 32"):
        recover_images(trained_here.copy(), trained_here, 31, seed=1)


@pytest.fixture(scope="module")
def trained_here(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRICEWAR_CACHE", str(tmp_path_factory.mktemp("cache")))
        return digits_convnet(steps=150)


def test_a_network_pruned_by_half_and_trained_again_regains_its_loss(trained_here):
    held_out = digits().held_out

    def nll(subject):
        with torch.no_grad():
            scores = subject.model(input=held_out.pixels)
            return float(torch.nn.functional.cross_entropy(scores, held_out.labels))

    pruned = trained_here.copy()
    magnitude(pruned, 0.7)
    before, zeros = nll(pruned), zeros_of(pruned)
    took = recover_images(pruned, trained_here, 32 * 60, seed=1)
    assert took.tokens == 32 * 60
    assert nll(pruned) < before
    assert all(torch.equal(zeros[name], after) for name, after in zeros_of(pruned).items())
