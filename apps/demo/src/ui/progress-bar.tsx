import type { Progress } from "../engine/protocol.ts";

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
