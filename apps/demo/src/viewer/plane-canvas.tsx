import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { ColorMap, Plane, Window } from "../engine/halfband.ts";
import { pixelsOf } from "./paint.ts";
import { shownAspect } from "./slicing.ts";

export interface PlaneCanvasProps {
  readonly plane: Plane | null;
  readonly window: Window | null;
  readonly colorMap?: ColorMap;
  /** What the picture shows, for those who cannot see it. */
  readonly label: string;
  /** Width over height in millimetres; keeps the place free until the picture is there. */
  readonly aspect: number;
  /** How many times larger than its room it is drawn. */
  readonly zoom?: number;
  readonly name?: string;
}

/** Voxels as sharp blocks where there is room for them; a picture shown smaller must not alias by itself. */
const fit = new ResizeObserver((entries) => {
  for (const { target } of entries) sharpen(target as HTMLCanvasElement);
});

function sharpen(canvas: HTMLCanvasElement): void {
  const zoom = Number(canvas.dataset.zoom);
  const roomy = canvas.clientWidth * devicePixelRatio * zoom >= canvas.width;
  canvas.style.imageRendering = roomy ? "pixelated" : "auto";
}

/** One voxel per canvas pixel. */
export function PlaneCanvas({
  plane,
  window,
  colorMap = "gray",
  label,
  aspect,
  zoom = 1,
  name,
}: PlaneCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    fit.observe(element);
    return () => fit.unobserve(element);
  }, []);
  useLayoutEffect(() => {
    if (canvas.current === null || plane === null || window === null) return;
    const image = pixelsOf(plane, window, colorMap);
    if (canvas.current.width !== image.width) canvas.current.width = image.width;
    if (canvas.current.height !== image.height) canvas.current.height = image.height;
    canvas.current.getContext("2d")?.putImageData(image, 0, 0);
    sharpen(canvas.current);
  }, [plane, window?.low, window?.high, colorMap, zoom]);
  return (
    <canvas
      ref={canvas}
      class="plane"
      role="img"
      aria-label={label}
      aria-busy={plane === null}
      data-plane={name}
      data-zoom={zoom}
      data-ready={plane === null ? undefined : "true"}
      style={{ "--aspect": String(aspect) }}
    />
  );
}

/** Width over height of a plane whose voxels measure `zooms` (down, across). */
export const aspectOf = ({ shape }: Plane, zooms: readonly [number, number]): number =>
  shownAspect((shape[1] * zooms[1]) / (shape[0] * zooms[0]));
