"""The strict parser, against any value and any bytes."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.strict_json import DEEPEST, MOST_CONTAINERS, NotJson, TooManyParts, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LARGEST = 10**308
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.integers(2**63 - 2, 2**64 + 2)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)


@given(VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_any_json_value_is_read_as_what_it_is(value: object, ascii_only: bool, indent: int | str | None) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    read = parse(raw)
    assert read == value
    assert json.dumps(read) == json.dumps(value), "1 and 1.0 are equal and not the same"


@given(st.binary() | st.text('{}[]":,0123456789.eE-+\\untrafls ').map(str.encode))
def test_any_bytes_are_a_value_or_refused(raw: bytes) -> None:
    with suppress(NotJson, TooManyParts):
        assert parse(raw) == json.loads(raw)


@given(st.dictionaries(TEXT, SCALARS, min_size=1), st.data())
def test_a_name_that_comes_twice_is_refused_at_any_level(pairs: dict[str, object], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(pairs)))
    written = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs.items()]
    written.insert(data.draw(st.integers(0, len(written))), f"{json.dumps(name)}: 1")
    inner = "{" + ", ".join(written) + "}"
    for raw in (inner, f'[{{"a": {inner}}}]', f'{{"a": [1, {inner}], "b": {{}}}}'):
        with pytest.raises(NotJson, match="twice"):
            parse(raw.encode())


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" * 5000, "-" + "1" * 5000, "1" * 310, "NaN", "-Infinity"])
def test_a_number_that_no_double_holds_is_refused(number: str) -> None:
    with pytest.raises(NotJson):
        parse(b'{"a": [%s]}' % number.encode())


@pytest.mark.parametrize(
    "raw", [rb'"\ud800"', rb'{"\udc00": 1}', rb'["\ud800\ud800"]', rb'"\udc00\ud800"', b'"\xed\xa0\x80"']
)
def test_a_lone_surrogate_is_refused_wherever_it_stands(raw: bytes) -> None:
    with pytest.raises(NotJson):
        parse(raw)
    assert parse(rb'"\ud83d\ude00"') == "\U0001f600"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-be"])
def test_all_but_plain_utf_8_is_refused(encoding: str) -> None:
    with pytest.raises(NotJson):
        parse('{"a": 1}'.encode(encoding))


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_nesting_is_refused_beyond_the_deepest_level_and_not_before(opening: str, closing: str) -> None:
    def nested(levels: int) -> bytes:
        times = levels // len(closing)
        return (opening * times + "1" + closing * times).encode()

    parse(nested(DEEPEST))
    for levels in (DEEPEST + 2, 1_000, 1_100, 3_000, 40_000):
        with pytest.raises(NotJson, match=r"level|depth"):
            parse(nested(levels))


def test_more_lists_and_objects_than_any_request_has_are_refused_unread() -> None:
    parse(b"[" + b"[]," * (MOST_CONTAINERS - 2) + b"1]")
    with pytest.raises(TooManyParts):
        parse(b"[" * (MOST_CONTAINERS + 1))


def test_integers_keep_every_digit() -> None:
    assert parse(b"[123456789012345678901234567890, -9999999999999999999]") == [
        123456789012345678901234567890,
        -9999999999999999999,
    ]
    assert parse(b'{"a":123456789012345678901234567890}') == {"a": 123456789012345678901234567890}
    assert parse(b"123456789012345678901234567890") == 123456789012345678901234567890


def test_a_refusal_quotes_nothing_of_the_body_but_a_name() -> None:
    with pytest.raises(NotJson) as caught:
        parse(b'{"customer_id": "SECRET", }')
    assert "SECRET" not in caught.value.detail
    assert "line 1, column" in caught.value.detail
    assert caught.value.__cause__ is None
