"""Paired differences of two runs."""

import dataclasses
import io
import math

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import pricewar
from analysis.comparison import compare, compare_worlds
from analysis.differences import Difference, differences
from analysis.pairing import variance_reduction
from analysis.significance import holm
from pricewar.cli.main import main
from sim.errors import ResultError, UsageError


def printed(comparison, width: int = 160) -> str:
    out = io.StringIO()
    Console(width=width, file=out).print(comparison.table())
    return out.getvalue()


def test_the_difference_is_the_mean_of_paired_differences(war_run, peace_run):
    contrast = compare(war_run, peace_run)["adopters_share_end"]
    added = [0.0005 * (1 + 0.1 * r) * 140 for r in range(4)]
    assert contrast.difference.centre == pytest.approx(np.mean(added))
    assert contrast.difference.low < np.mean(added) < contrast.difference.high


def test_a_run_compared_with_itself_differs_nowhere(war_run):
    frame = compare(war_run, war_run).frame
    assert (frame[["difference", "low", "high"]] == 0).all(axis=None)


def test_a_comparison_and_a_contrast_are_shown_in_a_line(war_run, peace_run):
    comparison = compare(war_run, peace_run)
    outcomes = len(comparison.contrasts)
    assert f"{outcomes} outcomes, 4 paired replications>" in repr(comparison)
    contrast = comparison["adopters_share_end"]
    assert repr(contrast).startswith("<Contrast adopters_share_end: ")
    assert f" = {contrast.difference.centre:.6g}, 95% interval " in repr(contrast)
    assert all(len(repr(shown)) < 150 for shown in (comparison, *comparison.contrasts))


