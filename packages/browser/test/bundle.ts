// The code of a test page as one module, built from the packages as they are published.
import { rolldown } from "rolldown";

export async function bundlePage(entry: URL): Promise<string> {
  const bundle = await rolldown({ input: entry.pathname, platform: "browser" });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false, sourcemap: "inline" });
  await bundle.close();
  return output[0].code;
}
