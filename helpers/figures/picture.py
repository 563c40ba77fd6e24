"""A figure as an image in HTML: JupyterLab, the site and slides pass an `alt` there on to the reader's browser.

They ignore alt text in an output's metadata. The size is given in CSS pixels, 96 an inch, so that 12 points are 12
points on the page.
"""

import base64
import io
from html import escape

from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

COLOURS = 48  # a drawing has few; a palette makes the stored file a third as large
PIXELS_AN_INCH = 96  # of CSS


def picture(figure: Figure, alt: str) -> None:
    """Show a figure as a PNG whose alt text, and text form, is `alt`."""
    wide = round(figure.get_figwidth() * PIXELS_AN_INCH)
    drawn = base64.b64encode(png(figure)).decode("ascii")
    # The quotes of an alt text are escaped, so that nothing in it can pass for the source.
    image = f'<img alt="{escape(alt)}" width="{wide}" src="data:image/png;base64,{drawn}">'
    display({"text/html": image, "text/plain": alt}, raw=True)


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG with a palette; the same drawing is the same bytes."""
    figure.canvas.draw()
    pixels = Image.frombuffer("RGBA", figure.canvas.get_width_height(), figure.canvas.buffer_rgba())
    file = io.BytesIO()
    few = pixels.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(file, format="PNG", optimize=True)
    return file.getvalue()
