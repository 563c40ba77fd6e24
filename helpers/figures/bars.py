"""Pictures of how much: a bar a number, with the number beside it."""

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
