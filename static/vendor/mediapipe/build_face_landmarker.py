"""Build face_landmarker.task from published, Apache-2.0 parts of MediaPipe; the same parts give the same bytes.

No package ships this bundle. The models are in the Python wheel 0.10.21: BlazeFace (short range), and the face
landmark model 'with attention', which gives 468 points of the mesh and, apart, finer ones for lips, eyes and irises.
MediaPipe Tasks wants one tensor of 478 points. So the finer ones are folded in inside the model, by the index maps that
stand in the wheel's own graph. Two simpler bundles load without an error and are wrong: tests hold landmarks and eyes.

    uv venv -p 3.11 made && uv pip install -p made --no-deps mediapipe==0.10.21
    uv pip install -p made numpy==1.26.4 protobuf==4.25.9 absl-py attrs flatbuffers matplotlib \\
        opencv-python-headless==4.11.0.86
    npm pack @mediapipe/face_mesh@0.4.1633559619
    made/bin/python build_face_landmarker.py mediapipe-face_mesh-0.4.1633559619.tgz face_landmarker.task
"""

import hashlib
import re
import sys
import tarfile
import types
import zipfile
from pathlib import Path

import flatbuffers
import numpy as np

for absent in ("sounddevice", "jax", "sentencepiece"):
    sys.modules.setdefault(absent, types.ModuleType(absent))  # the wheel imports them, nothing here uses them

import mediapipe  # noqa: E402
from mediapipe.python import ValidatedGraphConfig  # noqa: E402
from mediapipe.tasks.metadata import schema_py_generated as tflite  # noqa: E402
from mediapipe.tasks.python.metadata.metadata_writers import metadata_writer  # noqa: E402

MODULES = Path(mediapipe.__file__).parent / "modules"
GEOMETRY = "face_geometry/data/geometry_pipeline_metadata_landmarks.binarypb"
MESH, POINTS = 468, 478
REFINED = ("output_lips", "output_left_eye", "output_right_eye", "output_left_iris", "output_right_iris")
LEFT_EYE, RIGHT_EYE = 159, 386
"""Points of the mesh that lend the irises their depth, which the model doesn't give."""
Op, Options, Kind = tflite.BuiltinOperator, tflite.BuiltinOptions, tflite.TensorType


def refinement_maps() -> list[list[int]]:
    """Which points of the 478 each finer output gives, from the wheel's face landmark graph."""
    graph = ValidatedGraphConfig()
    graph.initialize(binary_graph_path=str(MODULES / "face_landmark/face_landmark_front_cpu.binarypb"))
    blocks = re.split(r"\brefinement \{", graph.text_config)[1:]
    return [[int(number) for number in re.findall(r"indexes_mapping: (\d+)", block)] for block in blocks][1:6]


