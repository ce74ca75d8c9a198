"""What people write in place of YAML, and what they are told to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.reader import read

HEAD = "extends: minimal\n"
PRODUCT = (
    "    launch_date: 2024-03-02\n    price_usd_per_mtok: {input: 1, output: 1}\n"
    "    capability_logit: -1\n    architecture: {parameters_billion: 1, "
    "active_parameters_billion: 1, kv_bytes_per_token: 1000}\n"
)


def refusal(folder: Path, text: str) -> str:
    (folder / "war.yaml").write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read(folder / "war.yaml")
    return str(caught.value).replace(f"{folder}/", "")


def accepted(folder: Path, text: str):
    (folder / "war.yaml").write_text(HEAD + text, encoding="utf-8")
    return read(folder / "war.yaml")


DASHES = {
    "of the only item": (
        "products:\n  name: glm-4\n  capability_logit: 1\n",
        "war.yaml:3:3  products = {name: ..., capability_logit: ...}\n  must be a list of at least "
        "one item.  Begin each item of the list with a dash: '- name: ...'.",
    ),
    "of the second item": (
        "exchange_rates:\n  - date: 2024-01-01\n    cny_per_usd: 7\n"
        "    date: 2024-02-01\n    cny_per_usd: 7\n",
        "war.yaml:5:5  exchange_rates[0].date\n  is given twice; first in line 3.  If a new item "
        "begins here, put a dash before it: '- date: ...'.",
    ),
    "of an item at the dash's column": (
        "providers:\n  - name: Zhipu\n    cash_usd: 1\n  name: DeepSeek\n",
        "war.yaml:5:3\n  an item of the list above must begin with a dash.  "
        "Write '- name: DeepSeek', or indent it as a part of the item above.",
    ),
    "without a blank": (
        "exchange_rates:\n  -date: 2024-01-01\n   cny_per_usd: 7\n",
        "war.yaml:3:3\n  a dash that begins an item of a list needs a blank after it.  "
        "Put a blank after the dash: '- date: 2024-01-01'.",
    ),
    "of single values": (
        "providers:\n  - {name: Zhipu, fixed_cost_split: 0.4}\n",
        "Write [0.4], or a dash before it.",
    ),
    "that is too much": (
        "population:\n  - users: 500\n",
        "Remove the dash or the brackets.",
    ),
    "where no list stands": ("seed: 1\n- name: x\n", "a dash begins an item of a list"),
}


@pytest.mark.parametrize("case", DASHES)
def test_a_forgotten_dash_is_named(tmp_path: Path, case: str):
    text, told = DASHES[case]
    assert told in refusal(tmp_path, text)


def test_a_forgotten_dash_is_told_once_for_all_keys_of_its_item(tmp_path: Path):
    assert refusal(tmp_path, DASHES["of the second item"][0]).count("is given twice") == 1


def test_a_key_that_is_twice_in_a_record_is_to_be_removed(tmp_path: Path):
    text = "population:\n  users: 50\n  types_per_domain: 4\n  types_per_domain: 5\n"
    assert "first in line 4.  Remove one of the two." in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("war: {products[glm-4].price: 1}\n", "products[glm-4].price"),
        ("war: {a: 1, path: domains[0].share, b: [1]}\n", "domains[0].share"),
        ("war: [providers[Zhipu].war.depth_share, x]\n", "providers[Zhipu].war.depth_share"),
        ("war: {a: clouds[x].accelerators[y].rents[0].date}\n",
         "clouds[x].accelerators[y].rents[0].date"),
    ],
)  # fmt: skip
def test_a_path_with_brackets_within_braces_is_to_be_quoted(tmp_path: Path, text: str, path: str):
    told = refusal(tmp_path, text)
    column = text.index(path) + 1
    assert f"war.yaml:2:{column}\n" in told
    assert f"Quote the path: '{path}'." in told


@pytest.mark.parametrize("text", ["[old].yaml", "{new}x", "[a](b) c"])
@pytest.mark.parametrize("line", ["title: {}\n", "domains:\n  - {}\n", "title: {} # it is\n"])
def test_text_that_begins_with_a_bracket_is_to_be_quoted(tmp_path: Path, line: str, text: str):
    told = refusal(tmp_path, line.format(text))
    assert f"text that begins with a bracket needs quotes.  Quote it: '{text}'." in told


def test_a_key_that_stands_there_already_was_not_meant_by_another(tmp_path: Path):
    text = "population:\n  types_per_domain: 4\n  types_per_domains: 5\n"
    told = refusal(tmp_path, text)
    assert "Did you mean" not in told
    assert "Known here: mode, users, " in told


def test_a_key_that_another_file_has_may_be_what_was_meant(tmp_path: Path):
    told = refusal(tmp_path, "extends: minimal\npopulation:\n  usres: 5\n")
    assert "Did you mean 'users'?" in told


NUMBERS = [
    ("30%", "Write 0.3 for 30%."),
    ("30 %", "Write 0.3 for 30 %."),
    ('"0.5"', "Write 0.5 without quotes."),
    ("0,5", "Write 0.5: a point before decimals."),
    ("1,000", "Write 1000: a number without separators and units."),
    ("1,000,000", "Write 1000000: a number without separators and units."),
    ("$0.5", "Write 0.5: a number without separators and units."),
    ("¥1", "Write 1: a number without separators and units."),
    ("0.5 USD", "Write 0.5: a number without separators and units."),
    ("5k", "Write 5e3 for 5k."),
    ("2 million", "Write 2e6 for 2 million."),
    ("\u22121.2", "Write -1.2: U+2212 (MINUS SIGN) is not '-'."),
    ("\u20131.2", "Write -1.2: U+2013 (EN DASH) is not '-'."),
    ("\uff15\uff10", "Write 50: U+FF15 (FULLWIDTH DIGIT FIVE) is not '5'."),
    ("\u201c5\u201d", "U+201C (LEFT DOUBLE QUOTATION MARK) is not '\"'."),
]


@pytest.mark.parametrize(("written", "told"), NUMBERS)
def test_a_number_as_people_write_it_is_told_as_yaml_has_it(tmp_path, written, told):
    assert told in refusal(tmp_path, f"population: {{satisfaction: {{adjustment_share: 0}}}}\n"
                           f"war:\n  reaction_per_day: {written}\n")  # fmt: skip


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("2024/05/06", "Write 2024-05-06."),
        ("2024-5-6", "Write 2024-05-06."),
        ("2024.05.06", "Write 2024-05-06."),
        ("2024年5月6日", "Write 2024-05-06."),
        ("2024-05-06T00:00:00", "Write 2024-05-06."),
        ('"2024-05-06"', "Remove its quotes."),
        ("06/05/2024", "Write year-month-day."),
        ("2024/13/06", "There is no such day."),
    ],
)
def test_a_date_as_people_write_it_is_told_as_yaml_has_it(tmp_path: Path, written: str, told: str):
    assert told in refusal(tmp_path, f"end_date: {written}\n")


@pytest.mark.parametrize(("share", "told"), [(10, "write 0.1 for 10%"), (2.5, "0.025 for 2.5%")])
def test_a_percentage_where_a_share_is_asked_for_is_told_the_share(tmp_path, share, told):
    assert f"A share is from 0 to 1: {told.removeprefix('write ')}" in refusal(
        tmp_path, f"war: {{trigger_gap_share: {share}}}\n"
    ).replace("write ", "")


def test_a_capability_off_the_scale_is_told_the_scale_and_two_models_on_it(tmp_path: Path):
    told = refusal(tmp_path, "products:\n  - {name: glm-4, capability_logit: 85}\n")
    assert "must be a number from -50 to 50 (logit units)." in told
    assert "gpt-4-0613 is -1.6, deepseek-r1-0528 is 0.7" in told


def test_a_colon_without_a_blank_is_told(tmp_path: Path):
    told = refusal(tmp_path, "products:\n  - {name: glm-4, price_usd_per_mtok: {input:1}}\n")
    assert "Put a blank after the colon: 'input: 1'." in told
    assert "Put a blank after the colon." in refusal(tmp_path, "population: users:500\n")


@pytest.mark.parametrize(
    ("second", "first"),
    [
        ("  - name: a\n    provider: Zhipu\n" + PRODUCT, "product, in war.yaml:3"),
        ("  - {name: glm-4}\n  - {name: glm-4}\n", "product, in "),
    ],
)
def test_a_duplicate_says_where_the_first_is(tmp_path: Path, second: str, first: str):
    text = "products:\n  - name: a\n    provider: Zhipu\n" + PRODUCT + second
    assert f"is the name of another {first}" in refusal(tmp_path, text)


def test_a_price_given_in_two_ways_says_where_the_first_is(tmp_path: Path):
    text = (
        "products:\n  - name: glm-4\n    price_usd_per_mtok: {input: 1, output: 1}\n"
        "    price_cny_per_mtok: {input: 7, output: 7}\n"
    )
    assert "duplicates price_usd_per_mtok in war.yaml:4.  Remove one" in refusal(tmp_path, text)


CHARACTERS = {
    "colon": ("population:\n  users\uff1a500\n  types_per_domain: 4\n", "war.yaml:3:8", "U+FF1A"),
    "comma": ("population: {users: 500\uff0ctypes_per_domain: 4}\n", "war.yaml:2:24", "U+FF0C"),
    "blank": ("population:\n  users:\u00a0500\n  types_per_domain: 4\n", "war.yaml:3:9", "U+00A0"),
    "indent": ("population:\n\u3000users: 500\n  types_per_domain: 4\n", "war.yaml:3:1", "U+3000"),
    "brace": ("population: \uff5busers: 500\uff5d\n", "war.yaml:2:13", "U+FF5B"),
    "key alone": ("population: {users\uff1a500}\n", "war.yaml:2:14", "U+FF1A"),
    "zero width": ("population:\n  users\u200b: 500\n", "war.yaml:3:3", "U+200B"),
    "bidirectional": ("population:\n  \u202dusers: 500\n", "war.yaml:3:3", "U+202D"),
    "Cyrillic": ("p\u043epulation: {users: 500}\n", "war.yaml:2:1", "U+043E (CYRILLIC SMALL"),
    "dash in a name": ("products: [{name: glm-4, provider: Zhi\u2010pu}]\n", "2:36", "U+2010"),
    "name of a table": (
        "products:\n  - {name: glm-4, capability_from_data: DeepSeek\u2011V2 (MoE-236B)}\n",
        "war.yaml:3:41", "It looks like 'DeepSeek-V2 (MoE-236B)', and is not: U+2011",
    ),
    "quotes": ("products: [{name: \u201cglm-4\u201d}]\n", "war.yaml:2:19", "U+201C"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHARACTERS)
def test_a_character_that_is_not_what_it_looks_like_is_named(tmp_path: Path, case: str):
    text, place, told = CHARACTERS[case]
    message = refusal(tmp_path, text)
    assert place in message
    assert told in message


@pytest.mark.parametrize(
    ("name", "like"),
    [("\u00e9", "e\u0301"), ("glm-\uff14", "glm-4"), ("\u0430", "a"), ("gl\u200dm-4", "glm-4"),
     ("g  x", "g x")],
)  # fmt: skip
def test_two_names_that_look_alike_are_refused(tmp_path: Path, name: str, like: str):
    products = "".join(f'  - name: "{one}"\n    provider: Zhipu\n{PRODUCT}' for one in (like, name))
    message = refusal(tmp_path, f"products:\n{products}")
    assert "is the name of another product" in message or "looks like the name of" in message


def test_equal_letters_in_two_unicode_forms_are_one_name(tmp_path: Path):
    text = (
        "providers:\n  - {name: Cafe\u0301, cloud: rented cloud, accelerator: H800 SXM5, "
        "cash_usd: 1, price: {policy: hold}}\n"
        f"products:\n  - name: x\n    provider: Caf\u00e9\n{PRODUCT}"
    )
    assert accepted(tmp_path, text).products[-1].provider == "Caf\u00e9"


@pytest.mark.parametrize(
    "name",
    ["vendor/model:free", "vendor.model-20240620-v1:0", "model@20240620", "Vendor: Model 3 (free)",
     "@cf/vendor/model-7b", "bedrock/*/1-month/x", "AT&T's, best", "两家", "a"],
)  # fmt: skip
def test_names_of_real_price_tables_are_accepted_and_can_be_overridden(tmp_path, name):
    scenario = accepted(tmp_path, f'products:\n  - name: "{name}"\n    provider: Zhipu\n{PRODUCT}')
    assert scenario.products[-1].name == name
    changed = read(tmp_path / "war.yaml", [f"products[{name}].capability_logit=0.5"])
    assert changed.products[-1].capability_logit == 0.5


@pytest.mark.parametrize(
    ("name", "told"),
    [("glm-4 ", "Remove the blank"), ("a[b]", "It holds '['."), ("a=b", "It holds '='."),
     ("-a", "It begins with '-'."), ("a\u00a0b", "U+00A0 (NO-BREAK SPACE)")],
)  # fmt: skip
def test_a_refused_name_is_told_the_character(tmp_path: Path, name: str, told: str):
    text = f'products:\n  - name: "{name}"\n    provider: Zhipu\n{PRODUCT}'
    assert told in refusal(tmp_path, text)
