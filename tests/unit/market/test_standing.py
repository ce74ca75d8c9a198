"""What rivals compare with: hosted offers, whoever may use them."""

from sim.market.offer_book import OfferBook
from sim.reference import read


def test_a_trusted_cloud_is_a_rival_and_what_runs_at_the_user_s_is_not() -> None:
    scenario = read("privacy-and-edge")
    products = scenario.products
    book = OfferBook(scenario)
    book.listed[:] = True
    listed = book.standing().listed
    assert listed.tolist() == [product.is_hosted for product in products]
    assert any(product.trusted and product.is_hosted for product in products)
    assert not listed.all()
