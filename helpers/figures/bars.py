"""Pictures of how much: a bar a number, with the number beside it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from helpers.capacity import write_units
from helpers.figures.canvas import LINE, WIDTH, canvas, cell, label, legend
from helpers.figures.picture import picture

if TYPE_CHECKING:
    import pandas

KB = 1_024


def draw_item_size(sizes: "pandas.DataFrame") -> None:
    """An item's bytes by attribute, what its name takes and what its value takes, and below them what a write bills.

    Args:
        sizes: a row an attribute, its name in the index; the columns `name` and `value` hold bytes.
    """
    names, room = 1.45, 0.95
    figure, axes = canvas(len(sizes) * LINE + 1.1)
    scale = (WIDTH - names - room) / max(int(sizes[["name", "value"]].sum(axis=1).max()), 1)
    y = len(sizes) * LINE + 1.1
    for attribute, name, value in sizes[["name", "value"]].itertuples():
        y -= LINE
        label(axes, 0, y + 0.1, attribute, width=names - 0.1)
        cell(axes, names, y, name * scale, 0.21)
        cell(axes, names + name * scale, y, value * scale, 0.21, "item")
        label(axes, names + (name + value) * scale + 0.08, y + 0.1, f"{name} + {value}")
    total = int(sizes[["name", "value"]].to_numpy().sum())
    units = int(write_units(total))
    label(axes, 0, y - 0.22, f"Together {total:,} bytes. A write bills each KB begun: {units} WCU.")
    cell(axes, 0, y - 0.72, WIDTH, 0.34, "billed")
    cell(axes, 0, y - 0.64, WIDTH * total / (units * KB), 0.18, "item")
    legend(axes, {"": "bytes of the name", "item": "bytes of the value", "billed": "bytes billed"})
    bars = ", ".join(f"{attribute} {row['name']} + {row['value']}" for attribute, row in sizes.iterrows())
    picture(
        figure,
        f"Bars of bytes by attribute, name + value: {bars}. Together {total} bytes; a write bills {units} WCU.",
    )


def draw_reads(reads: "pandas.DataFrame") -> None:
    """For each question, how many items a query read, a scan read, and how many of them came back.

    Args:
        reads: a row a question; the columns `returned`, `query reads` and `scan reads` hold numbers of items.
    """
    names, ways, room, bar = 2.2, 0.62, 0.8, 0.2
    figure, axes = canvas(len(reads) * 0.5 + LINE + 0.3)
    scale = (WIDTH - names - ways - room) / max(int(reads[["query reads", "scan reads"]].to_numpy().max()), 1)
    y = len(reads) * 0.5 + 0.3
    label(axes, WIDTH, y + LINE / 2, "returned of read", side="right")
    for question, row in reads.iterrows():
        label(axes, 0, y - 0.2, question, width=names - 0.1)
        for way, bottom in (("query", y - bar), ("scan", y - 2 * bar - 0.02)):
            read = row[f"{way} reads"]
            label(axes, names, bottom + bar / 2, way)
            cell(axes, names + ways, bottom + 0.01, read * scale, bar - 0.02, "read")
            cell(axes, names + ways, bottom + 0.01, row["returned"] * scale, bar - 0.02, "returned")
            label(axes, names + ways + read * scale + 0.08, bottom + bar / 2, f"{row['returned']} of {read}")
        y -= 0.5
    legend(axes, {"read": "items read", "returned": "of these returned"})
    columns = ("returned", "query reads", "scan reads")
    told = "; ".join("/".join(str(row[column]) for column in columns) for _, row in reads.iterrows())
    picture(
        figure,
        f"Bars for {len(reads)} questions: items returned / read by query / read by scan. In order: {told}.",
    )


def draw_hot_key(panels: "Mapping[str, pandas.DataFrame]", most: int = 5) -> None:
    """For each table, how much of what its busiest keys asked for was served and how much was refused.

    Args:
        panels: title -> a frame with a row a key; the columns `asked` and `served` hold units a second, as
            `helpers.throughput.ServedKeys.keys` has them.
        most: how many keys a panel shows; beyond that it sums up the rest in words.
    """
    names, room, told = 1.3, 1.75, []
    rows = {
        title: frame.sort_values("asked", ascending=False, kind="stable") for title, frame in panels.items()
    }
    lines = sum(min(len(frame), most) + 1.3 + (len(frame) > most) for frame in rows.values())
    y = lines * LINE + 0.3
    figure, axes = canvas(y)
    scale = (WIDTH - names - room) / max(max(frame["asked"].max() for frame in rows.values()), 1)
    for title, frame in rows.items():
        y -= LINE
        label(axes, 0, y + LINE / 2, title, bold=True)
        for key, row in frame.head(most).iterrows():
            y -= LINE
            served, refused = row["served"] * scale, (row["asked"] - row["served"]) * scale
            label(axes, 0, y + LINE / 2, str(key), width=names - 0.1)
            cell(axes, names, y + 0.03, served, LINE - 0.06, "item")
            if refused:
                cell(axes, names + served, y + 0.03, refused, LINE - 0.06, "refused")
            label(axes, names + served + refused + 0.08, y + LINE / 2, _of(row))
        rest = frame.iloc[most:][["asked", "served"]].sum()
        if len(frame) > most:
            y -= LINE
            label(axes, 0, y + LINE / 2, f"{len(frame) - most:,} more keys, together {_of(rest)}")
        y -= 0.3 * LINE
        first = frame.iloc[0]
        told.append(
            f"{title}: {len(frame)} keys, together {_of(frame[['asked', 'served']].sum())}, "
            f"the busiest {frame.index[0]} {_of(first)}"
        )
    refused = any((frame["asked"] > frame["served"]).head(most).any() for frame in rows.values())
    legend(axes, {"item": "units served"} | ({"refused": "units refused"} if refused else {}))
    picture(figure, f"Bars of units a second by key, served of asked. {'; '.join(told)}.")


def _of(row: "pandas.Series") -> str:
    return f"{row['served']:,.0f} of {row['asked']:,.0f}"
