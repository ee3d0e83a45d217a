// What importing a `.wasm` file gives where the platform knows how (workerd, Node with modules of Wasm).
declare const module: WebAssembly.Module;
export default module;
