"""The network for digits: parts that share no image, training that repeats, accuracy."""

import pytest

torch = pytest.importorskip("torch")

from analysis.compression.errors import CalibrationError  # noqa: E402
from analysis.compression.measures.images import ImageClassification  # noqa: E402
from analysis.compression.methods.pruning import magnitude  # noqa: E402
from analysis.compression.subjects.convnet import digits, digits_convnet, image_order  # noqa: E402


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PRICEWAR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_three_parts_share_no_image_and_hold_all():
    data = digits()
    parts = (data.train, data.calibration, data.held_out)
    assert sum(part.labels.numel() for part in parts) == 1797
    images = [{tuple(image.flatten().tolist()) for image in part.pixels} for part in parts]
    assert not images[0] & images[1]
    assert not images[0] & images[2]
    assert not images[1] & images[2]
    assert all(part.labels.unique().numel() == 10 for part in parts)
    assert data.train.pixels.min() == 0.0
    assert data.train.pixels.max() == 1.0


def test_training_again_gives_the_same_weights_to_the_bit(tmp_path, monkeypatch):
    digests = set()
    for place in ("one", "two"):
        monkeypatch.setenv("PRICEWAR_CACHE", str(tmp_path / place))
        digests.add(digits_convnet(steps=20).weights_sha256)
    assert len(digests) == 1


def test_damaged_weights_are_refused(cache):
    digits_convnet(steps=5)
    (weights,) = cache.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    with pytest.raises(CalibrationError, match="is damaged"):
        digits_convnet(steps=5)


def test_each_pass_shows_every_image_once():
    order = image_order(images=10, steps=5, size=4, seed=1).flatten()
    assert sorted(order[:10].tolist()) == list(range(10))
    assert sorted(order[10:].tolist()) == list(range(10))


def test_the_first_and_the_last_layer_are_no_targets(cache):
    assert digits_convnet(steps=1).targets == ("2", "5", "9")


def test_quality_of_the_original_beside_itself_is_no_loss(cache):
    network = digits_convnet(steps=60)
    task = ImageClassification(digits().held_out)
    answers = task.answers(network)
    same = task.quality(answers, answers)
    assert same.metric == "accuracy"
    assert same.base == same.value > 0.8
    assert same.delta_nll == same.kl_nats == 0.0
    assert same.top1_agreement == 1.0
    assert same.items == 400
    ruined = network.copy()
    magnitude(ruined, 0.95)
    worse = task.quality(answers, task.answers(ruined))
    assert worse.delta_nll > 3 * worse.delta_nll_se > 0
    assert worse.kl_nats > 0


@pytest.mark.slow
def test_the_trained_network_tells_more_than_98_of_100_held_out_digits(cache):
    task = ImageClassification(digits().held_out)
    assert task.scores(task.answers(digits_convnet()))["accuracy"] > 0.98
