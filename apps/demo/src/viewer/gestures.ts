import type { Window } from "../engine/halfband.ts";

export interface Gestures {
  /** A place on the picture, 0 to 1 from its top left corner. */
  readonly onPoint: (across: number, down: number) => void;
  readonly onStep: (by: number) => void;
  readonly window: () => Window;
  readonly onWindow: (window: Window) => void;
}

/** Share of the picture's width that a finger moves per slice. */
const SWIPE_STEP = 1 / 60;

const placeIn = (element: Element, { clientX, clientY }: PointerEvent) => {
  const box = element.getBoundingClientRect();
  return { across: (clientX - box.left) / box.width, down: (clientY - box.top) / box.height };
};

/**
 * Mouse, pen and touch on one picture. Drag: cross-hair. Wheel, or a finger sideways: slices. Right button or
 * Shift with a drag: grey scale, sideways its width, up and down its level. Returns what undoes it.
 */
export function attachGestures(element: HTMLElement, gestures: Gestures): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  let drag: {
    mode: "point" | "window" | "slices";
    x: number;
    y: number;
    window: Window;
    steps: number;
  } | null = null;

  const begin = (event: PointerEvent) => {
    const { across, down } = placeIn(element, event);
    const grey = event.button === 2 || event.shiftKey;
    const mode = grey ? "window" : event.pointerType === "touch" ? "slices" : "point";
    drag = { mode, x: across, y: down, window: gestures.window(), steps: 0 };
    if (event.pointerType !== "touch") element.setPointerCapture(event.pointerId);
    if (mode === "point") gestures.onPoint(across, down);
  };
  const move = (event: PointerEvent) => {
    if (drag === null) return;
    const { across, down } = placeIn(element, event);
    if (drag.mode === "point") return gestures.onPoint(across, down);
    if (drag.mode === "window")
      return gestures.onWindow(dragged(drag.window, across - drag.x, down - drag.y));
    const steps = Math.round((across - drag.x) / SWIPE_STEP);
    if (steps !== drag.steps) gestures.onStep(steps - drag.steps);
    drag.steps = steps;
  };
  const end = (event: PointerEvent) => {
    if (drag?.mode === "slices" && drag.steps === 0 && event.type === "pointerup") {
      const { across, down } = placeIn(element, event);
      gestures.onPoint(across, down);
    }
    drag = null;
  };
  const wheel = (event: WheelEvent) => {
    if (event.ctrlKey) return;
    event.preventDefault();
    gestures.onStep(event.deltaY > 0 ? -1 : 1);
  };
  element.addEventListener("pointerdown", begin, { signal });
  element.addEventListener("pointermove", move, { signal });
  element.addEventListener("pointerup", end, { signal });
  element.addEventListener("pointercancel", end, { signal });
  element.addEventListener("wheel", wheel, { signal, passive: false });
  element.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  return () => listening.abort();
}

/** The scale after a drag of a share of the picture: sideways the width doubles or halves, downwards it darkens. */
function dragged({ low, high }: Window, across: number, down: number): Window {
  const width = (high - low) * 2 ** (2 * across);
  const level = (low + high) / 2 + (high - low) * down;
  return { low: level - width / 2, high: level + width / 2 };
}
