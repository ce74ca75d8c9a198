"""``pricewar calibrate compression --frontier``: the choice of every weight, printed and drawn."""

from pathlib import Path

import pytest

from analysis.compression.alpha_frontier import frontier_of
from pricewar.cli.main import main
from sim.compression.frontier import choose


@pytest.mark.parametrize("model", ["Llama-2-70B", "minimal:glm-3-turbo"])
def test_the_frontier_is_printed_and_drawn_for_bytes_and_for_cost(
    model: str, tmp_path: Path, capsys
) -> None:
    figure = tmp_path / "edge.png"
    assert main(["calibrate", "compression", "--frontier", model, "--out", str(figure)]) == 0
    told = capsys.readouterr().out
    assert "Loss = alpha x accuracy + (1 - alpha) x bytes" in told
    assert "Loss = alpha x accuracy + (1 - alpha) x cost" in told
    assert str(figure) in told.replace("\n", "")
    assert figure.stat().st_size > 10_000
    assert figure.with_suffix(".svg").exists()
    for size, outcomes in frontier_of(model).outcomes.items():
        extremes = {choose(outcomes, weight).name for weight in (0.0, 1.0)}
        assert len(extremes) == 2, size
    assert choose(frontier_of(model).outcomes["bytes"], 1.0).name.split("+")[0] in told


def test_a_published_model_has_its_series() -> None:
    llama_2, llama_3 = (
        {one.name: one.capability_loss_logit for one in frontier_of(name).outcomes["bytes"]}
        for name in ("Llama-2-70B", "Llama-3-70B")
    )
    assert llama_3["gptq_per_group:4"] > 2.0 * llama_2["gptq_per_group:4"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("Llama-2-70", "Did you mean 'Llama-2-70B'?"),
        ("minimal:glm-3-trubo", "Did you mean 'glm-3-turbo'?"),
        ("minmal:glm-3-turbo", "minimal"),
    ],
)
def test_an_unknown_model_is_refused_with_the_nearest(model: str, message: str, capsys) -> None:
    assert main(["calibrate", "compression", "--frontier", model]) == 2
    assert message in capsys.readouterr().err


def test_an_option_of_measuring_is_refused(capsys) -> None:
    assert main(["calibrate", "compression", "--frontier", "Llama-2-70B", "--seed", "2"]) == 2
    assert "--frontier measures nothing, so it does not take --seed." in capsys.readouterr().err
