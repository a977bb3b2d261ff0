"""Pictures of one applicant's explanation: waterfall, LIME's weights, the interactions of features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explanation.lab.arrays import Floats
from explanation.lab.drawing import DIVERGING, MOST_BARS, NEUTRAL, UNIT, colours, figure, png, short, shown, style
from scoring.features import Said

MOST_IN_HEAT_MAP = 14


def waterfall(base: float, output: float, parts: Sequence[tuple[str, Said, float]]) -> bytes:
    """From the base to the output, step by step. `parts`: (feature, value, contribution), the largest first; PNG."""
    shown_parts = [(f"{name} = {shown(value)}", amount) for name, value, amount in parts[:MOST_BARS]]
    if rest := parts[MOST_BARS:]:
        shown_parts.append((f"{len(rest)} other features", float(sum(amount for _, _, amount in rest))))
    labels, amounts = [short(label, 40) for label, _ in shown_parts], np.array([amount for _, amount in shown_parts])
    starts = base + np.concatenate([[0.0], np.cumsum(amounts)[:-1]])
    with style():
        drawn = figure(8, 1.3 + 0.3 * len(labels))
        axes = drawn.subplots()
        places = np.arange(len(labels))
        axes.barh(places, amounts, left=starts, color=colours(amounts.tolist()), height=0.62)
        for place, start, amount in zip(places, starts, amounts, strict=True):
            axes.plot([start + amount] * 2, [place, min(place + 1, len(labels) - 1)], color=NEUTRAL, lw=0.6, ls=":")
        reach = np.concatenate([starts, starts + amounts])
        room = 0.14 * max(float(np.ptp(reach)), 1e-9)
        for place, start, amount in zip(places, starts, amounts, strict=True):
            end = max(start, start + amount)
            behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
            axes.text(end + room / 12, place, f"{amount:+.3f}", va="center", fontsize=8, color="#374151", bbox=behind)
        axes.set_xlim(float(reach.min()) - room / 3, float(reach.max()) + room)
        axes.axvline(base, color=NEUTRAL, lw=0.8)
        axes.axvline(output, color="black", lw=0.8)
        axes.set_yticks(places, labels)
        axes.invert_yaxis()
        axes.set_xlabel(f"{UNIT} (more is worse)")
        axes.set_title(f"From the base {base:.3f} (grey line) to this applicant's {output:.3f} (black line)")
        return png(drawn)


def lime_weights(rules: Sequence[str], weights: Sequence[float], fit: float, overlap: float) -> bytes:
    """LIME's weights, the largest first; PNG."""
    labels = [short(rule, 44) for rule in rules[:MOST_BARS]]
    with style():
        drawn = figure(8, 1.3 + 0.3 * len(labels))
        axes = drawn.subplots()
        axes.barh(np.arange(len(labels)), weights[:MOST_BARS], color=colours(weights), height=0.62)
        axes.axvline(0, color=NEUTRAL, lw=0.8)
        axes.set_yticks(np.arange(len(labels)), labels)
        axes.invert_yaxis()
        axes.set_xlabel(f"weight in the local model, {UNIT}")
        axes.set_title(f"LIME: local fit R² {fit:.2f}, overlap between runs {overlap:.2f}")
        return png(drawn)


def heat_map(names: Sequence[str], matrix: Floats) -> bytes:
    """Interactions: off the diagonal both halves of each pair together, on it what a feature does alone; PNG."""
    order = np.argsort(-np.abs(matrix).sum(axis=1), kind="stable")[:MOST_IN_HEAT_MAP]
    values = matrix[np.ix_(order, order)]
    whole = values + values.T - np.diag(np.diag(values))
    whole[np.triu_indices(len(order), 1)] = np.nan
    labels = [short(names[i], 22) for i in order]
    size = len(labels)
    with style():
        drawn = figure(3.2 + 0.5 * size, 2.2 + 0.42 * size)
        axes = drawn.subplots()
        pairs = np.abs(whole[np.tril_indices(size, -1)])
        most = float(pairs.max(initial=0.0)) or float(np.nanmax(np.abs(whole), initial=0.0)) or 1.0
        is_signed = bool(np.nanmin(whole, initial=0.0) < 0)
        colours_of = {"cmap": DIVERGING, "vmin": -most} if is_signed else {"cmap": "Reds", "vmin": 0.0}
        image = axes.imshow(whole, vmax=most, aspect="auto", **colours_of)
        for i, j in zip(*np.tril_indices(size), strict=True):
            colour, sign = "white" if abs(whole[i, j]) > 0.6 * most else "#374151", "+" if is_signed else ""
            axes.text(j, i, f"{whole[i, j]:{sign}.2f}", ha="center", va="center", fontsize=7, color=colour)
        axes.set_xticks(np.arange(size), labels, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(np.arange(size), labels)
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0)
        axes.set_title("What features do alone (diagonal) and in pairs (the colours are theirs)")
        drawn.colorbar(image, ax=axes, shrink=0.8, label=UNIT, extend="both" if is_signed else "max")
        return png(drawn)
