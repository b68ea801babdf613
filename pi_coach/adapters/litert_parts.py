"""The landmark network taken apart: what tells where the landmarks are, and what paints the person from its features.

Painting takes two fifths of the lite model's time and a quarter of the full one's, nearly all of it in the last step,
from features of half the crop's resolution to a mask of all of it.  As a network of its own that step paints only where
the outline is measured, or not at all.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pi_coach.adapters.litert_library import file_format

if TYPE_CHECKING:
    from collections.abc import Sequence

IDENTIFIER = b"TFL3"
RESIZE_BILINEAR = 23
"""The number of the operator that painting's last step begins with, in the file format."""
MARKS, PRESENCE, MASK, HEAT = range(4)
"""The network's outputs; the fifth, places in metres, is not used here."""


class Parts(NamedTuple):
    """Two networks in the file format of the one they come from."""

    look: bytes
    """From the crop to landmarks, presence and heat, and with `paint` to the features, shape (128, 128, 8)."""
    paint: bytes | None
    """From a tile of the features to its mask of twice the size; None where no mask is asked for."""


def taken_apart(network: bytes, tile: tuple[int, int] | None) -> Parts:
    """Return what looks, and what paints a tile of so many rows and columns of the features, or None.

    The arithmetic and the weights are the network's own.  Raises ValueError where it is not built as expected, and
    ModelError where the library is not there.
    """
    model = file_format().ModelT.InitFromPackedBuf(network, 0)
    graph = model.subgraphs[0]
    resizing = [number for number, operator in enumerate(graph.operators) if _code(model, operator) == RESIZE_BILINEAR]
    if len(graph.outputs) <= HEAT or not resizing:
        raise ValueError("The network is none that finds landmarks and paints a mask.")
    wanted = [graph.outputs[number] for number in (MARKS, PRESENCE, HEAT)]
    if tile is None:
        return Parts(_part(model, list(graph.inputs), wanted), None)
    features = int(graph.operators[resizing[-1]].inputs[0])
    look = _part(model, list(graph.inputs), [*wanted, features])
    _shrink(model, resizing[-1], tile)
    return Parts(look, _part(model, [features], [graph.outputs[MASK]]))


def _part(model: Any, inputs: list[int], outputs: list[int]) -> bytes:  # noqa: ANN401 (the library has no types)
    """Return the part of the network that leads from some of its tensors to others."""
    import flatbuffers  # noqa: PLC0415 (comes with LiteRT)

    graph = copy(model.subgraphs[0])
    needed, kept = set(outputs) - set(inputs), []
    for operator in reversed(graph.operators):
        if needed.intersection(operator.outputs):
            kept.append(operator)
            needed.update(set(operator.inputs) - set(inputs))
    graph.inputs, graph.outputs, graph.operators = inputs, outputs, kept[::-1]
    used = {graph.tensors[number].buffer for number in needed if number >= 0}
    empty = file_format().BufferT()
    part = copy(model)
    part.subgraphs = [graph]
    part.buffers = [buffer if number in used else empty for number, buffer in enumerate(model.buffers)]
    part.signatureDefs, part.metadata, part.metadataBuffer = [], [], []
    builder = flatbuffers.Builder()
    builder.Finish(part.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


def _shrink(model: Any, resizing: int, tile: tuple[int, int]) -> None:  # noqa: ANN401 (as above)
    """Let everything from the last resizing on be of a tile's size instead of the whole crop's."""
    graph = model.subgraphs[0]
    features, size = graph.operators[resizing].inputs
    _reshape(graph.tensors[features], tile)
    painted = [2 * side for side in tile]
    buffer = model.buffers[graph.tensors[size].buffer]
    buffer.data = np.frombuffer(np.array(painted, "<i4").tobytes(), np.uint8)
    reached = {int(features)}
    for operator in graph.operators[resizing:]:
        if reached.intersection(operator.inputs):
            reached.update(map(int, operator.outputs))
            for number in operator.outputs:
                _reshape(graph.tensors[number], painted)


def _reshape(tensor: Any, sides: Sequence[int]) -> None:  # noqa: ANN401 (as above)
    one, _, _, channels = tensor.shape
    tensor.shape = [one, *sides, channels]


def _code(model: Any, operator: Any) -> int:  # noqa: ANN401 (as above)
    return int(model.operatorCodes[operator.opcodeIndex].builtinCode)
