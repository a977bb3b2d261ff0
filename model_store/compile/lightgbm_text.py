"""LightGBM's text format, read strictly and without LightGBM: whatever is not a sum of numeric splits is refused.

Source: Tree::ToString and Tree::NumericalDecision in LightGBM's src/io/tree.cpp and include/LightGBM/tree.h (v4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_store.compile.trees import LEAF, Flags, Indices, Tree, Trees, just_above
from model_store.compile.wire import Array

_CATEGORICAL, _DEFAULT_LEFT, _MISSING_SHIFT = 1, 2, 2
_NONE, _ZERO, _NAN = 0, 1, 2
_ZERO_THRESHOLD = float(np.float32(1e-35))
"""What LightGBM takes for zero."""
_FURTHEST = 1e300
"""LightGBM writes infinity, or the largest number there is, for "no value lies beyond"; none reaches this either."""
_MOST_TREES, _MOST_LEAVES = 100_000, 1_000_000
_BLOCKS = re.compile(r"^Tree=", re.MULTILINE)
_OBJECTIVE = re.compile(r"binary sigmoid:([0-9.eE+-]{1,30})")
SPLIT_ON_CATEGORIES: Final = (
    "it splits on categories: give the codes to LightGBM as numbers (no categorical_feature, no pandas categories)"
)


class BrokenText(Exception):
    """Not a model that can be read; the message says why."""


@dataclass(frozen=True)
class TextModel:
    """A booster: log-odds = the sum of `trees`. `names`: None where LightGBM made them up."""

    trees: Trees
    size: int
    names: tuple[str, ...] | None


def read_text(text: str) -> TextModel:
    """The model in a file that Booster.save_model wrote. Raises BrokenText."""
    if not text.startswith("tree\n"):
        raise BrokenText("it does not begin as a model that LightGBM saved")
    head, *blocks = _BLOCKS.split(text.partition("\nend of trees")[0].replace("\r", ""))
    if "\nend of trees" not in text or not blocks or len(blocks) > _MOST_TREES:
        raise BrokenText(f"it does not hold 1 to {_MOST_TREES:,} trees and their end")
    facts = _facts(head)
    size = int(_integers(facts, "max_feature_idx", 1)[0]) + 1
    if not 0 < size <= 1_000_000:
        raise BrokenText("max_feature_idx is not usable")
    sigmoid = _sigmoid(facts)
    grown = [_tree(index, block, size) for index, block in enumerate(blocks)]
    share = sigmoid / len(grown) if "average_output" in facts else sigmoid
    return TextModel(Trees(tuple(grown), 0.0, in_float32=False).scaled(share, 0.0), size, _names(facts, size))


def _sigmoid(facts: Mapping[str, str]) -> float:
    """What the sum is multiplied with before the logistic function."""
    if facts.get("num_class") != "1" or facts.get("num_tree_per_iteration") != "1":
        raise BrokenText("it gives several outputs for a row; expected one")
    said = _OBJECTIVE.fullmatch(facts.get("objective", ""))
    if said is None:
        named = facts.get("objective", "none").split(" ")[0][:40]
        raise BrokenText(f"its objective is {named}; expected binary (a probability of default)")
    sigmoid = _number(said[1])
    if not 0 < sigmoid <= 1e6:
        raise BrokenText("the sigmoid of its objective is not usable")
    return sigmoid


def _names(facts: Mapping[str, str], size: int) -> tuple[str, ...] | None:
    names = tuple(facts.get("feature_names", "").split(" "))
    if len(names) != size or len(set(names)) != size or not all(names):
        raise BrokenText("feature_names does not name each feature once")
    return None if names == tuple(f"Column_{index}" for index in range(size)) else names


def _tree(index: int, block: str, size: int) -> Tree:
    facts = _facts(block)
    if facts.get("is_linear", "0") != "0":
        raise BrokenText("its leaves hold linear models (linear_tree), which are not read")
    if facts.get("num_cat") != "0":
        raise BrokenText(SPLIT_ON_CATEGORIES)
    leaves = int(_integers(facts, "num_leaves", 1)[0])
    if not block.startswith(f"{index}\n") or not 0 < leaves <= _MOST_LEAVES:
        raise BrokenText(f"tree {index} is not complete")
    splits = leaves - 1
    values = _numbers(facts, "leaf_value", leaves)
    if not splits:
        return _assembled(np.empty((2, 0), np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_), values)
    feature = _integers(facts, "split_feature", splits)
    if feature.min() < 0 or feature.max() >= size:
        raise BrokenText(f"tree {index} splits on a feature that it does not have")
    threshold = _parsed(facts, "threshold", splits, np.float64)
    if np.isnan(threshold).any():
        raise BrokenText("threshold holds something else than numbers")
    children = np.stack([_integers(facts, f"{side}_child", splits) for side in ("left", "right")])
    _check_shape(index, children, leaves)
    missing_left = _missing_left(_integers(facts, "decision_type", splits), threshold)
    return _assembled(children, feature, threshold, missing_left, values)


def _assembled(children: Indices, feature: Indices, threshold: Array, missing_left: Flags, values: Array) -> Tree:
    """One array of nodes: the splits in their order, then the leaves; LightGBM writes leaf l as -1 - l."""
    leaves, splits = len(values), len(feature)
    left, right = np.where(children >= 0, children, splits - 1 - children)
    below = np.full(leaves, LEAF)
    nowhere, is_leaf = np.zeros(leaves), np.zeros(leaves, np.int64)
    return Tree(
        left=np.concatenate([left, below]),
        right=np.concatenate([right, below]),
        feature=np.concatenate([feature, is_leaf]),
        threshold=np.concatenate([_first_right(threshold), nowhere]),
        missing_left=np.concatenate([missing_left, is_leaf.astype(np.bool_)]),
        value=np.concatenate([np.zeros(splits), values]),
    )


def _first_right(threshold: Array) -> Array:
    """The smallest values that go right. LightGBM compares x <= threshold, and 0 for every x as good as zero."""
    found = just_above(np.clip(threshold, -_FURTHEST, _FURTHEST), in_float32=False)
    found = np.where((threshold >= -_ZERO_THRESHOLD) & (threshold < 0), -_ZERO_THRESHOLD, found)
    after_zero = np.nextafter(_ZERO_THRESHOLD, np.inf)
    return np.where((threshold >= 0) & (threshold <= _ZERO_THRESHOLD), after_zero, found)


def _missing_left(decisions: Indices, threshold: Array) -> Flags:
    """Where a missing value goes: where the split says, or with 0 where it was not made for missing values."""
    if (decisions < 0).any() or (decisions & _CATEGORICAL).any():
        raise BrokenText(SPLIT_ON_CATEGORIES)
    default_left, missing = (decisions & _DEFAULT_LEFT) > 0, decisions >> _MISSING_SHIFT
    zero_left = threshold >= 0
    if (missing > _NAN).any():
        raise BrokenText("it treats missing values in a way that is not known")
    is_plain = (default_left == (threshold >= _ZERO_THRESHOLD)) & (default_left == (threshold >= -_ZERO_THRESHOLD))
    if ((missing == _ZERO) & ~is_plain).any():
        raise BrokenText("it takes zeros for missing values (zero_as_missing), which is not read")
    return np.where(missing == _NONE, zero_left, default_left)


def _check_shape(index: int, children: Indices, leaves: int) -> None:
    """Every split but the first, and every leaf, below exactly one split that comes before it."""
    flat = np.sort(children.ravel())
    expected = np.concatenate([np.arange(-leaves, 0), np.arange(1, leaves - 1)])
    is_tree = len(flat) == len(expected) and np.array_equal(flat, expected)
    if not is_tree or not ((children < 0) | (children > np.arange(leaves - 1))).all():
        raise BrokenText(f"tree {index} is not a tree")


def _facts(block: str) -> dict[str, str]:
    """Lines of key=value; a key alone is there without a value. Raises BrokenText for a key that comes twice."""
    facts: dict[str, str] = {}
    for line in block.splitlines():
        key, _, value = line.partition("=")
        if key in facts and key:
            raise BrokenText(f"it says {key[:40]} twice in one place")
        facts[key] = value
    return facts


def _integers(facts: Mapping[str, str], key: str, count: int) -> Indices:
    return _parsed(facts, key, count, np.int64)


def _numbers(facts: Mapping[str, str], key: str, count: int) -> Array:
    found: Array = _parsed(facts, key, count, np.float64)
    if not np.isfinite(found).all():
        raise BrokenText(f"{key} holds a number that is not finite")
    return found


def _parsed(facts: Mapping[str, str], key: str, count: int, kind: type[np.generic]) -> NDArray[Any]:
    words = facts.get(key, "").split()
    if len(words) != count:
        raise BrokenText(f"{key} holds {len(words)} values; expected {count}")
    try:
        return np.array([int(word) if kind is np.int64 else float(word) for word in words], kind)
    except (ValueError, OverflowError) as error:
        raise BrokenText(f"{key} holds something else than numbers") from error


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return 0.0
