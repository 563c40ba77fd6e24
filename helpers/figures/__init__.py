"""The pictures. Each draws a small table that stands beside it, in the one grammar that lesson 00 tells.

grammar   what a colour and a pattern mean, in every picture
canvas    boxes, arrows, lettering and a legend, in inches
fonts     a font for every letter of a student's own data
picture   a figure as an image with alt text
diagrams, matrices, bars, curves, timelines, indexes   the pictures themselves
"""

from helpers.figures.bars import draw_hot_key, draw_item_size, draw_reads
from helpers.figures.curves import draw_crossing, draw_day, draw_minutes
from helpers.figures.diagrams import draw_backends, draw_grammar, draw_partitions, draw_route, draw_schema
from helpers.figures.grammar import grammar
from helpers.figures.indexes import draw_indexes, draw_ladder
from helpers.figures.matrices import draw_presence
from helpers.figures.timelines import draw_lost_answer, draw_retries

__all__ = [
    "draw_backends",
    "draw_crossing",
    "draw_day",
    "draw_grammar",
    "draw_hot_key",
    "draw_indexes",
    "draw_item_size",
    "draw_ladder",
    "draw_lost_answer",
    "draw_minutes",
    "draw_partitions",
    "draw_presence",
    "draw_reads",
    "draw_retries",
    "draw_route",
    "draw_schema",
    "grammar",
]
