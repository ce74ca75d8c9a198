"""Where a product runs."""

from typing import Final, Literal, TypeAlias

Deployment: TypeAlias = Literal["cloud", "edge", "mobile", "embedded"]
"""``cloud``: at a provider's host. The others run with the user, who pays for the device: ``edge``
on a computer of its own, ``mobile`` on a phone, ``embedded`` within a machine."""

CLOUD: Final = "cloud"
DEPLOYMENTS: Final[tuple[Deployment, ...]] = ("cloud", "edge", "mobile", "embedded")
