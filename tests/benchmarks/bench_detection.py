"""100,000 detections against 40,000 truths in 5,000 images."""

from __future__ import annotations

import time

import numpy as np
import record

from pixplot_widget.detection import match, summary

IMAGES, TRUTHS, DETECTIONS, CLASSES = 5_000, 40_000, 100_000, 80


def random_boxes(rng, n):
    return np.column_stack([rng.uniform(0, 480, (n, 2)), rng.uniform(10, 150, (n, 2))])


def task():
    rng = np.random.default_rng(0)
    image, category = rng.integers(0, IMAGES, TRUTHS), rng.integers(0, CLASSES, TRUTHS)
    boxes = random_boxes(rng, TRUTHS)
    truth = {
        "images": [{"id": i, "file_name": f"{i}.jpg", "width": 640, "height": 640} for i in range(IMAGES)],
        "categories": [{"id": c, "name": f"class {c}"} for c in range(CLASSES)],
        "annotations": [
            {"id": k + 1, "image_id": i, "category_id": c, "bbox": box}
            for k, (i, c, box) in enumerate(zip(image.tolist(), category.tolist(), boxes.tolist(), strict=True))
        ],
    }
    # Most detections are near a truth, some are anywhere.
    seen = rng.integers(0, TRUTHS, DETECTIONS)
    found = boxes[seen] + rng.normal(0, 6, (DETECTIONS, 4))
    astray = rng.random(DETECTIONS) < 0.4
    found[astray] = random_boxes(rng, astray.sum())
    labels = np.where(rng.random(DETECTIONS) < 0.9, category[seen], rng.integers(0, CLASSES, DETECTIONS))
    columns = (image[seen].tolist(), labels.tolist(), found.tolist(), rng.random(DETECTIONS).tolist())
    results = [
        {"image_id": i, "category_id": c, "bbox": box, "score": score}
        for i, c, box, score in zip(*columns, strict=True)
    ]
    return truth, results


def main() -> None:
    """Print how long `match` and `summary` take."""
    truth, results = task()
    start = time.perf_counter()
    boxes = match(truth, results)
    matched = time.perf_counter()
    table = summary(boxes)
    done = time.perf_counter()
    found = {"detections": int(table.loc["all classes", "detections"]), "match, s": matched - start}
    print(f"{found['detections']:,} detections: match {matched - start:.2f} s of 10, summary {done - matched:.2f} s")
    record.add("detection", "100,000 boxes", {**found, "summary, s": done - matched}, {"match, s": ("<=", 10)})


if __name__ == "__main__":
    main()
