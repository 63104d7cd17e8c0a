"""Bodies are read strictly: what PostgreSQL, UTF-8 or a column cannot hold is found, wherever it stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.kit.errors import Malformed
from aftersales_api.web.strict_json import MAX_DEPTH, MalformedJson, check_text, parse

UNFIT = [
    r'"a\u0000"',
    r'"\ud800"',
    r'"\uDFFF"',
    "1e400",
    "-1E400",
    "9223372036854775808",
    "-9223372036854775808",
    "1" * 400,
    "NaN",
    "-Infinity",
]
FIT = [
    r'"\u00e9\ud83d\ude00"',
    '"5e400"',
    "1e300",
    "1.5E-7",
    "9223372036854775807",
    "-9223372036854775807",
    "0.1234567890123456789",
]


@pytest.mark.parametrize("said", UNFIT)
@pytest.mark.parametrize("frame", ["%s", '{"a":[1,{"b":%s}]}'])
def test_what_no_column_can_hold_is_refused(frame, said):
    with pytest.raises(Malformed) as refused:
        parse((frame % said).encode())
    place = "/body" if frame == "%s" else "/body/a/1/b"
    assert refused.value.errors[0].pointer == place


def test_a_name_that_no_column_can_hold_is_refused():
    with pytest.raises(Malformed):
        parse(rb'{"a\u0000": 1}')


@pytest.mark.parametrize("said", FIT)
def test_what_a_column_can_hold_is_taken(said):
    assert parse(said.encode()) == json.loads(said)


@pytest.mark.parametrize(
    "raw",
    [b"\xff", b"{", b'"\x00"', b'{"a":1,"a":2}', b"nan", b"[1,]", b"'a'", "\ud800".encode("utf-8", "surrogatepass")],
)
def test_what_is_no_json_is_malformed(raw):
    with pytest.raises(MalformedJson):
        parse(raw)


@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_the_last_depth_is_taken_and_the_next_refused(pair):
    def nested(depth):
        inner = pair
        for _ in range(depth - 1):
            inner = f"[{inner}]" if pair == "[]" else f'{{"a":{inner}}}'
        return inner.encode()

    assert parse(nested(MAX_DEPTH)) is not None
    for depth in (MAX_DEPTH + 1, 5_000):
        with pytest.raises(MalformedJson):
            parse(nested(depth))


def test_brackets_in_texts_are_no_depth():
    assert parse(json.dumps(["[{" * 50]).encode()) == ["[{" * 50]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(VALUES, st.booleans())
def test_the_quick_look_finds_whatever_a_look_at_every_member_finds(value, is_escaped):
    raw = json.dumps(value, ensure_ascii=is_escaped).encode("utf-8", "surrogatepass")

    def verdict(judge):
        try:
            return judge()
        except (Malformed, MalformedJson) as refused:
            return type(refused)

    def slowly():
        found = json.loads(raw.decode("utf-8"))
        check_text(found, "/body")
        return found

    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        assert verdict(lambda: parse(raw)) is MalformedJson
    else:
        assert verdict(lambda: parse(raw)) == verdict(slowly)
