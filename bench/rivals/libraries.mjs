// What pages cannot import as it is, for one bundle.

export * as tfWasm from "@tensorflow/tfjs-backend-wasm";
export * as tf from "@tensorflow/tfjs-core";
export * as flatbuffers from "flatbuffers";
export * as onnxProto from "onnx-proto";
