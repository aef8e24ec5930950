"""Products: what a user may write, and the one error that says what is wrong."""

import numpy as np
import pytest
import yaml

from gg_gym.errors import InputError
from gg_gym.products import load_product, parse_product, shipped_products
from gg_gym.products.configuration import ProductConfiguration


def plain():
    return load_product("grid_guardian").model_dump(mode="json")


def test_shipped_products_load_and_round_trip():
    for name in shipped_products():
        product = load_product(name)
        assert ProductConfiguration.model_validate_json(product.canonical) == product
        assert (
            parse_product(yaml.safe_load(yaml.safe_dump(plain())), "x").digest == load_product("grid_guardian").digest
        )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(colour="red"), "colour"),
        (lambda d: d["operation"].update(dt=0.001), "operation.dt"),
        (lambda d: d["operation"].update(samples=65), "operation.samples"),
        (lambda d: d.update(physics=["weather", "magic"]), "magic"),
        (lambda d: d["sensors"][0].update(key="nose"), "nose"),
        (lambda d: d["pole"]["boxes"][0].update(component="ghost"), "ghost"),
        (lambda d: d["pole"]["places"].update(arc=["ghost"]), "ghost"),
        (lambda d: d["partitions"]["train"].update(sites=["atlantis"]), "atlantis"),
        (lambda d: d["sites"][0].update(latitude=float("inf")), "latitude"),
    ],
)
def test_a_mistake_is_named_with_its_place(change, words):
    data = plain()
    change(data)
    with pytest.raises(InputError, match=words) as error:
        parse_product(data, "mine.yaml")
    assert "mine.yaml" in str(error.value) or words in ("magic", "nose")


@pytest.mark.parametrize("text", ["a: [1", "a: &x 1\nb: *x", "\x00"])
def test_malformed_yaml_is_refused(tmp_path, text):
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"p\.yaml"):
        load_product(path)


def test_missing_file_and_unknown_key():
    with pytest.raises(InputError, match="cannot be read"):
        load_product("/no/such/file.yaml")
    with pytest.raises(InputError, match="grid_guardian"):
        load_product("no_such_product")


def test_partitions_never_share_unit_world_or_weather_block():
    product = load_product("grid_guardian")
    seeds = np.arange(4000, dtype=np.uint64)
    drawn = {name: product.draw(seeds, name) for name in ("train", "validation", "heldout")}
    names = list(drawn)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            x, y = drawn[a], drawn[b]
            assert not set(x.unit) & set(y.unit) and not set(x.world) & set(y.world)
            assert not set(x.hour // 168) & set(y.hour // 168)


def test_conditions_are_functions_of_the_seed():
    product = load_product("grid_guardian")
    many, one = product.draw(np.arange(50, dtype=np.uint64)), product.draw(np.array([17], np.uint64))
    for key, value in vars(one).items():
        assert value[0] == getattr(many, key)[17]
    same_unit = many.unit == many.unit[0]
    assert len(set(many.age[same_unit])) == 1
