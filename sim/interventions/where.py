"""Where accelerators are that an intervention is about: of one chip or cloud, or of all."""

from __future__ import annotations

from sim.nearest import offer
from sim.reading.view import View


def check_where(said: View, scenario: View) -> None:
    """Note a cloud that is none, and a chip that none of the clouds meant has."""
    clouds = scenario.records("clouds")
    said.require_name("cloud", scenario.names("clouds"), "must be one of the clouds.")
    name, cloud = said.text("chip"), said.text("cloud")
    here = [one for one in clouds if cloud is None or one.text("name") == cloud]
    chips = [chip for one in here for chip in one.names("accelerators")]
    if name is not None and here and name not in chips:
        where = "the clouds" if cloud is None else cloud
        said.object_to("chip", f"must be an accelerator of {where}.", offer(name, chips))


def in_words(chip: str | None, cloud: str | None) -> str:
    """Say where: ``all``, ``H800 SXM5``, ``H800 SXM5 at rented cloud``."""
    return " at ".join(name for name in (chip, cloud) if name) or "all"
