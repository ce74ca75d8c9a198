"""The effect of the war over time, and the part that hangs on the largest product."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.comparison import MORE_THAN_CHANCE
from analysis.effects import Effect, compared, effects_of
from analysis.horizons import Horizon, horizons
from analysis.product_parts import ProductPart
from analysis.reactions import main_trigger
from analysis.report.section import Block, Cell, Heading, PageTable, section
from analysis.statistics import MONTE_CARLO, Interval
from analysis.words import day
from analysis.worlds import Worlds, peace_among, subject

_HEADINGS = (
    Heading("after"),
    Heading("world"),
    Heading("adopters, percentage points", "number"),
    Heading("tokens a day", "number"),
    Heading("price paid", "number"),
    Heading("product", "wrap"),
    Heading("of the points: its users", "number"),
    Heading("points without it", "number"),
    Heading("points that go with it", "number"),
)


def _applies(worlds: Worlds) -> bool:
    return peace_among(worlds) is not None and bool(compared(worlds))


@section("effect", place=10, title="The effect of the war over time", applies=_applies)
def write(worlds: Worlds) -> Iterator[Block]:
    """Write a row a time and world, and how to read the last columns."""
    peace = peace_among(worlds)
    if peace is None:
        return
    run = subject(worlds)
    times = horizons(run)
    found = effects_of(worlds)
    base = next(name for name, world in worlds.items() if world is peace)
    yield _introduction(worlds, base)
    yield PageTable(_HEADINGS, tuple(_rows(times, found)))
    yield (
        "Products: the one with the most tokens of the week, and the one that gains the most users "
        f"by it. Its users: users of it in this world less those in “{base}”, as the tables hold "
        "them; over all products these add up to the effect. That says where the added users are, "
        "not what would be without the product, since many of them would use another."
    )
    parts = [part for effects_ in found.values() for effect in effects_ for part in effect.parts]
    if any(part.without is not None for part in parts):
        yield (
            "Without it: the effect between the same two worlds, both run again with the same "
            "draws as if the product had never existed. What goes is the effect less the one "
            "without it, paired; it is below zero where the effect is larger without the product."
        )
    elif any(part.can_be_left_out for part in parts):
        yield (
            "What the effect is without it takes two further runs for each product: `pricewar "
            f"report {run.folder} --leave-one-out`."
        )


def _introduction(worlds: Worlds, base: str) -> str:
    trigger = main_trigger(subject(worlds))
    if trigger is None:
        since = "the first day"
    else:
        date = next(iter(horizons(subject(worlds)))).date
        what = f"the launch of {trigger.product}" if trigger.product else "what set the war off"
        since = f"{what}, so that one month after is {day(date)}"
    return (
        f"Each world less “{base}”, paired by replication, with 95% intervals ({MONTE_CARLO}); "
        f"tokens and price as multiples of those there (geometric means). "
        f"Bold: {MORE_THAN_CHANCE}. Times count from {since}."
    )


def _rows(times: list[Horizon], found: dict[str, list[Effect]]) -> Iterator[tuple[Cell | str, ...]]:
    for time in times:
        if not time.reached:
            yield (time.label, "not reached by this run", *[""] * (len(_HEADINGS) - 2))
            continue
        for name, effects_ in found.items():
            effect = next(it for it in effects_ if it.horizon == time)
            whole: tuple[Cell | str, ...] = (
                Cell(time.label, f"{time.date.day} {time.date:%b %Y}"),
                name,
                _points(effect.adopters, bold=effect.settled),
                _times(effect.tokens),
                _times(effect.price),
            )
            for part in effect.parts:
                share = f"{part.why}; {100 * part.tokens_share.centre:.3g}% of tokens"
                yield (
                    *whole,
                    Cell(part.product, share),
                    _points(part.its_users),
                    *_without(effect, part),
                )
                whole = ("",) * len(whole)
            if not effect.parts:
                yield (*whole, "none", *[""] * (len(_HEADINGS) - len(whole) - 1))


def _without(effect: Effect, part: ProductPart) -> tuple[Cell | str, Cell | str]:
    if not part.can_be_left_out:
        return "nothing else is on sale on the first day", ""
    if part.without is None:
        return "", ""
    gone = _points(part.without.gone, bold=part.without.settled)
    if effect.settled:
        share = part.without.gone.centre / effect.adopters.centre
        gone = Cell(f"{gone.text} ({share:.0%} of the effect)", gone.small, gone.tone)
    return _points(part.without.adopters), gone


def _points(interval: Interval, *, bold: bool = False) -> Cell:
    return Cell(
        f"{100 * interval.centre:+.2f}",
        interval.bounds(lambda share: f"{100 * share:+.2f}"),
        "settled" if bold else "",
    )


def _times(interval: Interval) -> Cell:
    def number(value: float) -> str:
        return f"{value:.2f}"

    return Cell(f"{number(interval.centre)} times", interval.bounds(number))
