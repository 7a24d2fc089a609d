"""What tests of pictures look at: the figure itself, what is written in it, and the file."""

from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image


def written(monkeypatch):
    """A list that grows by every figure that is written."""
    figures, savefig = [], Figure.savefig

    def write(fig, *args, **options):
        figures.append(fig)
        savefig(fig, *args, **options)

    monkeypatch.setattr(Figure, "savefig", write)
    return figures


def words(fig):
    """All that is written in a figure."""
    return [text.get_text() for text in fig.findobj(Text)]


def check(picture, most=1700):
    """It was written as a picture of a sensible size with something in it."""
    with Image.open(picture.path) as image:
        assert max(image.size) <= most
        assert min(image.size) > 30
        assert len(set(image.convert("L").getextrema())) == 2
