"""Addressed draws: known answers, independence of neighbours, and the distributions they claim."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gg_gym.streams import Streams, derive, mix, normals, philox4x32, uniforms, words16

FAST = settings(max_examples=25, deadline=None)


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_known_answers_of_random123(counter, key, expected):
    words = philox4x32(np.array([key], np.uint64), np.array([counter], np.uint32))
    assert tuple(int(w) for w in words[0]) == expected


@FAST
@given(st.integers(0, 2**63), st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 9))
def test_another_consumer_never_changes_a_number(seed, index, a, b):
    alone = Streams(np.array([seed], np.uint64), {"x": a}).draw(phase=3, index=index)
    beside = Streams(np.array([seed], np.uint64), {"y": b, "x": a, "z": b}).draw(phase=3, index=index)
    assert np.array_equal(alone.normal("x"), beside.normal("x"))


@FAST
@given(st.lists(st.integers(0, 2**63), min_size=1, max_size=7, unique=True), st.integers(0, 10**6))
def test_a_row_does_not_know_its_batch(seeds, index):
    batch = Streams(np.array(seeds, np.uint64), {"a": 5, "b": 3}).draw(phase=1, index=index, sub=2)
    for i, seed in enumerate(seeds):
        single = Streams(np.array([seed], np.uint64), {"a": 5, "b": 3}).draw(phase=1, index=index, sub=2)
        assert np.array_equal(batch.uniform("b")[i], single.uniform("b")[0])


def test_a_wider_consumer_keeps_its_first_lanes():
    seeds = np.arange(4, dtype=np.uint64)
    assert np.array_equal(uniforms(seeds, "c", 3), uniforms(seeds, "c", 11)[:, :3])


def test_every_address_is_another_number():
    seeds = np.arange(50, dtype=np.uint64)
    streams = Streams(seeds, {"a": 4, "b": 4})
    drawn = [streams.draw(phase=p, index=i, sub=s) for p in (1, 2, 3) for i in range(5) for s in (0, 1)]
    values = np.concatenate([d.uniform(c).ravel() for d in drawn for c in ("a", "b")])
    assert len(np.unique(values)) > 0.9999 * values.size


def test_index_may_differ_by_row():
    streams = Streams(np.array([5, 5], np.uint64), {"a": 2})
    both = streams.draw(phase=1, index=np.array([3, 8], np.uint32)).uniform("a")
    assert np.array_equal(both[0], streams.draw(phase=1, index=3).uniform("a")[0])
    assert np.array_equal(both[1], streams.draw(phase=1, index=8).uniform("a")[0])


def test_uniforms_and_normals_have_their_distribution():
    u = uniforms(np.arange(2000, dtype=np.uint64), "test", 16).ravel()
    z = normals(np.arange(2000, dtype=np.uint64), "test2", 16).ravel()
    assert stats.kstest(u, "uniform").pvalue > 1e-3
    assert stats.kstest(z, "norm").pvalue > 1e-3
    assert u.min() > 0 and u.max() < 1


def test_image_words_are_addressed_and_uniform():
    keys = derive(np.arange(8, dtype=np.uint64), "camera")
    words = words16(keys, 3, 17, 4800)
    assert words.shape == (8, 4800) and words.dtype == np.uint16
    assert np.array_equal(words[5], words16(keys[5:6], 3, 17, 4800)[0])
    assert not np.array_equal(words, words16(keys, 3, 18, 4800))
    assert stats.kstest(words.ravel() / 65536.0, "uniform").pvalue > 1e-3


def test_derived_seeds_do_not_collide():
    seeds = np.arange(20000, dtype=np.uint64)
    out = np.concatenate([derive(seeds, "a"), derive(seeds, "b"), mix(seeds, np.uint64(1))])
    assert len(np.unique(out)) == out.size
    assert derive(7, "run", 3).shape == ()
