import { useEffect } from "preact/hooks";
import { opening, scanError } from "./opened.ts";

/** What went wrong with the files that were given, wherever on the page one is. */
export function Notice() {
  useEffect(() => {
    const close = ({ key }: KeyboardEvent) => {
      if (key === "Escape") scanError.value = null;
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, []);
  if (scanError.value === null) return null;
  return (
    <div class="notice">
      <p class="error" role="alert">
        {scanError.value}
      </p>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          scanError.value = null;
        }}
      >
        Close
      </button>
    </div>
  );
}

/** That a scan is being read; shown only where that takes a while. */
export function Opening({ id }: { readonly id: string }) {
  const progress = opening.value.get(id);
  if (progress === undefined) return null;
  return (
    <div class="progress late">
      <progress max={progress.total} value={progress.done} aria-label="Opening the scan" />
      <span role="status">{progress.label}…</span>
    </div>
  );
}
