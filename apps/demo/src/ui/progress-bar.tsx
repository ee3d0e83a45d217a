import type { Progress } from "../engine/protocol.ts";

/** What is being computed, where that takes a while; it gives way to something else by itself. */
export const Working = ({ progress }: { readonly progress: Progress }) => (
  <div class="progress late">
    <progress max={progress.total} value={progress.done} aria-label="Computing" />
    <span role="status">{progress.label}…</span>
  </div>
);

export function ProgressBar({
  progress,
  onCancel,
}: {
  readonly progress: Progress;
  readonly onCancel: () => void;
}) {
  return (
    <div class="progress">
      <progress max={progress.total} value={progress.done} aria-label={progress.label} />
      <span role="status">{progress.label}</span>
      <button type="button" class="quiet" onClick={onCancel}>
        Cancel
      </button>
    </div>
  );
}
