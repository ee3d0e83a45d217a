import { effect, signal } from "@preact/signals";
import { DEFAULTS, fromQuery, settings, toQuery } from "./workbench/settings.ts";

export type Screen = "story" | "workbench";

export const screen = signal<Screen>("story");

/** Address of the workbench with a scan chosen. */
export function workbenchAddress(scan: string): string {
  const query = scan.startsWith("file:") ? "" : toQuery({ ...DEFAULTS, scan });
  return query ? `#/workbench?${query}` : "#/workbench";
}

function read(): void {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const next: Screen = path === "workbench" ? "workbench" : "story";
  // Anchors inside the story are not screens.
  if (next === "story" && path !== "") return;
  if (next === "workbench") {
    const wanted = fromQuery(query);
    const own = settings.value.scan.startsWith("file:") && !query.includes("scan=");
    if (toQuery(wanted) !== toQuery(settings.value))
      settings.value = own ? { ...wanted, scan: settings.value.scan } : wanted;
  }
  if (screen.value !== next) scrollTo(0, 0);
  screen.value = next;
}

/** Keeps screen, settings and address the same, whichever changes. */
export function startRouting(): void {
  read();
  addEventListener("hashchange", read);
  effect(() => {
    const query = toQuery(settings.value);
    if (screen.value !== "workbench") return;
    const hash = query ? `#/workbench?${query}` : "#/workbench";
    if (location.hash !== hash) history.replaceState(null, "", hash);
  });
}
