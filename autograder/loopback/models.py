"""Answers that GitHub's own description of its interface accepts: what it requires is filled in by type."""

from __future__ import annotations

import datetime as dt
import types
import typing
from typing import Any, Literal

from pydantic import BaseModel

URL = "https://example.invalid/"


def filled(model: type[BaseModel], **given: Any) -> dict[str, Any]:
    """Return what `model` requires, with some of it given, in JSON's types."""
    fields = {
        field.alias or name: given[name] if name in given else blank(field.annotation)
        for name, field in model.model_fields.items()
        if name in given or field.is_required()
    }
    model.model_validate(fields)
    return fields


def blank(kind: Any) -> Any:
    """Return the plainest value of a type."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return blank(parts[0])
    if origin is Literal:
        return parts[0]
    if origin in (typing.Union, types.UnionType):
        return None if type(None) in parts else blank(parts[0])
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return filled(kind)
    plain = {str: URL, int: 1, bool: False, float: 0.0, dt.datetime: "2026-09-01T00:00:00Z", Any: None}
    if kind in plain:
        return plain[kind]
    return [] if origin is list else {}
