"""The small GPT: training that repeats, goes on after an interruption, and keeps what it made."""

import json
from dataclasses import asdict, replace

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from analysis.compression.errors import CalibrationError  # noqa: E402
from analysis.compression.subjects.gpt import Shape, encoder, stream_of, trained_tokenizer  # noqa: E402
from analysis.compression.subjects.gpt_training import (  # noqa: E402
    GptPlan,
    small_gpt,
    steps_for,
    window_order,
    windows_at,
)
from analysis.compression.training import Schedule, descend  # noqa: E402

TINY = GptPlan(Shape(hidden=32, layers=2, heads=1, intermediate=64, context=32), tokens=1280)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PRICEWAR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def weights_of(subject):
    return {name: tensor.clone() for name, tensor in subject.model.state_dict().items()}


def test_training_again_gives_the_same_weights_to_the_bit(pages, tmp_path, monkeypatch):
    digests = []
    for place in ("one", "two"):
        monkeypatch.setenv("PRICEWAR_CACHE", str(tmp_path / place))
        digests.append(small_gpt(pages[1:], pages[:1], TINY).weights_sha256)
    assert digests[0] == digests[1]
    monkeypatch.setenv("PRICEWAR_CACHE", str(tmp_path / "three"))
    assert small_gpt(pages[1:], pages[:1], replace(TINY, seed=2)).weights_sha256 != digests[0]


def test_training_leaves_the_global_stream_and_settings_of_torch_alone(pages, cache):
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    small_gpt(pages[1:], pages[:1], TINY)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_trained_model_is_read_and_not_trained_again(pages, cache):
    steps = []
    first = small_gpt(pages[1:], pages[:1], TINY, tell=lambda step, _: steps.append(step))
    again = small_gpt(pages[1:], pages[:1], TINY, tell=lambda step, _: steps.append(step))
    assert steps == list(range(1, TINY.schedule.steps + 1))
    assert first.weights_sha256 == again.weights_sha256
    before, after = weights_of(first), weights_of(again)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_record_beside_the_weights_says_how_they_came_about(pages, cache):
    subject = small_gpt(pages[1:], pages[:1], TINY)
    (note,) = cache.glob("gpt-[0-9a-f]*.json")
    record = json.loads(note.read_text(encoding="utf-8"))
    assert record["weights_sha256"] == subject.weights_sha256
    assert record["script"] == "analysis.compression.subjects.gpt_training"
    assert record["recipe"]["plan"] == json.loads(json.dumps(asdict(TINY)))
    assert record["items"] == 1280
    assert record["cpu_seconds"] > 0
    assert len(record["loss_curve"]) == 1
    assert set(record["versions"]) == {"torch", "transformers", "tokenizers"}


@pytest.mark.parametrize("pattern", ["gpt-[0-9a-f]*.safetensors", "gpt-*.json"])
def test_damaged_files_are_refused(pages, cache, pattern):
    small_gpt(pages[1:], pages[:1], TINY)
    for path in cache.glob(pattern):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(bytes(content))
    with pytest.raises(CalibrationError, match=r"is damaged.*Delete"):
        small_gpt(pages[1:], pages[:1], TINY)


def test_weights_that_are_gone_are_refused(pages, cache):
    small_gpt(pages[1:], pages[:1], TINY)
    (weights,) = cache.glob("gpt-*.safetensors")
    weights.unlink()
    with pytest.raises(CalibrationError, match="no file"):
        small_gpt(pages[1:], pages[:1], TINY)


