import { render } from "preact";
import { App } from "./app.tsx";
import { call } from "./engine/client.ts";
import { startRouting } from "./route.ts";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/story.css";
import "./styles/workbench.css";
import "./styles/viewer.css";

startRouting();
render(<App />, document.getElementById("app")!);

/** Milliseconds after loading: downloads for later must not compete with the first pictures. */
const OFFLINE_DELAY = 1500;

/**
 * Makes the page work without a network. The worker started before the service worker did and is not served by it,
 * so it fetches what it may want later first.
 */
async function prepareOffline(): Promise<void> {
  await call("preload", null).catch(() => undefined);
  await navigator.serviceWorker.register("./service-worker.js");
}

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  addEventListener("load", () => setTimeout(() => void prepareOffline(), OFFLINE_DELAY));
}
