"""Policies from outside the package are part of the identity of a scenario, wherever it goes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from outside_policies import PENETRATION, POLICIES, load, write

from sim.errors import ScenarioError
from sim.reading.parsed import parse_text
from sim.scenario.outside import code_files, outside_code, strategies_of
from sim.scenario.reader import build, read, with_
from sim.scenario.scenario import Scenario
from sim.scenario.writer import scenario_hash, to_yaml
from sim.strategies.installed import installed


def test_the_content_of_the_file_is_part_of_the_identity_but_not_its_folder(folder: Path) -> None:
    before = scenario_hash(load())
    (folder / "moved").mkdir()
    (folder / "moved" / "policies.py").write_text(POLICIES, encoding="utf-8")
    moved = load(PENETRATION.replace("policies.py", "moved/policies.py"))
    assert scenario_hash(moved) == before
    (folder / "policies.py").write_text(f"{POLICIES}# changed\n", encoding="utf-8")
    assert scenario_hash(load()) != before


def keep(loaded: Scenario, folder: Path) -> Path:
    """Write a resolved scenario with the code that it names, as a result has it."""
    for name, source in code_files(loaded).items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(source)
    resolved = folder / "resolved.yaml"
    resolved.write_text(to_yaml(loaded), encoding="utf-8")
    return resolved


def test_a_resolved_scenario_names_its_code_and_reads_back_as_itself(folder: Path) -> None:
    loaded = load()
    (folder / "result").mkdir()
    resolved = keep(loaded, folder / "result")
    (folder / "policies.py").unlink()
    again = read(resolved, allow_code=True)
    assert again == loaded
    assert scenario_hash(again) == scenario_hash(loaded)
    assert to_yaml(again) == resolved.read_text(encoding="utf-8")
    path = "providers[DeepSeek].price.policy_sha256"
    assert again.provenance[path].source == "policies.py"


def test_code_that_changed_since_is_refused_with_both_digests(folder: Path) -> None:
    loaded = load()
    (folder / "result").mkdir()
    resolved = keep(loaded, folder / "result")
    was = outside_code(loaded)["providers[DeepSeek].price"].sha256
    (copy,) = (folder / "result" / name for name in code_files(loaded))
    copy.write_text(f"{POLICIES}# changed\n", encoding="utf-8")
    for allow_code in (True, False):
        with pytest.raises(ScenarioError, match="is not what it was") as caught:
            read(resolved, allow_code=allow_code)
        assert was in str(caught.value)
        assert str(caught.value).count("sha256 is") == 1


def test_a_resolved_text_knows_the_classes_of_the_scenario_that_it_was_made_from(
    folder: Path,
) -> None:
    scenario = load()
    again = build(parse_text(to_yaml(scenario), "mine"), known=strategies_of(scenario))
    assert again == scenario


def test_a_variant_of_a_scenario_keeps_its_policies_and_the_permission(folder: Path) -> None:
    scenario = load()
    for given in (scenario, scenario.model_copy(update={"seed": 5}), scenario.untraced()):
        variant = with_(given, {"population.users": 80})
        assert variant.providers[1].price == scenario.providers[1].price


def test_a_scenario_travels_to_a_process_that_has_not_the_file(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scenario = load("{policy: policies.py:Penetration, discount_share: 0.2, steps: [{share: 0.5}]}")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "scenario.pickle").write_bytes(pickle.dumps(scenario))
    program = (
        "import pickle; from sim.scenario.writer import scenario_hash\n"
        "scenario = pickle.load(open('scenario.pickle', 'rb'))\n"
        "policy = scenario.providers[1].price\n"
        "print(scenario_hash(scenario), policy.reviews().per_month, policy.steps[0].share)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=elsewhere, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [scenario_hash(scenario), "0.026", "0.5"]
    assert (elsewhere / "executed").is_file()  # there, by its source alone


# ------------------------------------------------------------------------------- installed ones


def install(folder: Path, version: str = "1.0") -> None:
    """Lay a package with an entry point on the path, as an installer would."""
    (folder / "shop_policies.py").write_text(POLICIES, encoding="utf-8")
    metadata = folder / f"shop-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: shop\nVersion: {version}\n")
    (metadata / "entry_points.txt").write_text(
        "[pricewar.pricing]\npenetration = shop_policies:Penetration\n"
    )
    installed.cache_clear()


@pytest.fixture
def shop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = folder / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "shop_policies", raising=False)
    install(site)
    yield site
    installed.cache_clear()


INSTALLED = "{policy: penetration, discount_share: 0.2}"


def test_an_installed_policy_needs_no_permission_and_is_known_by_its_version(shop: Path) -> None:
    scenario = read(write(INSTALLED))
    origin = outside_code(scenario)["providers[DeepSeek].price"]
    assert origin.label == "shop 1.0 (shop_policies)"
    assert code_files(scenario) == {}
    before = scenario_hash(scenario)
    (shop / "shop-1.0.dist-info").rename(shop / "gone")
    install(shop, "1.1")
    assert scenario_hash(read(write(INSTALLED))) != before


def test_another_version_of_an_installed_policy_is_refused(shop: Path) -> None:
    loaded = read(write(INSTALLED))
    Path("resolved.yaml").write_text(to_yaml(loaded), encoding="utf-8")
    assert read("resolved.yaml") == loaded
    (shop / "shop-1.0.dist-info").rename(shop / "gone")
    install(shop, "1.1")
    with pytest.raises(ScenarioError, match=r"shop 1.1 \(shop_policies\) is not what it was"):
        read("resolved.yaml")


def test_where_a_package_is_not_installed_the_run_fails_and_says_so(shop: Path) -> None:
    content = pickle.dumps(read(write(INSTALLED)).providers[1].price)
    program = (
        "import pickle, sys\n"
        "policy = pickle.loads(sys.stdin.buffer.read())\n"
        "try:\n    policy.reviews()\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], input=content, capture_output=True)
    assert done.stdout.decode().startswith("StrategyError penetration: shop 1.0 (shop_policies)")
    assert "is not installed here" in done.stdout.decode()
