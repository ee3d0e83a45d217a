// What importing a `.wasm` file gives where the platform knows how.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
