"""Products: what a unit is, where it hangs and what it can live through."""

from gg_gym.products.configuration import (
    ProductConfiguration,
    ProductRegistry,
    load_product,
    parse_product,
    shipped_products,
)

__all__ = ["ProductConfiguration", "ProductRegistry", "load_product", "parse_product", "shipped_products"]
