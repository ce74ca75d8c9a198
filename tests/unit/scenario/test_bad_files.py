"""Every mistake in a file is told with its place, its value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import Problem, ScenarioError
from sim.scenario.reader import read

BASE = Path(__file__).with_name("base.yaml").read_text(encoding="utf-8")

PRICE = "price_usd_per_mtok: {input: 13.9, output: 13.9}"
CNY = "input: {value: 1, source: price list, date: 2024-05-06, range: [1, 2]}"
VOLUME = "median_mtok_per_month: {value: 30, source: assumption, range: [5, 90]}"
SPLIT = "[0.5, 0.25, 0.25]"

# What is replaced in the base file; by what, with ^ before the place that is told; what is told.
MISTAKES = {
    # wrong types
    "text for a number": ("share: 0.75", "share: ^much", "'much'", "from 0 to 1 (a share)"),
    "quoted number": ("share: 0.75", 'share: ^"0.75"', "Write 0.75 without quotes"),
    "true for a number": ("share: 0.75", "share: ^true", "share = true", "a number"),
    "per cent": ("share: 0.75", "share: ^75%", "Write 0.75 for 75%"),
    "thousands separator": ("users: 400", "users: ^4,000", "'4,000'", "Write 4000"),
    "number with its unit": (
        "cash_usd: 2.0e7",
        "cash_usd: ^20 million",
        "Write 20e6 for 20 million",
    ),
    "fraction of a user": ("users: 400", "users: ^400.5", "400.5", "a whole number"),
    "number for text": ("title: A market of two providers", "title: ^12", "= 12", "be text"),
    "no for false": ("attention: false", "attention: ^no", "knows only true and false"),
    "nothing for a number": ("seed: 7", "seed: ^null", "= null", "or remove the key"),
    "list for a mapping": ("factors: {", "factors: ^[] # {", "a mapping with the keys"),
    "mapping for a list": ("accelerators:\n", "accelerators: ^{}\n    x:\n", "be a list"),
    "text for a mapping": (PRICE, "price_usd_per_mtok: ^cheap", "the keys input, output"),
    "mapping for a number": ("seed: 7", "seed: ^{a: 1}", "{a: ...}", "whole number"),
    "two of three parts": (SPLIT, "^[0.5, 0.5]", "a list of 3 values"),
    "empty list": ("facts:\n", "facts: ^{}\nx:\n", "must be a list"),
    # out of bounds
    "negative price": (
        "input: 13.9",
        "input: ^-0.4",
        "-0.4",
        "from 0 to 1,000,000",
        "A free tier is 0.",
    ),
    "negative price in CNY": (CNY, "input: ^-1", "price_cny_per_mtok.input = -1", "CNY per mil"),
    "price in CNY that is text": (CNY, "input: ^free", "price_cny_per_mtok.input = 'free'"),
    "share above one": ("share: 0.75", "share: ^1.5", "1.5", "from 0 to 1 (a share)"),
    "utilisation of one": ("isation: 0.6", "isation: ^1.0", "> 0 and < 1"),
    "not a number": ("cash_usd: 2.0e7", "cash_usd: ^.nan", ".nan", "cannot be computed"),
    "infinity": (
        "cash_usd: 2.0e7",
        "cash_usd: ^-.inf",
        "-.inf",
        "a number from -1e15 to 1e15 (USD)",
    ),
    "overflowing number": ("cash_usd: 2.0e7", "cash_usd: ^1e999", "1e999", "Infinities"),
    "huge whole number": ("users: 400", f"users: ^{'9' * 5000}", "at most 18 digits"),
    "more tokens than there are": (VOLUME, "median_mtok_per_month: ^1e300", "<= 1,000,000,000"),
    "capability beyond belief": (
        " capability_logit: -1.6",
        " capability_logit: ^1e308",
        "-50 to 50",
    ),
    "more cash than money": ("cash_usd: 2.0e7", "cash_usd: ^1e30", "from -1e15 to 1e15 (USD)"),
    "price beyond reason": ("input: 13.9", "input: ^1e7", "from 0 to 1,000,000"),
    "no users": ("users: 400", "users: ^0", "from 10 to 2,000,000,000"),
    "negative seed": ("seed: 7", "seed: ^-7", "from 0 to 4,294,967,295"),
    "crowded network": ("mean_degree: 6", "mean_degree: ^400", "from 2 to 256"),
    # unknown keys and words
    "unknown key": ("  users: 400", "  ^userz: 400", "userz = 400", "Did you mean 'users'?"),
    "unknown top-level key": ("war:\n", "^xyz: 1\nwar:\n", "Known here: name, title"),
    "unknown policy": ("policy: undercut", "policy: ^undrcut", "Did you mean 'undercut'?"),
    "policy left out": (
        "price: {policy: replay}",
        "price: ^{}",
        "one of batch_discount, best_response",
    ),
    "key of another policy": (
        "policy: replay",
        "policy: replay, ^depth_share: 1",
        "not a known key here",
    ),
    "unknown network": ("watts_strogatz", "^watts", "Did you mean 'watts_strogatz'?"),
    "name with a semicolon": ("name: north", "name: ^'a; b'", "'a; b'", "letters, digits, blanks"),
    "empty name": ("name: north", "name: ^''", "a name of 1 to 80"),
    # names that lead nowhere
    "misspelt provider": (
        "provider: DeepSeek\n    launch",
        "provider: ^Deepsek\n    launch",
        "must be one of the providers",
        "Did you mean 'DeepSeek'?",
    ),
    "misspelt nest": (
        "  choice: {taste_scale_share: 0.3",
        "  choice: {nests: [{name: large, deployment: ^clod}], taste_scale_share: 0.3",
        "Did you mean 'cloud'?",
    ),
    "nest of a model that nobody serves": (
        "  choice: {taste_scale_share: 0.3",
        "  choice: {nests: [{name: hosts, model: ^glm-44}], taste_scale_share: 0.3",
        "must be a model that a product serves",
        "Did you mean 'glm-4'?",
    ),
    "nest without room": (
        "  choice: {taste_scale_share: 0.3",
        "  choice: {nests: [{name: a, capability_from_logit: 1, capability_below_logit: ^0.5}], "
        "taste_scale_share: 0.3",
        "must be above capability_from_logit, 1",
    ),
    "nest of one noise": (
        "  choice: {taste_scale_share: 0.3",
        "  choice: {nests: [{name: a, correlation: ^1.0}], taste_scale_share: 0.3",
        "from 0 to 0.99",
    ),
    "two nests of a name": (
        "  choice: {taste_scale_share: 0.3",
        "  choice: {nests: [{name: a, deployment: edge}, {name: ^a, deployment: cloud}], "
        "taste_scale_share: 0.3",
        "is the name of another nest",
    ),
    "product of a nest that there is not": (
        " capability_logit: -1.6",
        " nest: ^large\n    capability_logit: -1.6",
        "must be one of population.choice.nests",
        "Add it to population.choice.nests",
    ),
    "misspelt cloud": (
        "cloud: north\n    accelerator: H20",
        "cloud: ^nort\n    accelerator: H20",
        "Did you mean 'north'?",
    ),
    "chip that the cloud lacks": (
        "accelerator: H800 SXM5",
        "accelerator: ^A100",
        "must be an accelerator of north",
    ),
    "chip that nobody knows": (
        "- name: H20",
        "- name: ^H21",
        "not an accelerator in the tables",
        "'H20'",
    ),
    "chip without rents": (
        "- name: H20\n        rents:",
        "- name: ^H20\n        x:",
        "Write its rents",
    ),
    "chip half described": ("- name: H20", "- name: ^GH200", "has no mem_gb"),
    "upgrade to nowhere": ("{accelerator: H20,", "{accelerator: ^H30,", "Did you mean 'H20'?"),
    "foreign product": ("{product: glm-4,", "{product: ^DeepSeek-V2,", "a product of Zhipu"),
    "unknown method": (
        '"gptq_per_group:4"',
        '^"gptq_per_grup:4"',
        "Did you mean 'gptq_per_group'?",
    ),
    "unmeasured strength": ('"gptq_per_group:4"', '^"gptq_per_group:7"', "'gptq_per_group:"),
    "bits set twice": (
        '"gptq_per_group:4"',
        '^"gptq_per_group:4+nf4:4"',
        "sets the bits of weights",
    ),
    "unknown product in data": ("model: glm-3-turbo", "model: ^glm-3-trubo", "'glm-3-turbo'"),
    "unknown provider in data": (
        "{provider: Zhipu, model",
        "{provider: ^Zipu, model",
        "Did you mean 'Zhipu'?",
    ),
    "reference without a model": (", model: glm-3-turbo", "", "model", "is missing; must be text"),
    "unknown capability": ("DeepSeek-V2 (MoE-236B)", "^DeepSeek-V2 (MoE-235B)", "MoE-236B"),
    "number for a capability's name": ("DeepSeek-V2 (MoE-236B)", "^2", "the name of a model"),
    "fact about nobody": (
        "provider: DeepSeek\n    desc",
        "provider: ^DeepSeeek\n    desc",
        "Did you mean 'DeepSeek'?",
    ),
    "unknown measure": ("follower_median_lag_days", "^follower_lag_days", "'follower_median_lag"),
    "name given twice": ("name: glm-3-turbo", "name: ^glm-4", "the name of another product"),
    "chip given twice": ("- name: H20", "- name: ^H800 SXM5", "accelerator of this cloud"),
    # missing
    "missing field": ("- name: coding\n    share: 0.75", "- ^name: coding", "share\n  is missing"),
    "missing price": (
        f"- name: glm-4\n    provider: Zhipu\n    launch_date: 2024-01-16\n    {PRICE}",
        "- ^name: glm-4\n    provider: Zhipu\n    launch_date: 2024-01-16",
        "products[0].price_usd_per_mtok",
        "is missing",
        "price_cny_per_mtok",
    ),
    "missing and misspelt": (
        "difficulty_logit: -1\n",
        "^dificulty_logit: -1\n",
        "Did you mean 'difficulty_logit'?",
    ),
    "missing budget": (
        "{policy: loss_leader, budget_usd: 1.0e6,",
        "^{policy: loss_leader,",
        "war.budget_usd",
        "a number from 0 to 1e15 (USD)",
    ),
    # dates
    "end before start": ("end_date: 2024-12-31", "end_date: ^2023-12-31", "after start_date"),
    "no such day": ("2024-04-01", "^2024-02-30", "of the calendar"),
    "quoted date": ("start_date: 2024-04-01", "start_date: ^'2024-04-01'", "without quotes"),
    "date and time": ("2024-04-01", "^2024-04-01 12:00", "such as 2024-05-06"),
    "retired before launch": ("2024-12-01", "^2024-01-01", "after launch_date, 2024-03-02"),
    "war that ends first": (
        "2024-09-30",
        "^2024-03-31",
        "not come before start_date, 2024-04-01",
    ),
    "war that ends before its first answer": (
        "  end_date: 2024-09-30",
        "  first_answer_date: 2024-10-02\n  end_date: ^2024-09-30",
        "not come before first_answer_date, 2024-10-02",
    ),
    "history out of order": ("{date: 2024-10-01", "{date: ^2024-07-01", "it, 2024-08-02"),
    "history before launch": ("{date: 2024-08-02", "{date: ^2024-05-05", "first price holds"),
    "history after the end": (
        "retire_date: 2024-12-01\n    price_from_data: {provider: Zhipu, model: glm-3-turbo, "
        "history: true}",
        "retire_date: 2024-12-01\n    price_usd_per_mtok: {input: 1, output: 1}\n"
        "    price_history: [{date: ^2024-12-02, price_usd_per_mtok: {input: 1, output: 1}}]",
        "before retire_date",
    ),
    "history twice": (
        "model: glm-3-turbo, history: true}\n",
        "model: glm-3-turbo, history: true}\n    ^price_history: []\n",
        "duplicates price_from_data",
    ),
    "rents that begin late": ("{date: 2024-01-01", "{date: ^2024-05-01", "start_date"),
    "rents out of order": ("{date: 2024-07-01", "{date: ^2023-07-01", "it, 2024-01-01"),
    "nothing on sale": ("start_date: 2024-04-01", "start_date: ^2024-01-01", "is on 2024-01-16"),
    "no price in data yet": (
        "price_from_data: {provider: Zhipu, model: glm-3-turbo",
        "price_from_data: ^{provider: Zhipu, model: glm-4-air",
        "no list price of 'glm-4-air' on 2024-04-01",
        "2024-09-13",
    ),
    "product that is a word": (
        "products:\n",
        "products:\n  - ^glm\n",
        "must be the name of one of the library's products",
    ),
    "chip without a name": ("- name: H20\n", "- ^naem: H20\n", "Did you mean 'name'?"),
    "fourth part of three": (SPLIT, "^[0.25, 0.25, 0.25, 0.25]", "a list of 3 values"),
    "fact half told": (
        "- name: follower_median_lag_days",
        "- ^name: provider_tokens_multiple",
        "needs provider and until_date",
    ),
    "before all rates": (
        "launch_date: 2024-05-06\n    price_cny_per_mtok:\n",
        "launch_date: 2020-05-06\n    price_cny_per_mtok: ^{input: 1, output: 1}\n    x:\n",
        "no CNY rate on 2020-05-06",
    ),
    "no exchange rate": (
        "    price_cny_per_mtok:\n",
        "    price_cny_per_mtok: ^{input: 1, output: 1}\n    x:\n",
        "no rate for 2024-05-06",
    ),
    # sums
    "shares above one": ("share: 0.25\n", "share: ^0.35\n", "add to 1.1, 0.1 too much"),
    "cost split": (SPLIT, "^[0.5, 0.25, 0.2]", "add to 0.95, 0.05 too little"),
    "token shares": (
        "cache_hit_share: 0.5",
        "cache_hit_share: ^0.7",
        "at most 0.6: output_share is 0.4, and the two may sum to at most 1",
    ),
    "more active than all": (
        "active_parameters_billion: 21",
        "active_parameters_billion: ^300",
        "236",
    ),
    "more experts than all": ("active_experts: 6", "active_experts: ^161", "exceed experts, 160"),
    "draft of a larger model": (
        "kv_bytes_per_token: 69120",
        "kv_bytes_per_token: 69120\n"
        "      speculation: {draft_parameters_billion: ^300, acceptance_share: 1}",
        "below parameters_billion, 236",
    ),
    "odd degree": ("mean_degree: 6", "mean_degree: ^7", "must be even for watts_strogatz"),
    "degree of all": ("mean_degree: 6", "mean_degree: ^12", "below the number of users, 10"),
    "tail beyond its cut": ("quantile: 0.9}", "quantile: ^0.9995}", "below 0.999"),
    "low above high": ("- name: follower", "- ^name: follower", "high must be at least low"),
    # sources
    "assumption without range": (
        VOLUME,
        "median_mtok_per_month: ^{value: 30, source: assumption}",
        "an assumed number needs a range",
    ),
    "value out of its range": (
        "{value: 30, source: assumption, range: [5, 90]}",
        "{value: ^30, source: assumption, range: [50, 90]}",
        "its own range, 50 to 90",
    ),
    "range the wrong way": ("range: [5, 90]", "range: ^[90, 5]", "[low, high]"),
    "range of a text": (
        "title: A market of two providers",
        "title: {value: x, source: y, range: ^[1, 2]}",
        "only a number has a range",
    ),
    "value without source": (
        "{value: 5.0e7, source: a newspaper,",
        "^{value: 5.0e7,",
        "source",
        "is missing",
        "source: assumption",
    ),
    "source that is a number": ("source: a newspaper", "source: ^5", "must be text"),
    "misspelt source": ("source: a newspaper", "^sorce: a newspaper", "Did you mean 'source'?"),
    "date of a source": ("date: 2024-03-01, note", "date: ^March, note", "'March'", "a date"),
    "sourced list": (SPLIT, "{value: ^[1, 0, 0], source: x}", "only a single value"),
    # the same said twice
    "two prices": (
        PRICE,
        f"{PRICE}\n    ^price_cny_per_mtok: {{input: 1, output: 1}}",
        "duplicates",
    ),
    "duplicate key": ("seed: 7", "seed: 7\n^seed: 8", "given twice; first in line 7"),
    # YAML
    "tab": ("  users: 400", "^\tusers: 400", "a tab cannot indent"),
    "unclosed quote": ("title: A", "title: ^'A", "never closed"),
    "unclosed list": (SPLIT, "^[0.5, 0.25, 0.25", "needs commas and a closing ]"),
    "colon in text": ("question: Who follows?", "question: Who^: me", "in quotes"),
    "crooked indentation": ("    share: 0.75", "   ^share: 0.75", "indentation"),
    "two documents": ("war:\n", "^---\nwar:\n", "holds one document"),
    "unknown alias": ("*dense", "^*thick", "there is no &thick above"),
    "recursive alias": ("&dense\n", "&dense\n      all: ^*dense\n", "contains it"),
    "tag": ("seed: 7", "seed: ^!!int 7", "tags"),
    "merge key": ("seed: 7", "^<<: {seed: 7}", "'extends' can build on another"),
    "older YAML": ("# A market", "%YAML 1.1\n^---\n# A market", "only YAML 1.2"),
    "list as a key": ("seed: 7", "? ^[1]\n: 7", "a key must be a word"),
    "control character": ("seed: 7", "seed: 7^\x07", "U+0007"),
    "escaped surrogate": ("question: Who follows?", 'question: ^"\\ud800"', "U+D800"),
    "escaped NUL": ("question: Who follows?", 'question: ^"a\\0b"', "U+0000"),
    "remove without extends": (
        "- name: H20",
        "- ^{name: H40, remove: true}\n      - name: H20",
        "there is no 'H40' to remove",
    ),
    "extends a list": ("name: base", "name: base\nextends: ^[a]", "the path of a file"),
    "extends nothing": ("name: base", "name: base\nextends: ^nowhere.yaml", "no such file"),
}
TOLD_ELSEWHERE = {
    "reference without a model": "{provider: Zhipu, history",
}
ALSO = {
    "degree of all": ("users: 400\n", "users: 10\n"),
    "no exchange rate": (
        "name: base",
        "exchange_rates: [{date: 2024-06-01, cny_per_usd: 7}]\nname: base",
    ),
    "low above high": ("low: 5", "low: 50"),
    "before all rates": ("start_date: 2024-04-01", "start_date: 2020-04-01"),
}


def mistaken(name: str) -> tuple[str, int, int]:
    """The base file with a mistake, and the line and column at which it is to be told."""
    old, marked, *_ = MISTAKES[name]
    text = BASE
    for before, after in ((old, marked), ALSO.get(name, ("", ""))):
        assert text.count(before) == 1 or not before
        text = text.replace(before, after) if before else text
    if name in TOLD_ELSEWHERE:
        assert text.count(TOLD_ELSEWHERE[name]) == 1
        text = text.replace(TOLD_ELSEWHERE[name], f"^{TOLD_ELSEWHERE[name]}")
    before, _, after = text.partition("^")
    return before + after, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def problems_of(file: Path) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as raised:
        read(file)
    return raised.value.problems


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_once_with_its_place_value_and_remedy(name, tmp_path):
    text, line, column = mistaken(name)
    file = tmp_path / "war.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    problems = problems_of(file)
    here = [problem for problem in problems if (problem.line, problem.column) == (line, column)]
    assert len(here) == 1, [str(problem) for problem in problems]
    message = str(here[0])
    assert message.startswith(f"{file}:{line}:{column}")
    for fragment in MISTAKES[name][2:]:
        assert fragment in message


def test_the_message_is_that_of_the_guide(tmp_path):
    file = tmp_path / "my-war.yaml"
    file.write_text(BASE.replace("input: 13.9", "input: -0.4"), encoding="utf-8")
    (problem,) = problems_of(file)
    assert str(problem).splitlines() == [
        f"{file}:{problem.line}:33  products[0].price_usd_per_mtok.input = -0.4",
        "  must be a number from 0 to 1,000,000 (USD per million tokens).  A free tier is 0.",
    ]


def test_all_mistakes_of_a_file_are_told_in_one_go_in_order(tmp_path):
    text = BASE
    for name in ("negative price", "misspelt cloud", "unknown key", "cost split", "no such day"):
        text = text.replace(MISTAKES[name][0], MISTAKES[name][1].replace("^", ""))
    file = tmp_path / "war.yaml"
    file.write_text(text, encoding="utf-8")
    assert [problem.path for problem in problems_of(file)] == [
        "start_date",
        "population.userz",
        "providers[0].fixed_cost_split",
        "providers[1].cloud",
        "products[0].price_usd_per_mtok.input",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("watts_strogatz, mean_degree: 6", "none, mean_degree: 7"),
        ('method: "gptq_per_group:4", ', ""),
        ("gptq_per_group:4", "gptq_per_group"),
        ("gptq_per_group:4", "activation_aware:0.5+gptq_per_group:4"),
        ("share: 0.75", "share: 0.7500001"),
        ("question: Who follows?", "question: ''"),
        ("facts:", "facts: [] # "),
    ],
)
def test_what_may_be_said_is_not_refused(old, new, tmp_path):
    text = BASE if old != "facts:" else BASE[: BASE.index("facts:")] + "facts:\n"
    file = tmp_path / "war.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert read(file).name == "base"


def test_the_base_file_is_valid():
    assert read(Path(__file__).with_name("base.yaml")).name == "base"
