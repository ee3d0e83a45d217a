import { useSignal } from "@preact/signals";
import { idOf } from "../engine/method.ts";
import { stemOf } from "../engine/stem.ts";
import type { PanelsState } from "../engine/use-panels.ts";
import { save } from "../ui/save.ts";
import { pixelsOf } from "../viewer/paint.ts";
import { aspectOf } from "../viewer/plane-canvas.tsx";
import { ORIGINAL, pictureOf } from "./picture.ts";
import { scanInfo } from "./scan-state.ts";
import { settings } from "./settings.ts";
import { titleOf } from "./titles.ts";

/** Pixels of the sheet: panels, gaps between them, and the line under each. */
const WIDTH = 320;
const GAP = 24;
const LINE = 40;
const COLUMNS = 4;

/** All panels with their titles as one picture, voxels as sharp blocks. */
export function SaveSheet({ state }: { readonly state: PanelsState }) {
  const busy = useSignal(false);
  const draw = async () => {
    busy.value = true;
    const blob = await sheetOf(state);
    if (blob) save(blob, `${stemOf(scanInfo.value?.name ?? "scan")}_comparison.png`, "image/png");
    busy.value = false;
  };
  return (
    <button
      type="button"
      class="quiet"
      disabled={busy.value || state.original === null}
      onClick={() => void draw()}
    >
      All panels as one PNG
    </button>
  );
}

async function sheetOf(state: PanelsState): Promise<Blob | null> {
  if (state.original === null) return null;
  const cells = [
    { id: ORIGINAL, title: "The scan" },
    ...settings.value.methods.map((choice) => ({ id: idOf(choice), title: titleOf(choice) })),
  ];
  const height = Math.round(WIDTH / aspectOf(state.original.plane, state.original.zooms));
  const columns = Math.min(COLUMNS, cells.length);
  const rows = Math.ceil(cells.length / columns);
  const sheet = new OffscreenCanvas(columns * (WIDTH + GAP) + GAP, rows * (height + LINE + GAP) + GAP);
  const context = sheet.getContext("2d");
  if (context === null) return null;
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.imageSmoothingEnabled = false;
  context.font = "18px system-ui, sans-serif";
  for (const [i, { id, title }] of cells.entries()) {
    const { plane, window, colorMap } = pictureOf(state, id);
    const left = GAP + (i % columns) * (WIDTH + GAP);
    const top = GAP + Math.floor(i / columns) * (height + LINE + GAP);
    if (plane && window) {
      const pixels = await createImageBitmap(pixelsOf(plane, window, colorMap));
      context.drawImage(pixels, left, top, WIDTH, height);
    }
    context.fillStyle = "#1c2126";
    context.fillText(title, left, top + height + LINE / 2 + 4, WIDTH);
  }
  return sheet.convertToBlob({ type: "image/png" });
}
