"""The report: one page that answers, shows, sources, and needs nothing else."""

import dataclasses
import datetime as dt
import html
import json
import re
from html.parser import HTMLParser

import pytest

from analysis import worlds
from analysis.figures import plates
from analysis.report import build, collecting, section
from analysis.report.answer import sentences
from analysis.report.numbers import grouped, numbers_of
from analysis.statistics import MONTE_CARLO
from analysis.variants import finished_variant, no_war
from pricewar.cli.main import main
from pricewar.cli.summary import print_summary
from pricewar.cli.terminal import Terminal
from sim.errors import ResultError
from sim.record.run import Run
from sim.record.tables import TABLES
from sim.scenario.supply import DatedPrice, Price


@pytest.fixture(scope="module")
def page(war_run, peace_run, tmp_path_factory):
    told = []
    out = tmp_path_factory.mktemp("report")
    path = build(
        {"war": war_run, "no war": peace_run}, out, progress=lambda *words: told.append(words)
    )
    count = len(list((out / "figures").glob("*.png")))
    assert [words.partition(":")[0] for words, _ in told[:-1]] == [
        f"drawing figure {number} of {count}" for number in range(1, count + 1)
    ]
    assert [share for _, share in told] == [number / count for number in range(count + 1)]
    return path


@pytest.fixture
def one_figure(monkeypatch):
    """Draw a single figure where the test is not about figures."""
    first = plates.collected()[:1]
    monkeypatch.setattr(plates, "collected", lambda: first)


@pytest.fixture(scope="module")
def text(page):
    return page.read_text(encoding="utf-8")


