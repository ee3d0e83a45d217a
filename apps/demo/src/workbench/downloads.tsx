import { useSignal } from "@preact/signals";
import { call } from "../engine/client.ts";
import { idOf } from "../engine/method.ts";
import type { MethodChoice, Progress } from "../engine/protocol.ts";
import { stemOf } from "../engine/stem.ts";
import { save } from "../ui/save.ts";
import { pixelsOf } from "../viewer/paint.ts";
import type { Picture } from "./picture.ts";
import { scanInfo } from "./scan-state.ts";
import { settings } from "./settings.ts";
import { titleOf } from "./titles.ts";

/** The downsampled scan as NIfTI, and the picture as PNG, one pixel per voxel. */
export function Downloads({ choice, picture }: { readonly choice: MethodChoice; readonly picture: Picture }) {
  const busy = useSignal(false);
  const step = useSignal("");
  const error = useSignal<string | null>(null);
  const during = (work: () => Promise<void>) => async () => {
    busy.value = true;
    error.value = null;
    await work().catch((failure: Error) => {
      error.value = failure.message;
    });
    busy.value = false;
    step.value = "";
  };
  const nifti = during(async () => {
    const { scan, stride, times, device } = settings.value;
    const onProgress = ({ label }: Progress) => {
      step.value = label;
    };
    const request = { scan, stride, times, device, methods: [choice] };
    const { bytes, name } = await call("nifti", request, { onProgress });
    save(bytes, name, "application/gzip");
  });
  const png = during(async () => {
    const { plane, window, colorMap } = picture;
    if (plane === null || window === null) return;
    const { width, height, data } = pixelsOf(plane, window, colorMap);
    const bytes = await call("png", { width, height, data });
    save(
      bytes,
      `${stemOf(scanInfo.value?.name ?? "scan")}_${idOf(choice)}_${settings.value.show}.png`,
      "image/png",
    );
  });
  return (
    <p class="downloads">
      <button
        type="button"
        class="quiet"
        disabled={busy.value}
        onClick={nifti}
        aria-label={`Download the scan after ${titleOf(choice)} as NIfTI`}
      >
        NIfTI
      </button>
      <button
        type="button"
        class="quiet"
        disabled={busy.value || picture.plane === null}
        onClick={png}
        aria-label={`Download this picture of ${titleOf(choice)} as PNG`}
      >
        PNG
      </button>
      {step.value && (
        <span class="hint late" role="status">
          {step.value}…
        </span>
      )}
      {error.value && <span class="error">{error.value}</span>}
    </p>
  );
}