def test_interrupted_training_goes_on_as_if_it_had_not_been(tmp_path):
    data = torch.randn(150, 8, 3, generator=torch.Generator().manual_seed(1))

    def train(checkpoint, stop_at):
        model = torch.nn.Linear(3, 1)
        torch.nn.init.ones_(model.weight)
        torch.nn.init.zeros_(model.bias)

        def loss_of(step):
            return (model(data[step]) - data[step].sum(-1, keepdim=True) ** 2).square().mean()

        def tell(step, _):
            if step == stop_at:
                raise KeyboardInterrupt

        losses = descend(model, loss_of, Schedule(150, 0.05), checkpoint=checkpoint, tell=tell)
        return model.weight.detach().clone(), losses.losses

    whole = train(None, stop_at=0)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "state.checkpoint", stop_at=130)
    assert (tmp_path / "state.checkpoint").exists()
    resumed = train(tmp_path / "state.checkpoint", stop_at=0)
    assert torch.equal(whole[0], resumed[0])
    assert whole[1] == resumed[1]
    assert not list(tmp_path.iterdir())


def test_a_damaged_state_of_training_is_refused(tmp_path):
    state = tmp_path / "state.checkpoint"
    state.write_bytes(b"not a state")
    with pytest.raises(CalibrationError, match="starts from the beginning"):
        descend(
            torch.nn.Linear(1, 1), lambda _: torch.zeros(()), Schedule(1, 0.1), checkpoint=state
        )


def test_the_schedule_is_that_of_transformers_after_the_warm_up():
    schedule = Schedule(steps=200, peak_rate=0.1, warmup_share=0.1, final_share=0.05)
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    theirs = transformers.get_cosine_with_min_lr_schedule_with_warmup(
        optimiser, num_warmup_steps=20, num_training_steps=200, min_lr_rate=0.05
    )
    for step in range(200):
        if step >= 20:
            assert schedule.rate(step) == pytest.approx(theirs.get_last_lr()[0], rel=1e-9)
        optimiser.step()
        theirs.step()


def test_each_pass_shows_every_window_once_without_overlap():
    order = window_order(torch.arange(1001), context=10, steps=24, seed=3).flatten()
    first_pass = order[:96]
    assert len(first_pass.unique()) == 96
    assert len((first_pass % 10).unique()) == 1
    seen, ahead = windows_at(torch.arange(1001), order[:4], 10)
    assert torch.equal(ahead, seen + 1)


@pytest.mark.parametrize("tokens", [0, 127])
def test_too_few_tokens_to_train_on_are_refused(tokens):
    with pytest.raises(CalibrationError, match="one step sees 128"):
        steps_for(tokens, context=32)


def test_a_text_shorter_than_two_windows_is_refused():
    with pytest.raises(CalibrationError, match="Use a longer text"):
        window_order(torch.arange(60), context=32, steps=1, seed=1)


def test_text_comes_back_from_its_tokens(pages, tmp_path):
    tokenizer = trained_tokenizer(pages, tmp_path / "tokenizer.json")
    encode = encoder(tokenizer)
    text = "Prices fell by 90% in 2024 \u2013 naïve, isn't it?"
    assert tokenizer.decode(encode(text)) == text
    assert stream_of(encode, [text, text]).tolist() == [0, *encode(text), 0, *encode(text)]


def test_learning_the_tokens_again_gives_the_same_tokens(pages, tmp_path):
    one, two = (tmp_path / name for name in ("one.json", "two.json"))
    trained_tokenizer(pages, one)
    trained_tokenizer(pages, two)
    assert one.read_bytes() == two.read_bytes()


def test_copies_of_a_subject_do_not_share_weights(pages, cache):
    subject = small_gpt(pages[1:], pages[:1], TINY)
    twin = subject.copy()
    twin.matrix(twin.targets[0]).weight.data.zero_()
    assert subject.matrix(subject.targets[0]).weight.abs().sum() > 0
    assert len(subject.targets) == 14
    assert subject.shares.keep_bytes == 1.0


def test_a_place_that_cannot_be_written_is_refused_with_what_to_do(pages, cache, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("analysis.compression.trained_weights.save_file", full)
    with pytest.raises(CalibrationError, match=r"No space left on device.*PRICEWAR_CACHE"):
        small_gpt(pages[1:], pages[:1], TINY)