class _References(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.anchors, self.open = [], set(), []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.found += [given[key] for key in ("src", "href", "srcset", "data") if key in given]
        self.anchors.add(given.get("id"))
        if tag not in ("meta", "img", "br", "wbr", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_refers_to_nothing_outside_itself(text):
    parser = _References()
    parser.feed(text)
    assert parser.open == []
    for reference in parser.found:
        assert reference.startswith(("data:image/svg+xml;base64,", "#"))
        assert not reference.startswith("#") or reference[1:] in parser.anchors
    assert "@import" not in text
    assert "url(" not in text
    assert "<script" not in text


def test_every_figure_is_on_the_page_and_in_the_folder(page, text):
    files = {path.stem for path in (page.parent / "figures").glob("*.png")}
    assert files == {path.stem for path in (page.parent / "figures").glob("*.svg")}
    assert {
        "overview",
        "prices",
        "reactions",
        "price-account",
        "price-indices",
        "difference",
        "shares",
    } <= files
    assert text.count("<figure ") == len(files)


def test_the_answer_comes_first_and_is_made_of_the_numbers(text):
    answer = text[text.index('id="answer"') : text.index('id="numbers"')]
    assert "The average price paid fell by 71% (the same in every replication)" in answer
    assert "in the week to 8 April 2024" in answer
    assert "The war added 8.05 percentage points (6.61 to 9.49) of users with a product" in answer
    assert "No provider left the market" in answer
    assert "Monte-Carlo error over replications, at one set of parameters" in answer


def test_facts_are_judged_plainly(text):
    assert '<td class="wrap miss">MISS: too low, 0.1 below the range</td>' in text
    assert '<td class="wrap hit">hit: in the range</td>' in text
    assert "Of the 3 facts that judge this run, hits: 2." in text
    assert "meeting them is no evidence" in text
    assert "by construction" not in text[text.index('id="facts"') :][:2000]


def test_every_number_of_the_scenario_is_listed_with_its_source(war_run, text):
    numbers = {number.path: number for number in numbers_of(war_run)}
    assumed = numbers["population.users"]
    assert (assumed.is_assumption, assumed.range) == (True, "50 to 200")
    sourced = numbers["products[f-1].capability_logit"]
    assert (sourced.source, sourced.date) == ("a table <of> tests", "2024-04-01")
    assert numbers["clouds[Cloud].target_utilisation"].source == ""
    assert not any(path.startswith("facts") for path in numbers)
    plain = html.unescape(re.sub(r"<wbr>", "", text))
    assert all(path in plain for path in numbers)
    assert "a table &lt;of&gt; tests" in text


def test_numbers_are_grouped_by_part_of_the_scenario(war_run):
    groups = grouped(numbers_of(war_run))
    assert {"general", "population", "domains", "clouds", "providers", "products"} <= set(groups)


def test_the_page_says_how_to_run_it_again(war_run, text):
    for word in ("pricewar run made-up", war_run.manifest["scenario_sha256"], "<dt>seed</dt>"):
        assert word in text


def test_every_table_of_the_folder_and_every_column_of_it_is_explained(text):
    plain = html.unescape(text.replace("<wbr>", ""))
    for table in TABLES.values():
        assert f"<code>{table.name}.parquet</code>" in plain
        for column in table.columns:
            assert f"<code>{column.name}</code>" in plain
            assert f"{column.label}: {column.meaning}" in plain


def test_a_page_shows_three_worlds_under_their_own_names(war_run, peace_run, one_figure, tmp_path):
    worlds = {"attack": war_run, "calm": peace_run, "again": peace_run}
    shown = build(worlds, out=tmp_path).read_text(encoding="utf-8")
    for other in ("calm", "again"):
        assert f"attack minus {other}" in shown
        assert f"\u201cattack\u201d against \u201c{other}\u201d: users with a product" in shown
    assert "the war" not in re.sub(r"<[^>]*>", "", shown[shown.index('id="numbers"') :][:4000])


def test_a_run_without_sources_says_so(make_run, one_figure, tmp_path):
    run = make_run()
    resolved = run.folder / "resolved.yaml"
    from sim.scenario.writer import to_yaml

    resolved.write_text(to_yaml(run.scenario.untraced()), encoding="utf-8")
    assert "carries no sources" in build(Run(run.folder), out=tmp_path).read_text(encoding="utf-8")


def test_a_single_replication_never_pretends_to_know(single_run):
    said = " ".join(sentences({"this run": single_run}))
    assert "says nothing about chance" in said
    assert "interval" not in said


def test_worlds_that_both_have_the_war_never_say_that_it_added_anything(
    war_run, make_run, monkeypatch, one_figure, tmp_path
):
    other = make_run()
    cloud = other.scenario.clouds[0]
    dearer = cloud.model_copy(update={"markup_share": 0.5})
    monkeypatch.setitem(
        other.__dict__, "scenario", other.scenario.model_copy(update={"clouds": (dearer,)})
    )
    worlds = {"now": war_run, "dear": other}
    said = " ".join(sentences(worlds))
    apart = (
        "\u201cnow\u201d and \u201cdear\u201d differ in clouds[Cloud].markup_share (0 against 0.5)."
    )
    assert apart in said
    text = html.unescape(build(worlds, out=tmp_path).read_text(encoding="utf-8"))
    text = text.replace("<wbr>", "")
    shown = text[text.index("<body>") : text.index('id="assumptions"')]
    shown = re.sub(r'<section id="facts">.*?</section>', "", shown, flags=re.DOTALL)
    for words in ("war added", "without the war", "no war", "differ in the war"):
        assert words not in shown
    assert "In what now differs from dear" in shown
    assert "<code>clouds[Cloud].markup_share</code>" in shown
    assert "now minus dear" in shown


def test_the_war_is_named_only_where_the_first_world_has_it_and_nothing_else_differs(
    war_run, peace_run, make_run, monkeypatch
):
    assert "differ in the war alone" in " ".join(sentences({"a": war_run, "b": peace_run}))
    backwards = " ".join(sentences({"b": peace_run, "a": war_run}))
    assert "war alone" not in backwards
    assert "differ in factors.competition (false against true)" in backwards
    assert worlds.peace_among({"a": war_run, "b": peace_run}) is peace_run
    other = make_run(war=False)
    fewer = other.scenario.model_copy(update={"products": other.scenario.products[:-1]})
    monkeypatch.setitem(other.__dict__, "scenario", fewer)
    assert worlds.peace_among({"a": war_run, "b": other}) is None
    assert "war alone" not in " ".join(sentences({"a": war_run, "b": other}))


def test_many_differences_are_counted_in_the_answer_and_listed_below(
    war_run, make_run, monkeypatch
):
    other = make_run()
    products = tuple(it.model_copy(update={"brand_utility": 1.0}) for it in other.scenario.products)
    monkeypatch.setitem(
        other.__dict__, "scenario", other.scenario.model_copy(update={"products": products})
    )
    said = " ".join(sentences({"a": war_run, "b": other}))
    assert "differ in 4 values (4 of products); all are listed below." in said
    _, folded = collecting.REGISTERED["differences"].write({"a": war_run, "b": other})
    (table,) = folded.blocks
    assert [row[1:] for row in table.rows] == [("0", "1")] * 4


def test_page_and_terminal_begin_with_the_same_week_named_by_its_date(war_run, text, capsys):
    heading = "war, week to 8 April 2024"
    assert heading in text
    print_summary(war_run, Terminal(width=200))
    told = capsys.readouterr().out
    assert "week to 2024-04-08" in told
    first = war_run.market[war_run.market["time_days"] == 7.0]
    (cells,) = (row for row in written(war_run, "numbers").rows if row[0] == "Adopters at the end")
    assert cells[2] == f"{100 * first['adopters_share'].mean():.3g}"
    (line,) = (line for line in told.splitlines() if "Adopters" in line)
    assert cells[2] in line.split()
    prices = first["price_paid_usd_per_mtok"].mean()
    for place in (told, text):
        assert f"from {prices:.3g} USD per million tokens in the week to 8 April 2024" in (
            " ".join(place.split())
        )


def written(run, name):
    """The table of a section about one run."""
    blocks = collecting.REGISTERED[name].write({"this run": run})
    return next(block for block in blocks if isinstance(block, section.PageTable))


def test_no_two_sections_have_the_same_place():
    places = [one.place for one in collecting.collected()]
    assert len(set(places)) == len(places)


_INTERVAL = re.compile(r"[\d.,]+%? to [-+]?[\d.,]+|the same in every|replications say nothing")


def _words(blocks):
    """Paragraphs, and what stands in the cells of tables, apart; folded blocks too."""
    paragraphs, cells = [], []
    for block in blocks:
        if isinstance(block, str):
            paragraphs.append(block)
        elif isinstance(block, section.Bullets):
            paragraphs += block.texts
        elif isinstance(block, section.Folded):
            more = _words(block.blocks)
            paragraphs, cells = paragraphs + more[0], cells + more[1]
        else:
            for row in block.rows:
                cells += [it if isinstance(it, str) else f"{it.text} ({it.small})" for it in row]
    return paragraphs, cells


def _with_a_record(run):
    """The same run, of a scenario that holds list prices of one product to be judged by."""
    later = DatedPrice(date=dt.date(2024, 5, 6), price_usd_per_mtok=Price(input=1.0, output=1.0))
    products = tuple(
        it.model_copy(update={"price_history": (later,) if it.name == "f-1" else ()})
        for it in run.scenario.products
    )
    run.__dict__["scenario"] = run.scenario.model_copy(update={"products": products})
    return run


def test_every_section_that_prints_an_interval_calls_it_monte_carlo_error(make_run):
    one, peace = _with_a_record(make_run()), _with_a_record(make_run(war=False))
    shown = {}
    for together in ({"war": one, "no war": peace}, {"this run": one}):
        for it in collecting.collected():
            if not it.applies(together):
                continue
            paragraphs, cells = _words(it.write(together))
            if any(map(_INTERVAL.search, cells + paragraphs)):
                shown[it.name, len(together)] = " ".join(paragraphs)
    tables = {"numbers", "price-indices", "price-account", "producer-surplus", "facts"}
    assert {*tables, "effect", "price-record"} <= {name for name, _ in shown}
    missing = [key for key, said in shown.items() if MONTE_CARLO not in said]
    assert missing == []


def test_the_answer_and_every_figure_call_intervals_monte_carlo_error(text):
    texts = re.findall(r"alt=\"(.*?)\"", text)
    assert len(texts) == text.count("<figure ")
    for described in texts:
        assert not described or "Monte-Carlo error, at one set of parameters" in described
    at = text.index('id="answer"')
    assert MONTE_CARLO in text[at : text.index("</section>", at)]


def test_figures_of_the_first_world_alone_say_so(text):
    captions = dict(re.findall(r'<figure id="(\w+)">.*?<figcaption>(.*?)</figcaption>', text, re.S))
    for name, caption in captions.items():
        named = "no war" in caption or "Of war alone." in caption
        assert named, name


def test_an_effect_that_chance_could_make_is_not_claimed(war_run, make_run, monkeypatch):
    noise = make_run(war=False)
    market = noise.market.copy()
    market["adopters_share"] += 0.07 + 0.4 * (market["replication"] - 1.5)
    monkeypatch.setitem(noise.__dict__, "market", market)
    said = " ".join(sentences({"war": war_run, "noise": noise}))
    _, _, chance = said.partition("Not told apart from chance: ")
    assert chance.startswith("users with a product at the end (34.2 against 33.1% of users)")
    assert "The war added" not in said


def test_who_left_is_named(make_run, monkeypatch):
    run = make_run()
    exits = run.events.iloc[[0, 2]].assign(kind="exit", actor="Abstainer", replication=[0, 1])
    monkeypatch.setitem(run.__dict__, "events", exits)
    said = sentences({"this run": run})
    assert "1 provider left the market: Abstainer (in 2 of 4)." in said[1]


def test_a_market_that_sold_nothing_says_so(make_run, monkeypatch):
    run = make_run()
    empty = run.market.assign(price_paid_usd_per_mtok=float("nan"))
    monkeypatch.setitem(run.__dict__, "market", empty)
    assert sentences({"this run": run}) == ["Nothing was sold in this run."]


def test_a_run_without_a_finished_replication_is_refused(make_run, monkeypatch, tmp_path):
    run = make_run()
    monkeypatch.setitem(run.manifest, "finished", [])
    with pytest.raises(ResultError, match="nothing to report"):
        build(run, out=tmp_path)


@pytest.mark.parametrize("options", [[], ["--no-counterfactual"], ["--against"]])
def test_a_report_of_a_run_in_which_nothing_finished_is_a_message(
    make_run, war_run, options, capsys
):
    run = make_run()
    path = run.folder / "manifest.json"
    path.write_text(json.dumps(run.manifest | {"finished": [], "complete": False}))
    if options == ["--against"]:
        folders = [str(war_run.folder), "--against", str(run.folder)]
    else:
        folders = [str(run.folder), *options]
    assert main(["report", *folders]) == 2
    assert "no replication has finished" in capsys.readouterr().err
    assert main(["compare", str(war_run.folder), str(run.folder)]) == 2
    assert "no replication has finished" in capsys.readouterr().err


def test_a_figure_that_fails_is_named_and_the_page_stands(war_run, monkeypatch, tmp_path, capsys):
    def broken(_):
        raise ZeroDivisionError("by hand")

    failing = dataclasses.replace(plates.collected()[0], draw=broken)
    monkeypatch.setattr(plates, "collected", lambda: [failing])
    command = ["report", str(war_run.folder), "--no-counterfactual", "--out", str(tmp_path)]
    assert main(command) == 1
    told = capsys.readouterr()
    assert "The figure 'overview' could not be drawn (ZeroDivisionError: by hand)" in told.err
    assert told.out == f"Report: {tmp_path / 'report.html'}\n"


def test_a_folder_that_cannot_be_written_is_a_message(war_run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ResultError, match="--out"):
        build(war_run, out=tmp_path / "file")


def test_a_stopped_run_carries_a_notice(make_run, monkeypatch, one_figure, tmp_path):
    run = make_run()
    monkeypatch.setitem(run.manifest, "complete", False)
    monkeypatch.setitem(run.manifest, "planned", 9)
    assert "4 of 9 replications had finished" in build(run, out=tmp_path).read_text()


def test_a_world_without_the_war_differs_in_that_alone(war_run):
    scenario = war_run.scenario
    calm = no_war(scenario).scenario
    assert not calm.factors.competition
    assert calm.model_copy(update={"factors": scenario.factors, "name": scenario.name}) == scenario


def test_a_scenario_in_which_nobody_can_fight_needs_no_other_world(war_run, peace_run):
    assert (worlds.has_war(war_run.scenario), worlds.has_war(peace_run.scenario)) == (True, False)


def test_a_missing_world_is_none(war_run):
    assert finished_variant(war_run, no_war(war_run.scenario)) is None


def test_the_command_writes_a_report_against_a_run(
    war_run, peace_run, one_figure, tmp_path, capsys
):
    folders = [str(war_run.folder), "--against", str(peace_run.folder), "--out", str(tmp_path)]
    assert main(["report", *folders]) == 0
    assert capsys.readouterr().out == f"Report: {tmp_path / 'report.html'}\n"


def test_the_command_compares_two_runs_as_a_table_and_as_json(war_run, peace_run, capsys):
    folders = [str(war_run.folder), str(peace_run.folder)]
    assert main(["compare", *folders]) == 0
    assert "paired replications" in capsys.readouterr().out
    assert main(["compare", *folders, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["outcome"] == "adopters_share_end"
    assert rows[0]["replications"] == 4


def test_runs_that_cannot_be_paired_end_with_a_message(war_run, make_run, capsys):
    assert main(["compare", str(war_run.folder), str(make_run(seed=9).folder)]) == 2
    assert "cannot be paired" in capsys.readouterr().err


def test_a_section_that_fails_says_so_in_its_place_and_costs_nothing_else(
    war_run, one_figure, tmp_path, monkeypatch, capsys
):
    def broken(_):
        raise KeyError("DeepSeek-V2")

    kept = collecting.collected()[0]
    failing = [
        dataclasses.replace(kept, name="a", applies=lambda _: True, write=broken),
        dataclasses.replace(kept, name="b", applies=broken),
        dataclasses.replace(kept, name="c", applies=lambda _: True, write=lambda _: ["Stands."]),
    ]
    monkeypatch.setattr(collecting, "collected", lambda: failing)
    command = ["report", str(war_run.folder), "--no-counterfactual", "--out", str(tmp_path)]
    assert main(command) == 1
    told = capsys.readouterr()
    assert told.out == f"Report: {tmp_path / 'report.html'}\n"
    for name in "ab":
        assert f"The section '{name}' could not be written (KeyError: 'DeepSeek-V2')." in told.err
    text = html.unescape((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert text.count("This section could not be written (KeyError: 'DeepSeek-V2').") == 2
    assert "Stands." in text


def test_a_section_registered_from_anywhere_stands_in_its_place(
    war_run, one_figure, tmp_path, monkeypatch
):
    monkeypatch.setattr(section, "REGISTERED", dict(section.REGISTERED))
    monkeypatch.setattr(collecting, "REGISTERED", section.REGISTERED)

    @section.section("doubts", place=1, title="Doubts about {first}", notice=True)
    def write(worlds):
        yield "Less than <nothing> was paid."
        yield section.Bullets(tuple(worlds))
        heads = (section.Heading("what"), section.Heading("n", "number"))
        yield section.PageTable(heads, (("a", section.Cell("1", "of 2", "hit")),))
        yield section.Folded("more", ("hidden",))

    @section.section("failing", place=101, title="Failing")
    def fails(worlds):
        raise ResultError("no tokens were sold")

    @section.section("silent", place=102, title="Silent")
    def silent(worlds):
        return []

    text = build(war_run, out=tmp_path).read_text(encoding="utf-8")
    parser = _References()
    parser.feed(text)
    assert "Less than &lt;nothing&gt; was paid." in text
    assert '<td class="number hit">1<br><small>of 2</small></td>' in text
    order = [text.index(f'<section id="{name}"') for name in ("answer", "doubts", "numbers")]
    assert order == sorted(order)
    assert "Doubts about this run" in text
    assert "Not measured: no tokens were sold" in text[text.index('id="figures"') :]
    assert "Silent" not in text
    with pytest.raises(ValueError, match="there is a section 'doubts' already"):
        section.section("doubts", place=1, title="")
