import numpy as np
import pandas as pd

from f1lib.tables.fingerprint import digest


def test_a_difference_in_the_last_bit_is_another_digest() -> None:
    one = np.linspace(0, 1, 2000)
    other = one.copy()
    other[1234] = np.nextafter(other[1234], 2)
    assert digest(x=one) != digest(x=other)
    assert digest(pd.DataFrame({"x": one})) != digest(pd.DataFrame({"x": other}))


def test_the_order_of_a_dict_says_nothing_and_its_structure_does() -> None:
    assert digest(x={"a": 1, "b": [2.0]}) == digest(x={"b": [2.0], "a": 1})
    assert digest(x={"a": 1, "b": [2.0]}) != digest(x={"a": [1, 2.0], "b": []})


def test_the_shape_of_an_array_counts() -> None:
    assert digest(x=np.zeros((2, 3))) != digest(x=np.zeros((3, 2)))
