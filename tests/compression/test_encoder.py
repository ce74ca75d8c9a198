"""The sentence encoder and its two tasks: on a tiny Bert, and on the real one where it is there."""

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from analysis.compression.errors import CalibrationError  # noqa: E402
from analysis.compression.measures.classification import Classification  # noqa: E402
from analysis.compression.measures.retrieval import Retrieval  # noqa: E402
from analysis.compression.packages import fetch  # noqa: E402
from analysis.compression.subjects.encoder import (  # noqa: E402
    EncoderSubject,
    embeddings,
    evenly,
    layer_matrices,
    minilm,
    passages,
    sentences,
)
from analysis.compression.texts import wikipedia  # noqa: E402

SUBJECTS = (
    "harbour ship sail tide",
    "price market trade cut",
    "cell gene protein leaf",
    "stone arch temple wall",
    "violin opera chord song",
    "river delta flood rain",
)


def document(words: str, count: int = 60) -> str:
    """Write sentences that draw on a subject's words, in paragraphs of six."""
    own = words.split()
    lines = [
        f"Number {n} of the {own[n % 4]} has a {own[(n + 1) % 4]} and the {own[(n * 7 + 2) % 4]} "
        f"stands near some {own[(n * 3) % 4]} by the {own[(n * 5 + 1) % 4]} of old."
        for n in range(count)
    ]
    return "\n".join(" ".join(lines[start : start + 6]) for start in range(0, count, 6))


DOCUMENTS = [document(words) for words in SUBJECTS]


