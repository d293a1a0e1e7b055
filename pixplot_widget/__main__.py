"""`python -m pixplot_widget embed FOLDER`: from a folder as PixPlotML lays it out to its image_vectors.npy."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from .datasets import pixplotml_table
from .files import written_aside

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    given = _parser().parse_args(arguments)
    try:
        path = _embed(given)
    except (ImportError, OSError, ValueError, KeyError, TypeError) as error:
        # for users of a command line the sentence is the message, not the traceback
        print(f"error: {error.args[0] if isinstance(error, KeyError) else error}", file=sys.stderr)
        return 1
    print(f"wrote {path}; datasets.from_pixplotml({given.folder!r}) opens it")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pixplot_widget", description="pixplot_widget on the command line")
    commands = parser.add_subparsers(dest="command", required=True)
    embed = commands.add_parser(
        "embed",
        help="write image_vectors.npy beside metadata.csv",
        description="Fine-tune a network on the categories of metadata.csv and write a vector for each image to "
        "image_vectors.npy beside it; the network goes to best_model.pt (FineTuner.load opens it).",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    embed.add_argument("folder", help="with metadata.csv and images/")
    option = embed.add_argument
    option(
        "--use-imagenet", "--use_imagenet", nargs="?", const=True, default=False, type=_boolean,
        help="do not train, take the network as it is: quicker, and usually worse",
    )  # fmt: skip
    option("--num-epochs", "--num_epochs", type=int, default=20, help="at most; the best one is used")
    option("--min-size", "--min_size", type=int, default=60, help="px of an image's longest side, before enlarging")
    option("--device", default=None, help="cuda, mps or cpu; the first there is")
    option("--backbone", default="resnet50", help="a classification network of torchvision's")
    option("--weights", default="DEFAULT", help="torchvision's name of weights, a file, or none")
    option("--image-size", "--image_size", type=int, default=224, help="px of what the network is given")
    option("--batch-size", "--batch_size", type=int, default=64)
    option("--label", default=None, help="column of categories; category or class_id")
    option("--seed", type=int, default=0)
    option("--outside", action="store_true", help="also read images that metadata.csv names out of images/")
    return parser


def _boolean(text: str) -> bool:
    """Read True and False, which PixPlotML's option takes."""
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in known:
        raise argparse.ArgumentTypeError(f"True or False, not {text!r}")
    return known[text.lower()]


def _embed(given: argparse.Namespace) -> Path:
    from . import training

    training.require("torch", "torchvision", "pytorch_accelerated")
    df = pixplotml_table(given.folder, outside=given.outside)
    folder = Path(given.folder).expanduser()
    weights = None if given.weights.lower() == "none" else given.weights
    from .training.finetune import FineTuner

    tuner = FineTuner(
        given.backbone, weights, epochs=given.num_epochs, image_size=given.image_size,
        min_size=min(given.min_size, given.image_size), batch_size=given.batch_size, seed=given.seed,
        device=given.device,
    )  # fmt: skip
    if given.use_imagenet:
        vectors = tuner.embed_untrained(df)
    else:
        label = _label(df, given.label)
        vectors = tuner.fit(df, label).embed(df)
        tuner.save(folder / "best_model.pt")
        print(tuner.history_.to_string(index=False))
    path = folder / "image_vectors.npy"
    with written_aside(path) as file:
        np.save(file, vectors)
    return path


def _label(df: pd.DataFrame, wanted: str | None) -> str:
    found = [name for name in ([wanted] if wanted else ["category", "class_id"]) if name in df.columns]
    if not found:
        asked = f"no column {wanted!r}" if wanted else "no column 'category' or 'class_id'"
        raise KeyError(
            f"metadata.csv has {asked}; it has {', '.join(df.columns)}. "
            "--label names another, --use-imagenet needs none"
        )
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
