"""The recipes of a market: the curves' best values, or sampled ones, the same in every world."""

from sim.compression.recipe_book import RecipeBook
from sim.compression.state import CompressionState
from sim.streams import Streams


def nats(streams: Streams | None) -> float:
    book = RecipeBook(streams=streams)
    return book.recipe("gptq_per_group:4", 0.5, 200.0, CompressionState(16.0)).nats


def test_sampled_curves_differ_by_replication_and_are_the_same_in_every_world():
    assert len({nats(Streams(1, replication)) for replication in range(5)}) == 5
    assert nats(Streams(1, 3)) == nats(Streams(1, 3))
    assert nats(None) == nats(None)


def test_sampled_losses_lie_around_the_best_one():
    drawn = sorted(nats(Streams(1, replication)) for replication in range(60))
    assert drawn[10] < nats(None) < drawn[-10]
