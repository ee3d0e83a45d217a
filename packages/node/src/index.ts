export * from "@halfband/compare/library";
export { type BackendOptions, createBackend } from "./backend.ts";
export { readNifti, writeNiftiFile } from "./files.ts";