class Model:
    """A TensorFlow Lite model to which operators are added at the end."""

    def __init__(self, path: Path) -> None:
        self.model = tflite.ModelT.InitFromObj(tflite.Model.GetRootAsModel(path.read_bytes(), 0))
        self.graph = self.model.subgraphs[0]
        self.outputs = {self.graph.tensors[at].name.decode(): at for at in self.graph.outputs}

    def tensor(self, name: str, shape: list[int], kind: int = Kind.FLOAT32, data: list[int] | None = None) -> int:
        made, buffer = tflite.TensorT(), tflite.BufferT()
        made.name, made.shape, made.type = name.encode(), np.array(shape, np.int32), kind
        if data is not None:
            buffer.data = np.frombuffer(np.asarray(data, np.int32).tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        made.buffer = len(self.model.buffers) - 1
        self.graph.tensors.append(made)
        return len(self.graph.tensors) - 1

    def reshape(self, tensor: int, shape: list[int], name: str) -> int:
        options = tflite.ReshapeOptionsT()
        options.newShape = np.array(shape, np.int32)
        wanted = self.tensor(f"{name}_s", [len(shape)], Kind.INT32, shape)
        return self._apply(Op.RESHAPE, [tensor, wanted], self.tensor(name, shape), Options.ReshapeOptions, options)

    def gather(self, tensor: int, places: list[int], axis: int, shape: list[int], name: str) -> int:
        options = tflite.GatherOptionsT()
        options.axis = axis
        wanted = self.tensor(f"{name}_i", [len(places)], Kind.INT32, places)
        return self._apply(Op.GATHER, [tensor, wanted], self.tensor(name, shape), Options.GatherOptions, options)

    def concatenate(self, tensors: list[int], axis: int, shape: list[int], name: str) -> int:
        options = tflite.ConcatenationOptionsT()
        options.axis = axis
        return self._apply(Op.CONCATENATION, tensors, self.tensor(name, shape), Options.ConcatenationOptions, options)

    def finish(self, outputs: list[int]) -> bytes:
        self.graph.outputs = np.array(outputs, np.int32)
        self.model.signatureDefs = self.model.metadata = None
        builder = flatbuffers.Builder(3 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _apply(self, code: int, inputs: list[int], output: int, kind: int, options: object) -> int:
        made = tflite.OperatorT()
        made.opcodeIndex = self._code(code)
        made.inputs, made.outputs = np.array(inputs, np.int32), np.array([output], np.int32)
        made.builtinOptionsType, made.builtinOptions = kind, options
        self.graph.operators.append(made)
        return output

    def _code(self, code: int) -> int:
        for at, known in enumerate(self.model.operatorCodes):
            if max(known.builtinCode, known.deprecatedBuiltinCode) == code and not known.customCode:
                return at
        made = tflite.OperatorCodeT()
        made.builtinCode = made.deprecatedBuiltinCode = code
        made.version = 1
        self.model.operatorCodes.append(made)
        return len(self.model.operatorCodes) - 1


def landmark_model() -> bytes:
    """The model with attention, its outputs folded into one of 478 × (x, y, z)."""
    model = Model(MODULES / "face_landmark/face_landmark_with_attention.tflite")
    mesh = model.reshape(model.outputs["output_mesh_identity"], [MESH, 3], "m3")
    flat = model.gather(mesh, [0, 1], 1, [MESH, 2], "mxy")
    depth = model.gather(mesh, [2], 1, [MESH, 1], "mz")
    parts, total = [flat], MESH
    taken = list(range(MESH)) + [0] * (POINTS - MESH)
    for name, places in zip(REFINED, refinement_maps(), strict=True):
        parts.append(model.reshape(model.outputs[name], [len(places), 2], f"{name}_2"))
        for number, place in enumerate(places):
            taken[place] = total + number
        total += len(places)
    table = model.concatenate(parts, 0, [total, 2], "table")
    flat = model.gather(table, taken, 0, [POINTS, 2], "oxy")
    depth = model.gather(depth, [*range(MESH), *[LEFT_EYE] * 5, *[RIGHT_EYE] * 5], 0, [POINTS, 1], "oz")
    points = model.concatenate([flat, depth], 1, [POINTS, 3], "o3")
    return model.finish([model.reshape(points, [1, 1, 1, 3 * POINTS], "landmarks_478"), model.outputs["conv_faceflag"]])


def described(model: bytes, mean: float, deviation: float, name: str) -> bytes:
    """The model with the metadata MediaPipe Tasks reads: how pixels become its input."""
    writer = metadata_writer.MetadataWriter.create(bytearray(model))
    writer.add_general_info(name)
    writer.add_image_input([mean], [deviation])
    return bytes(writer.populate()[0])


def geometry(package: Path) -> bytes:
    """The canonical face and its camera, from the assets of the npm package; their places stand in its loader."""
    with tarfile.open(package) as archive:
        loader = archive.extractfile("package/face_mesh_solution_packed_assets_loader.js").read().decode()
        assets = archive.extractfile("package/face_mesh_solution_packed_assets.data").read()
    start, end = re.search(re.escape(GEOMETRY) + r'", "start": (\d+), "end": (\d+)', loader).groups()
    return assets[int(start) : int(end)]


def main(package: Path, out: Path) -> None:
    detector = (MODULES / "face_detection/face_detection_short_range.tflite").read_bytes()
    parts = {
        "face_detector.tflite": described(detector, 127.5, 127.5, "det"),
        "face_landmarks_detector.tflite": described(landmark_model(), 0.0, 255.0, "lm"),
        "geometry_pipeline_metadata_landmarks.binarypb": geometry(package),
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for name, data in parts.items():
            bundle.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    print(out, out.stat().st_size, hashlib.sha256(out.read_bytes()).hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