@pytest.fixture(scope="module")
def tiny():
    """A Bert of two layers with weights as drawn; texts are encoded word by word."""
    vocabulary = {word: n + 3 for n, word in enumerate(sorted(set(" ".join(DOCUMENTS).split())))}
    config = transformers.BertConfig(
        vocab_size=len(vocabulary) + 3, hidden_size=32, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=64, max_position_embeddings=128,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        model = transformers.BertModel(config).eval()
    return EncoderSubject(
        name="tiny",
        model=model,
        targets=layer_matrices(model),
        calibration=lambda: iter(()),
        encode=lambda text: [1, *(vocabulary[word] for word in text.split()), 2],
    )


def test_sentences_end_at_a_stop_before_a_capital_but_not_after_an_abbreviation():
    text = 'It fell by 3.5 per cent. Dr. Smith left. "Why?" he asked. The U.S. Senate met.'
    assert sentences(text) == [
        "It fell by 3.5 per cent.", "Dr. Smith left.", '"Why?" he asked.', "The U.S. Senate met."
    ]  # fmt: skip


def test_passages_are_whole_sentences_of_one_paragraph():
    cut = passages(DOCUMENTS[0], words=45)
    assert all(sum(len(one.split()) for one in passage) >= 45 for passage in cut)
    paragraphs = DOCUMENTS[0].split("\n")
    assert all(any(" ".join(passage) in paragraph for paragraph in paragraphs) for passage in cut)


def test_evenly_spaced_numbers_are_distinct_and_cover_the_range():
    assert evenly(3, 5) == [0, 1, 2]
    assert evenly(100, 4) == [0, 25, 50, 75]
    assert len(set(evenly(41, 40))) == 40


def test_an_embedding_does_not_depend_on_the_texts_beside_it(tiny):
    lengths = (20, 90, 7)
    texts = [
        tiny.encode(" ".join(DOCUMENTS[n].split()[:length])) for n, length in enumerate(lengths)
    ]
    together = embeddings(tiny, texts)
    alone = torch.cat([embeddings(tiny, [text]) for text in texts])
    assert torch.allclose(together, alone, atol=1e-5)
    assert torch.allclose(together.norm(dim=1), torch.ones(3))


def test_the_targets_are_all_linear_layers_of_all_blocks(tiny):
    assert len(tiny.targets) == 2 * 6
    assert all(name.startswith("encoder.layer.") for name in tiny.targets)


@pytest.mark.parametrize("make", [Retrieval, Classification])
def test_the_original_beside_itself_loses_nothing(tiny, make):
    task = make(tiny, DOCUMENTS)
    answers = task.answers(tiny)
    same = task.quality(answers, answers)
    assert same.delta_nll == same.delta_nll_se == 0.0
    assert same.kl_nats == pytest.approx(0.0, abs=1e-9)
    assert same.top1_agreement == 1.0
    assert same.base == same.value
    assert torch.allclose(answers.exp().sum(-1), torch.ones(len(answers), dtype=answers.dtype))


@pytest.mark.parametrize("make", [Retrieval, Classification])
def test_an_encoder_whose_layers_are_noise_is_found_out(tiny, make):
    task = make(tiny, DOCUMENTS)
    ruined = tiny.copy()
    draws = torch.Generator().manual_seed(1)
    for name in ruined.targets:
        ruined.matrix(name).weight.data.normal_(0.0, 0.5, generator=draws)
    quality = task.quality(task.answers(tiny), task.answers(ruined))
    assert quality.kl_nats > 0
    assert quality.delta_nll > 0
    assert quality.top1_agreement < 1.0


def test_a_query_is_never_part_of_its_passage(tiny):
    task = Retrieval(tiny, DOCUMENTS)
    for query, passage in zip(task.queries, task.candidates, strict=True):
        assert " ".join(map(str, query[1:-1])) not in " ".join(map(str, passage))


def test_no_passage_is_both_fitted_on_and_held_out(tiny, monkeypatch):
    texts = []
    monkeypatch.setattr(tiny, "encode", lambda text: texts.append(text) or [1, len(texts), 2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "analysis.compression.measures.classification.embeddings",
            lambda _, encoded: torch.eye(len(encoded)),
        )
        Classification(tiny, DOCUMENTS)
    assert len(texts) == len(set(texts))


def test_texts_that_are_too_short_for_a_task_are_refused(tiny):
    with pytest.raises(CalibrationError, match="Use a longer text"):
        Retrieval(tiny, ["One sentence."])
    with pytest.raises(CalibrationError, match="at least 2 evaluation documents"):
        Classification(tiny, DOCUMENTS[:1])


@pytest.fixture(scope="module")
def real():
    try:
        return minilm(wikipedia().calibration)
    except CalibrationError as error:
        if "cannot be fetched" not in str(error):
            raise
        pytest.skip(f"neither in the cache nor to be had: {error}")


@pytest.mark.slow
def test_the_real_encoder_finds_passages_and_their_documents(real):
    documents = wikipedia().evaluation
    retrieval = Retrieval(real, documents, passages_per_document=8)
    scores = retrieval.scores(retrieval.answers(real))
    chance = 1 / len(documents)
    assert scores["precision_at_5"] > 8 * chance
    assert scores["recall_at_5"] > 0.7
    classification = Classification(real, documents)
    assert len(classification.held_out) >= 300
    assert classification.scores(classification.answers(real))["f1"] > 0.85


@pytest.mark.slow
def test_calibration_text_of_the_encoder_is_full_windows_without_padding(real):
    batches = list(real.calibration())
    assert sum(batch["input_ids"].numel() for batch in batches) == 16_384
    assert all(batch["attention_mask"].all() for batch in batches)


@pytest.mark.slow
def test_a_damaged_file_of_the_encoder_is_refused(real, tmp_path, monkeypatch):
    whole = fetch("minilm")
    monkeypatch.setenv("PRICEWAR_CACHE", str(tmp_path))
    copy = tmp_path / whole.name
    copy.mkdir()
    for path in whole.iterdir():
        content = path.read_bytes()
        (copy / path.name).write_bytes(content[:-1] if path.suffix == ".safetensors" else content)
    with pytest.raises(CalibrationError, match="is damaged"):
        minilm(["text"])
