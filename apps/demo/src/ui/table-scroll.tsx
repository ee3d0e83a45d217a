import type { ComponentChildren } from "preact";

export interface TableScrollProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

/** A table that may be wider than the screen. */
export function TableScroll({ label, children }: TableScrollProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section class="table-scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