def test_the_table_of_a_comparison_prints_itself(war_run, peace_run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    table = compare(war_run, peace_run).table()
    assert "Adopters at the end" in str(table)
    assert "object at" not in f"{table} {table!r}"


def test_each_provider_is_compared_and_its_pay_back_dated(war_run, peace_run):
    found = compare(war_run, peace_run)
    names = [own.provider for own in found.providers]
    assert names == ["Attacker", "Follower", "Abstainer"]
    follower = found.provider("Follower")["tokens_share_end"]
    other = compare(peace_run, war_run)["tokens_share_end.Follower"]
    assert follower.difference.centre == pytest.approx(-other.difference.centre)
    assert follower.difference.centre > 0.1
    assert found.provider("Follower").pay_back.never_behind.hits == 4
    assert "Follower: at no time behind" in str(found.provider_table())
    with pytest.raises(UsageError, match="Did you mean 'Follower'"):
        found.provider("Folower")


def test_a_provider_of_one_world_alone_is_named_and_not_compared(war_run, peace_run, monkeypatch):
    without = peace_run.providers[peace_run.providers["provider"] != "Attacker"]
    monkeypatch.setattr(peace_run, "providers", without)
    found = compare(war_run, peace_run)
    assert [own.provider for own in found.providers] == ["Follower", "Abstainer"]
    assert "In one of the two alone, so not compared: Attacker." in found.note


def test_worlds_by_name_are_each_subtracted_from_the_first_in_one_family(war_run, peace_run):
    worlds = {"war": war_run, "hold": peace_run, "war again": war_run}
    found = pricewar.compare(worlds)
    assert list(found) == ["hold", "war again"]
    assert found["hold"].names == ("war", "hold")
    assert (found["war again"].frame["difference"] == 0.0).all()
    contrasts = [it for one in found.values() for own in one.providers for it in own.contrasts]
    adjusted = [it.holm_p_value for it in contrasts]
    assert adjusted == pytest.approx(holm([it.p_value for it in contrasts]))
    with pytest.raises(UsageError, match="at least two by name"):
        pricewar.compare({"war": war_run})


def test_named_worlds_on_the_command_line_are_compared_drawn_and_written(
    war_run, peace_run, tmp_path, capsys
):
    worlds = [f"war={war_run.folder}", f"hold={peace_run.folder}", f"again={war_run.folder}"]
    assert main(["compare", *worlds, "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "war (A) minus hold (B)" in told
    assert "war (A) minus again (B)" in told
    rows = pd.read_csv(tmp_path / "out" / "comparison.csv")
    assert set(rows["world"]) == {"hold", "again"}
    expected = compare_worlds({"war": war_run, "hold": peace_run})["hold"]
    row = rows[(rows.world == "hold") & (rows.provider == "Follower")]
    written = row.set_index("outcome").loc["tokens_share_end", "difference"]
    assert written == expected["tokens_share_end.Follower"].difference.centre
    assert (tmp_path / "out" / "comparison.svg").is_file()


def test_two_worlds_of_one_name_and_a_single_world_are_refused(war_run, capsys):
    assert main(["compare", f"a={war_run.folder}", f"a={war_run.folder}"]) == 2
    assert "two worlds are called 'a'" in capsys.readouterr().err
    assert main(["compare", str(war_run.folder)]) == 2
    assert "two worlds at least" in capsys.readouterr().err


@pytest.mark.parametrize("said", ["0", "-5%", "much", "inf"])
def test_a_precision_that_is_no_share_is_refused(said, war_run, capsys):
    assert main(["compare", str(war_run.folder), str(war_run.folder), f"--precision={said}"]) == 2
    assert "is not a share above 0, such as 0.1 or 10%" in capsys.readouterr().err


def test_bytes_say_whether_two_folders_are_the_same_by_their_exit_code(war_run, peace_run, capsys):
    assert main(["compare", str(war_run.folder), str(war_run.folder), "--bytes"]) == 0
    assert capsys.readouterr().out.startswith("Same bytes: ")
    assert main(["compare", str(war_run.folder), str(peace_run.folder), "--bytes"]) == 1
    assert "They differ, first in table events" in capsys.readouterr().out


def test_swapping_the_runs_flips_every_sign(war_run, peace_run):
    forth, back = compare(war_run, peace_run).frame, compare(peace_run, war_run).frame
    assert np.allclose(forth["difference"], -back["difference"])
    assert np.allclose(forth["low"], -back["high"])


def test_domains_are_compared_one_by_one(war_run, peace_run):
    frame = compare(war_run, peace_run).frame
    assert {"adopters_share_end.coding", "adopters_share_end.translation"} <= set(frame.index)


def test_an_unknown_outcome_is_a_key_error(war_run, peace_run):
    with pytest.raises(KeyError):
        compare(war_run, peace_run)["happiness"]


def test_runs_with_other_seeds_are_refused_with_a_remedy(war_run, make_run):
    with pytest.raises(ResultError, match="--seed 5"):
        compare(war_run, make_run(seed=6))


def test_runs_with_other_snapshots_are_refused(war_run, make_run):
    with pytest.raises(ResultError, match="snapshots"):
        compare(war_run, make_run(days=70))


def test_only_common_replications_are_paired(war_run, make_run):
    comparison = compare(war_run, make_run(replications=2))
    assert comparison.replications == (0, 1)


def test_replications_left_out_are_counted_in_the_note(war_run, make_run):
    assert "left out" not in compare(war_run, war_run).note
    assert "left out: 2 of A, 0 of B." in compare(war_run, make_run(replications=2)).note


def test_the_note_names_what_differs_between_the_scenarios(war_run, peace_run):
    assert "  factors.competition: true against false" in compare(war_run, peace_run).note
    assert "The scenarios are the same." in compare(war_run, war_run).note
    assert "factors.competition: true against false" in printed(compare(war_run, peace_run), 80)


def test_of_many_differences_five_are_named_and_the_rest_counted(war_run):
    many = tuple(Difference(f"x{i}", 1, 2) for i in range(7))
    note = dataclasses.replace(compare(war_run, war_run), differences=many).note
    assert "x4: 1 against 2\n  and 2 more" in note
    assert "x5" not in note


def test_differences_inside_named_items_have_paths_that_can_be_set(war_run):
    ours = war_run.scenario
    first = ours.products[0]
    dearer = first.model_copy(update={"capability_logit": 1.5})
    theirs = ours.model_copy(update={"title": "Other", "products": (dearer, *ours.products[1:-1])})
    gone = ours.products[-1].name
    assert tuple(map(str, differences(ours, theirs))) == (
        f"products[{first.name}].capability_logit: 0 against 1.5",
        f"products[{gone}]: given against none",
    )


def test_one_common_replication_gives_no_interval_and_says_so(war_run, single_run):
    comparison = compare(war_run, single_run)
    assert comparison["adopters_share_end"].variance_reduction_text == "one replication"
    text = printed(comparison)
    assert "one replication, no interval" in text
    assert "One replication says nothing about chance" in text


def test_runs_without_a_common_replication_are_refused(war_run, make_run, monkeypatch):
    other = make_run(replications=1)
    monkeypatch.setitem(other.manifest, "finished", [9])
    with pytest.raises(ResultError, match="no replication in common"):
        compare(war_run, other)


def test_the_variance_reduction_is_the_ratio_of_independent_to_paired_variance():
    a, b = np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.5, 3.0])
    expected = (a.var(ddof=1) + b.var(ddof=1)) / (a - b).var(ddof=1)
    assert variance_reduction(a, b) == pytest.approx(expected)


def test_a_constant_difference_has_an_infinite_reduction_told_in_words(war_run, peace_run):
    assert variance_reduction([1.0, 2.0, 3.0], [0.0, 1.0, 2.0]) == math.inf
    contrast = compare(war_run, peace_run)["adopters_share_end.coding"]
    assert contrast.variance_reduction_text == "no variance left"


def test_runs_that_do_not_vary_have_no_reduction_told_in_words(war_run, peace_run):
    assert math.isnan(variance_reduction([1.0, 1.0], [2.0, 2.0]))
    contrast = compare(war_run, peace_run)["hhi_tokens_end"]
    assert contrast.variance_reduction_text == "no variance"


def test_the_table_names_both_runs_and_every_outcome(war_run, peace_run):
    text = printed(compare(war_run, peace_run))
    assert "war (A) minus peace (B): 4 paired replications" in text
    assert "Adopters at the end, %" in text
    assert "Variance cut" in text


def test_the_table_fits_a_narrow_terminal_without_losing_a_column(war_run, peace_run):
    text = printed(compare(war_run, peace_run), width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert "22.7x" in text


def test_independent_draws_have_a_reduction_near_one():
    # the ratio's logarithm has sd 0.045; 0.2 is more than 4 sd: one false alarm in 16,000 seeds
    a, b = np.random.default_rng(11).normal(size=(2, 2_000))
    assert abs(math.log(variance_reduction(a, b))) < 0.2
