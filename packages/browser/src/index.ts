export * from "@halfband/compare/library";
export { type BackendOptions, createBackend } from "./backend.ts";
export { readNifti, type ScanFile, type ScanSource, writeNiftiFile } from "./files.ts";
