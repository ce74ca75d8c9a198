"""Compression recipes: what they leave, what they cost, and which rows they rest on."""

import itertools

import pytest

from sim.data.compression import capability_loss_logit, methods, recipe, recipes
from sim.data.compression_rows import published_rows
from sim.errors import DataError, UnknownName


def test_fewer_bits_lose_more_capability():
    ladder = ["GGUF-Q8_0", "GGUF-Q6_K", "GGUF-Q5_K_M", "GGUF-Q4_K_M", "GGUF-Q3_K_M", "GGUF-Q2_K"]
    losses = [recipe(method, 8.0).capability_loss_logit for method in ladder]
    left = [recipe(method, 8.0).keep_bytes_share for method in ladder]
    assert all(a < b for a, b in itertools.pairwise(losses))
    assert all(a > b for a, b in itertools.pairwise(left))


def test_eight_bits_lose_less_than_four_and_four_less_than_three():
    eight, four, three = (
        recipe(method, 30.0).capability_loss_logit
        for method in ("INT8 weights", "GPTQ 4-bit", "GPTQ-w3g128")
    )
    assert eight < four < three


def test_small_models_lose_more_than_large_ones():
    small, large = (recipe("AWQ 4-bit", size).capability_loss_logit for size in (7.0, 70.0))
    assert small > large


def test_all_spellings_of_a_method_give_one_recipe():
    assert recipe("SmoothQuant-W8A8", 13.0) == recipe("INT8 weights and activations", 13.0)
    assert recipe("GGUF-Q4_K_M+imatrix(<Q6_K)", 70.0) == recipe("GGUF-Q4_K_M+imatrix", 70.0)


def test_only_removed_structure_and_two_of_four_sparsity_save_operations():
    assert recipe("GPTQ 4-bit", 70.0).keep_flop_share == 1.0
    assert recipe("Wanda unstructured 50%", 70.0).keep_flop_share == 1.0
    assert recipe("Wanda 2:4", 70.0).keep_flop_share == 0.5
    low_rank = recipe("SVD-LLM-V2 20% param reduction", 7.0)
    assert low_rank.keep_flop_share == low_rank.keep_bytes_share == pytest.approx(0.8)


def test_a_mask_costs_one_bit_per_weight():
    assert recipe("Wanda unstructured 50%", 70.0).keep_bytes_share == 0.5 + 1 / 16


def test_every_recipe_makes_the_model_smaller_and_not_better():
    for candidate in recipes(70.0):
        assert 0.0 < candidate.keep_bytes_share < 1.0
        assert 0.0 < candidate.keep_flop_share <= 1.0
        assert 0.0 <= candidate.capability_loss_logit <= 1.0
        assert candidate.rows >= 1
        assert candidate.source


def test_recipes_leave_out_methods_that_ruin_the_model():
    offered = {candidate.method for candidate in recipes(7.0)}
    assert "FWSVD 20% param reduction" in methods()
    assert "FWSVD 20% param reduction" not in offered
    assert "GGUF-IQ1_S+imatrix" not in offered


def test_weak_rows_encoders_and_undertrained_models_are_in_no_recipe():
    for method in methods():
        source = recipe(method, 7.0).source
        assert "secondary" not in source
        assert "transcription" not in source
    assert "DistilBERT-66M" not in methods()
    assert "AdaPrune unstructured 50%" not in methods()
    assert sum(row.weak for row in published_rows()) == 59


def test_a_kept_accuracy_loses_nothing_and_a_gain_is_no_gain():
    assert capability_loss_logit(1.0) == 0.0
    assert capability_loss_logit(1.01) == 0.0
    assert capability_loss_logit(0.99) == pytest.approx(0.053, abs=0.002)


def test_a_model_far_from_all_rows_takes_the_nearest():
    assert recipe("GPTQ-w3g128", 1e6).parameters_billion == 65.2


def test_an_unknown_method_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match="GPTQ 4-bit"):
        recipe("GPTQ 4 bit", 7.0)


def test_a_model_without_size_has_no_recipe():
    with pytest.raises(DataError, match="0 billion"):
        recipe("GPTQ 4-bit", 0.0)
