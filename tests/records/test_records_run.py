import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gg_gym.errors import InputError
from gg_gym.records import tensors
from gg_gym.records.blocks import Malformed
from gg_gym.records.chunk import ChunkDecoder, encode_chunk
from gg_gym.records.record import ChunkPlace, decode_record, encode_record
from gg_gym.records.run import DTYPES, canonical_json, generation_time, same_headers


def change(header, **fields):
    return dataclasses.replace(header, run_id="", **fields)


def test_the_id_follows_from_what_the_run_is_a_function_of(synthetic):
    header = synthetic.make_run(1).header
    assert change(header).run_id == header.run_id
    for fields in (
        {"seed": 5},
        {"site": "x"},
        {"dt": 1.0},
        {"definition": {"family": "other"}},
        {"engine_version": "9"},
    ):
        assert change(header, **fields).run_id != header.run_id
        assert change(header, **fields).content_id != header.content_id
    for fields in ({"reward": 3.0}, {"created": 1}, {"onset_s": 5.0}):
        assert change(header, **fields).run_id == header.run_id
    other_arm = change(header, arm="ppo")
    assert other_arm.run_id != header.run_id
    assert other_arm.content_id == header.content_id


@pytest.mark.parametrize(
    "fields",
    [
        {"seed": -1},
        {"seed": 2**64},
        {"dt": 0.0},
        {"dt": 3601.0},
        {"hour": float("nan")},
        {"definition": {"family": "f", "parameters": {"x": float("nan")}}},
        {"definition": {"parameters": {}}},
        {"samples": 0},
    ],
)
def test_a_header_that_cannot_be_carried_is_refused(synthetic, fields):
    with pytest.raises(InputError):
        change(synthetic.make_run(1).header, **fields)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1),
    onset=st.floats(allow_nan=False),
    action=st.lists(st.floats(-1, 1, width=32), max_size=5),
    reward=st.none() | st.floats(allow_nan=False),
    text=st.text(max_size=8).filter(lambda t: t.isprintable()),
    parameters=st.dictionaries(
        st.text(max_size=4), st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text()
    ),
    actions=st.none()
    | hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 3)), elements=st.floats(-1, 1)),
    place=st.builds(ChunkPlace, st.integers(-1, 9), st.integers(0, 9), st.integers(0, 9)),
)
def test_headers_round_trip(synthetic, seed, onset, action, reward, text, parameters, actions, place):
    header = change(
        synthetic.make_run(0).header, seed=seed, onset_s=onset, action=tuple(action), reward=reward, agent=text,
        definition={"family": "f", "version": 1, "parameters": parameters}, actions=actions,
        reward_terms=((text, onset),),
    )  # fmt: skip
    again, where = decode_record(encode_record(header, place))
    assert same_headers(header, again)
    assert where == place


def test_any_changed_byte_of_a_run_record_is_noticed(synthetic):
    data = encode_record(synthetic.make_run(0).header, ChunkPlace())
    for at in range(0, len(data), 7):
        bad = bytearray(data)
        bad[at] ^= 0x10
        with pytest.raises(Malformed):
            decode_record(bytes(bad))


arrays = st.sampled_from([d for d in DTYPES if d != "|b1"]).flatmap(
    lambda d: hnp.arrays(np.dtype(d), hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5))
)


@settings(max_examples=60, deadline=None)
@given(array=arrays)
def test_filters_lose_nothing(array):
    for name in tensors.FILTERS:
        if name == "tdelta+planes" and array.dtype.str != "<u2":
            continue
        stored = tensors.encode(array, name)
        again = tensors.decode(np.ascontiguousarray(stored).reshape(-1), name, array.dtype.str, array.shape)
        assert again.dtype == array.dtype
        assert again.tobytes() == array.tobytes()


@settings(max_examples=25, deadline=None)
@given(one=arrays, two=arrays, filtered=st.booleans())
def test_chunks_round_trip_with_a_remembered_layout(one, two, filtered):
    decoder = ChunkDecoder()
    for run_id, (a, b) in (("r1", (one, two)), ("r2", (one, two)), ("r3", (two, one))):
        chunk = decoder.decode(encode_chunk(run_id, 3, 64, 64, {"a": a, "b": b}, {}, filtered))
        assert (chunk.run_id, chunk.index, chunk.t0, chunk.samples) == (run_id, 3, 64, 64)
        assert all(x.tobytes() == y.tobytes() for x, y in zip(chunk.arrays.values(), (a, b), strict=True))


def test_any_changed_byte_of_a_chunk_is_noticed(synthetic):
    run = synthetic.make_run(2)
    data = encode_chunk("r", 0, 0, 64, {"a": run.readings["t_rh"], "b": run.status["voc"]}, {}, False)
    decoder = ChunkDecoder()
    decoder.decode(data)
    for at in range(len(data)):
        bad = bytearray(data)
        bad[at] ^= 1 << (at % 8)
        with pytest.raises((Malformed, UnicodeDecodeError)):
            decoder.decode(bytes(bad))


def test_arrays_must_fit_the_header(synthetic):
    run = synthetic.make_run(0)
    with pytest.raises(InputError, match=r"labels\.severity"):
        dataclasses.replace(run, labels={"severity": np.zeros(3, np.float32)})
    with pytest.raises(InputError, match="dtype"):
        dataclasses.replace(run, physics={"arc_power": np.zeros(64, ">f4")})
    with pytest.raises(InputError, match="frame_samples"):
        dataclasses.replace(run, frame_samples=run.frame_samples[::-1].copy())
    with pytest.raises(InputError, match=r"readings\.thermal"):
        dataclasses.replace(run, frame_samples=run.frame_samples[:-1])


def test_canonical_json_is_canonical():
    assert canonical_json({"b": 1, "a": (np.float64(2.5), [np.int64(3)])}) == '{"a":[2.5,[3]],"b":1}'
    assert json.loads(canonical_json({"x": 0.1})) == {"x": 0.1}


def test_the_generation_time_can_be_fixed(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert generation_time() == 1_700_000_000_000
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(InputError, match="SOURCE_DATE_EPOCH"):
        generation_time()


def test_records_do_not_need_torch():
    code = "import sys; import gg_gym.records.avro, gg_gym.records.export; "
    code += "import gg_gym.datasets.windows, gg_gym.datasets.streaming; "
    code += "sys.exit(any(m in sys.modules for m in ('torch', 'pandas', 'pyarrow', 'mlflow')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
