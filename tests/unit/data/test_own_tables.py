"""Tables of one's own, and views of all tables as of a date."""

import csv
import datetime as dt
from pathlib import Path

import pytest

from sim.data.accelerators import accelerator
from sim.data.capabilities import capability_logit, capability_scale, fitted_scale
from sim.data.capability_view import ANCHORS
from sim.data.dataset import OBSERVED, OWN, SHIPPED, columns_of
from sim.data.own_tables import READERS, own_tables
from sim.data.prices import list_price_history, price_points
from sim.data.rents import posted_rents, rent_history, rent_usd_per_hour
from sim.data.scores import scores
from sim.data.table import TABLES
from sim.errors import DataError, UnknownName

ORIGIN = dt.date(2025, 1, 20)
VIEW = SHIPPED.known_by(ORIGIN)


def shipped_row(table: str, **changes: str) -> dict[str, str]:
    with (TABLES / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return {**next(csv.DictReader(file)), **changes}


def write(folder: Path, table: str, *rows: dict[str, str], columns: tuple[str, ...] = ()) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns or columns_of(table))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def own_price(**changes: str) -> dict[str, str]:
    row = {"provider": "NewCo", "model": "nc-1", "date": "2026-02-01", "known_on": "2026-02-01"}
    return shipped_row("llm_api_prices", **{**row, **changes})


def test_every_table_of_observations_says_of_each_row_when_it_was_known():
    assert all("known_on" in columns_of(table) for table in OBSERVED)
    assert set(READERS) == set(OWN)


def test_a_row_of_unknown_publication_is_in_no_view():
    unknown = [row for row in scores() if "date = model release" in row.source]
    assert len(unknown) == 1310
    assert not set(unknown) & set(scores(SHIPPED.known_by(dt.date(2026, 1, 1))))


def test_a_view_grows_with_its_date_up_to_all_rows_that_state_their_publication():
    sizes = [len(price_points(SHIPPED.known_by(dt.date(year, 1, 1)))) for year in range(2023, 2028)]
    assert sizes == sorted(sizes)
    assert 0 < sizes[0] < sizes[-1] < len(price_points())


def test_a_planted_row_is_seen_from_the_day_on_which_it_is_known_and_not_before(tmp_path: Path):
    row = own_price(date="2025-01-02", known_on="2025-01-21")
    planted = own_tables([write(tmp_path, "llm_api_prices", row)])
    assert list_price_history("NewCo", "nc-1", planted.known_by(dt.date(2025, 1, 21)))
    with pytest.raises(UnknownName):
        list_price_history("NewCo", "nc-1", planted.known_by(ORIGIN))


def test_a_planted_score_changes_the_scale_of_views_after_it_and_of_none_before(tmp_path: Path):
    row = shipped_row(
        "llm_quality",
        model="deepseek-v3",
        benchmark="LMArena text Elo (history)",
        score="1500",
        unit="Elo",
        date="2025-01-10",
        known_on="2025-01-22",
    )
    planted = own_tables([write(tmp_path, "llm_quality", row)])
    before, after = planted.known_by(ORIGIN), planted.known_by(dt.date(2025, 1, 22))
    assert capability_scale(before) == capability_scale(VIEW)
    assert (
        capability_logit("deepseek-v3", after).value
        > capability_logit("deepseek-v3", before).value + 1.0
    )


def test_a_view_before_the_benchmarks_were_published_puts_elo_on_a_line_through_two_models():
    known, shipped = capability_scale(VIEW).capabilities, fitted_scale().capabilities
    for anchor in ANCHORS:
        assert known[anchor].value == pytest.approx(shipped[anchor].value, abs=1e-12)
    elo = {row.name: row.score for row in scores(VIEW) if row.date == dt.date(2025, 1, 5)}
    low, high = elo["gpt-3.5-turbo-0125"], elo["gpt-4-0314"]
    unit = (high - low) / (shipped[ANCHORS[1]].value - shipped[ANCHORS[0]].value)
    expected = shipped[ANCHORS[0]].value + (elo["glm-4-plus"] - low) / unit
    assert known["glm-4-plus"].value == pytest.approx(expected, rel=1e-12)
    assert "deepseek-r1" not in known  # rated four days after


