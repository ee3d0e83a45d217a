import type { ComponentChildren } from "preact";

export interface LensProps {
  readonly aspect: number;
  readonly zoom: number;
  /** What stays in its place, 0 to 1 from the top left corner. */
  readonly across: number;
  readonly down: number;
  readonly children: ComponentChildren;
}

/** A picture enlarged around one place, in the room of the whole one. */
export const Lens = ({ aspect, zoom, across, down, children }: LensProps) => (
  <div
    class="lens"
    style={{
      "--aspect": String(aspect),
      "--zoom": String(zoom),
      "--origin": `${100 * across}% ${100 * down}%`,
    }}
  >
    {children}
  </div>
);
