"""Which image and which category of the truth a detection means: by id, by file name, by the name of its class."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .reading import Places, Unknown, entries, plain_id, shown

__all__ = ["Translator"]


class Translator:
    """Gives detections the ids of the truth, for what has the same names there.

    Parameters
    ----------
    image_ids, files : list
        Of the truth's images.
    category_ids, names : iterable
        Of its categories.
    """

    def __init__(self, image_ids: list[Any], files: list[str], category_ids: Any, names: list[str]) -> None:
        self._ids = image_ids
        self._places = Places(image_ids)
        self._by_file = _by_name(files)
        self._by_base = _by_name(map(_base, files))
        self._categories = dict(zip(names, category_ids, strict=True))

    def of_results(self, results: Sequence[Any]) -> Sequence[Any]:
        """Return a list of results in which those that name a file of the truth have its id.

        The file name decides where an id says something else: there are tools that number images by their names.
        Where none of the names is known, they are not of these images and the ids decide.
        """
        named = [isinstance(result, Mapping) and isinstance(result.get("file_name"), str) for result in results]
        if not any(self._by_file_name(result["file_name"]) for result, has in zip(results, named, strict=True) if has):
            return results
        return [
            {**result, "image_id": self._image(result["file_name"], result.get("image_id"))} if has else result
            for result, has in zip(results, named, strict=True)
        ]

    def of_coco(self, data: Mapping[str, Any]) -> Sequence[Any]:
        """Return a COCO dict's annotations with the ids of the truth.

        Raises
        ------
        ValueError
            Its lists are none.
        """
        annotations = entries(data["annotations"], "detections' 'annotations'")
        tables: dict[str, Callable[[Any], Any]] = {}
        if "images" in data:
            tables["image_id"] = _translation(data, "images", lambda image: self._image(image.get("file_name"), None))
        else:
            annotations = self.of_results(annotations)
        if "categories" in data:
            tables["category_id"] = _translation(data, "categories", self._category)
        return [
            {**each, **{key: meant(each.get(key)) for key, meant in tables.items()}}
            if isinstance(each, Mapping)
            else each
            for each in annotations
        ]

    def _by_file_name(self, file: str) -> list[int]:
        return self._by_file.get(file) or self._by_base.get(_base(file)) or []

    def _image(self, file: Any, key: Any) -> Any:
        """Return the id of the image of a file; of one that is there several times, the one that has the id `key`."""
        file = str(file)
        places = self._by_file_name(file)
        place = self._places.find(key)
        if len(places) == 1 or place in places:
            return self._ids[place if place in places else places[0]]
        unknown = Unknown(file)
        if places:
            unknown.reason = (
                f"the ground truth has {len(places)} images of the name {shown(file)}, so it does not say which; "
                "give the ids of the truth"
            )
        return unknown

    def _category(self, category: Mapping[str, Any]) -> Any:
        name = str(category.get("name"))
        return self._categories.get(name, Unknown(name))


def _translation(
    data: Mapping[str, Any], part: str, meaning: Callable[[Mapping[str, Any]], Any]
) -> Callable[[Any], Any]:
    """Return a function from the ids of a list of `data` to what they mean."""
    items = [item for item in entries(data[part], f"detections' {part!r}") if isinstance(item, Mapping)]
    places, meant = Places(plain_id(item.get("id")) for item in items), [meaning(item) for item in items]

    def translate(key: Any) -> Any:
        place = places.find(key)
        return meant[place] if place >= 0 else Unknown(key if isinstance(key, str) else shown(key))

    return translate


def _base(file: str) -> str:
    return os.path.basename(file.replace("\\", "/"))


def _by_name(names: Any) -> dict[str, list[int]]:
    """Return names to the places where they are."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    return places