def test_scores_of_ones_own_are_fitted_with_the_shipped_ones(tmp_path: Path):
    row = shipped_row(
        "llm_quality",
        model="nc-1",
        benchmark="GPQA-Diamond (Epoch run)",
        score="0.625",
        unit="fraction",
        date="2026-02-01",
        known_on="",
    )
    own = own_tables([write(tmp_path, "llm_quality", row)])
    assert capability_logit("nc-1", own).value == pytest.approx(0.0, abs=0.01)
    with pytest.raises(UnknownName):
        capability_logit("nc-1")


def test_rents_of_a_view_are_those_posted_by_then():
    later = [rent for rent in posted_rents() if rent.date > ORIGIN]
    assert later
    assert not set(later) & set(posted_rents(VIEW))
    assert rent_history("H800 SXM5", VIEW)[-1][0] <= ORIGIN
    assert rent_usd_per_hour("H800 SXM5", dt.date(2025, 9, 1), VIEW) == pytest.approx(
        rent_history("H800 SXM5", VIEW)[-1][1]
    )


def test_rents_of_a_new_chip_stand_on_the_level_of_its_own_rows(tmp_path: Path):
    day = dt.date(2025, 8, 15)
    row = {
        "date": str(day),
        "known_on": str(day),
        "gpu": "Z1",
        "price_usd_per_hour": str(0.5 * rent_usd_per_hour("H100 SXM5 80GB", day)),
        "market": "NewHost",
        "notes": "",
        "source": "test",
    }
    own = own_tables([write(tmp_path, "gpu_rental_prices", row)])
    ratio = rent_usd_per_hour("Z1", day, own) / rent_usd_per_hour("H100 SXM5 80GB", day, own)
    assert ratio == pytest.approx(0.5, rel=0.02)


def test_a_table_in_the_folder_replace_stands_in_place_of_the_shipped_one(tmp_path: Path):
    write(tmp_path / "replace", "llm_api_prices", own_price())
    assert [point.model for point in price_points(own_tables([tmp_path]))] == ["nc-1"]


def test_a_table_of_ones_own_is_added_and_may_go_on_after_the_shipped_data(tmp_path: Path):
    own = own_tables([write(tmp_path, "llm_api_prices", own_price())])
    assert len(price_points(own)) == len(price_points()) + 1
    assert list_price_history("NewCo", "nc-1", own)[0].date == dt.date(2026, 2, 1)


def test_a_chip_of_ones_own_is_found_in_ones_own_table_alone(tmp_path: Path):
    row = shipped_row("accelerators", name="Z1")
    own = own_tables([write(tmp_path, "accelerators", row)])
    assert accelerator("Z1", own).vendor == row["vendor"]
    with pytest.raises(UnknownName):
        accelerator("Z1")


@pytest.mark.parametrize(
    ("table", "changes", "reason"),
    [
        ("llm_api_prices", {"known_on": "soon"}, "llm_api_prices.csv:2  known_on = 'soon'"),
        ("llm_api_prices", {"usd_input": "9"}, "not 9"),
        ("llm_api_prices", {"event": "steal"}, "must be one of"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(
    tmp_path: Path, table: str, changes: dict[str, str], reason: str
):
    with pytest.raises(DataError) as caught:
        own_tables([write(tmp_path, table, own_price(**changes))])
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("llm_api_price.csv", "Did you mean 'llm_api_prices'?"),
        ("capability_scale.csv", "give scores in llm_quality.csv"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_the_one_that_was_meant(
    tmp_path: Path, name: str, reason: str
):
    (tmp_path / name).write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        own_tables([tmp_path])
    assert reason in str(caught.value)


def test_a_table_without_known_on_is_refused_with_what_it_means(tmp_path: Path):
    columns = tuple(name for name in columns_of("llm_api_prices") if name != "known_on")
    row = {name: value for name, value in own_price().items() if name in columns}
    with pytest.raises(DataError, match=r"lacks the column known_on.*day of publication"):
        own_tables([write(tmp_path, "llm_api_prices", row, columns=columns)])


def test_an_unknown_column_is_refused_with_the_one_that_was_meant(tmp_path: Path):
    columns = (*columns_of("llm_api_prices"), "know_on")
    with pytest.raises(DataError, match=r"'know_on'.*Did you mean 'known_on'"):
        own_tables([write(tmp_path, "llm_api_prices", own_price(), columns=columns)])


def test_a_folder_that_is_none_or_holds_nothing_is_refused(tmp_path: Path):
    for folder, reason in ((tmp_path / "nowhere", "no such folder"), (tmp_path, "holds no table")):
        with pytest.raises(DataError, match=reason):
            own_tables([folder])
