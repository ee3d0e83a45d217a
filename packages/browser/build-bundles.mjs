// Bundles what must run without a bundler: the worker script, since import maps do not reach workers, and the whole
// package as one module for pages without a build step. Both stand alone in one file.
import { rolldown } from "rolldown";
import { fromSource } from "../../scripts/from-source.mjs";

/** Source of each bundle, and the file it becomes. */
const bundles = { "halfband-worker": "src/halfband-worker.ts", standalone: "src/index.ts" };

for (const [name, input] of Object.entries(bundles)) {
  const bundle = await rolldown({ input, platform: "browser", plugins: [fromSource] });
  const { output } = await bundle.write({
    file: `dist/${name}.js`,
    format: "esm",
    sourcemap: true,
    minify: true,
    codeSplitting: false,
  });
  console.log(`${name}.js: ${output[0].code.length} bytes`);
}
