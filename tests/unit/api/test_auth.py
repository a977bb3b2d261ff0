"""API keys as they are configured."""

import pytest

from api.auth import ApiKey

HASH = "a" * 64


def test_a_key_is_read_with_its_scopes() -> None:
    assert ApiKey.parse(f"core-banking:score+read:{HASH}") == ApiKey("core-banking", frozenset({"score", "read"}), HASH)


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "a",
        f":score:{HASH}",
        f"a:write:{HASH}",
        f"a::{HASH}",
        f"a:score:{HASH[1:]}",
        f"a:score:{HASH.upper()}",
        f"a b:score:{HASH}",
        f"a:score:{HASH}:x",
    ],
)
def test_a_malformed_entry_is_refused_without_its_hash(entry: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        ApiKey.parse(entry)
    assert HASH[1:] not in str(caught.value).lower()
