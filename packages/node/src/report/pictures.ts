import type { Comparison, Pixels } from "@halfband/compare";
import { toRgba } from "@halfband/compare";
import { decibels, diverging, grey, panelCaptions, panelOf, panelSize, plateCaption } from "./figures.ts";
import { escapeHtml, scrolled, section } from "./markup.ts";
import { dataUri } from "./png.ts";

const times = (count: number): string => ["Once", "Twice"][count - 1] ?? `${count} times`;

function image(pixels: Pixels, name: string, caption: string): string {
  return `<figure><img src="${dataUri(pixels)}" alt="${escapeHtml(name)}"><figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

const cell = (content: string): string => `<td>${content}</td>`;
const sizeOf = (shape: readonly number[]): string => `${shape[1]} x ${shape[0]}`;

/** The figures as one wide table of small pictures. */
export function pictureSection(comparison: Comparison): string {
  const { original, references, methods, times: counts, displaySize } = comparison;
  const [width, height] = panelSize(displaySize);
  const heads = [
    ["Scan", "full resolution"],
    ["k-space crop", "the low-resolution scan"],
    ...methods.map(({ title, explanation }) => [title, explanation]),
  ].map(([title, note]) => `<th>${escapeHtml(title)}<small>${escapeHtml(note)}</small></th>`);
  const rows = counts.map((count, i) =>
    row(times(count), `1/${comparison.stride ** count} of the size along each axis, same grey scale`, [
      i === 0 ? image(grey(original.plane, comparison), "The scan", sizeOf(original.plane.shape)) : "",
      image(
        grey(references[i].plane, comparison),
        `k-space crop, ${times(count)}`,
        sizeOf(references[i].plane.shape),
      ),
      ...methods.map((method) => {
        const panel = panelOf(comparison, method, count);
        return image(
          grey(panel.plane, comparison),
          `${method.title}, ${times(count)}`,
          panelCaptions(panel).image,
        );
      }),
    ]),
  );
  const first = counts[0];
  rows.push(
    row(
      "Difference",
      `to the k-space crop, ${times(first).toLowerCase()}; red is too bright, blue too dark`,
      [
        "",
        "",
        ...methods.map((method) => {
          const panel = panelOf(comparison, method, first);
          return image(
            diverging(panel.difference, comparison),
            `${method.title}, difference`,
            panelCaptions(panel).difference,
          );
        }),
      ],
    ),
    row(
      "Spectrum",
      `${times(first).toLowerCase()}; coarse detail in the middle, fine at the edge, decibels`,
      [
        image(decibels(original.spectrum, comparison), "Spectrum of the scan", "the whole band"),
        image(decibels(references[0].spectrum, comparison), "Spectrum of the k-space crop", "its inner half"),
        ...methods.map((method) => {
          const panel = panelOf(comparison, method, first);
          return image(
            decibels(panel.spectrum, comparison),
            `${method.title}, spectrum`,
            panelCaptions(panel).spectrum,
          );
        }),
      ],
    ),
  );
  const style = `--panel: 176px; --ratio: ${width} / ${height}`;
  return section(
    "pictures",
    "Pictures",
    "Every picture covers the same part of the scan at the same size, so a coarser voxel shows as a larger block. Jagged edges, dots or bands that the scan does not have are aliasing: detail too fine for the smaller grid that comes back as something else. The k-space crop is what the scanner would have measured with a smaller matrix; differences are taken to it after removing each method's own offset.",
    `<label class="size">Picture size <input type="range" min="120" max="520" value="176" oninput="document.getElementById('panels').style.setProperty('--panel', this.value + 'px')"></label>` +
      scrolled(
        "Pictures of every method",
        `<table class="panels" id="panels" style="${style}"><thead><tr><td></td>${heads.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`,
      ),
  );
}

const row = (title: string, note: string, cells: readonly string[]): string =>
  `<tr><th>${escapeHtml(title)}<small>${escapeHtml(note)}</small></th>${cells.map(cell).join("")}</tr>`;

/** The zone plate through every method. */
export function plateSection(comparison: Comparison): string {
  const {
    original,
    methods,
    times: [first],
  } = comparison;
  const range = { low: 0, high: 1 };
  const plates = [
    image(toRgba(original.zonePlate, range), "Zone plate", "The pattern: finer and finer outwards"),
    ...methods.map((method) => {
      const panel = panelOf(comparison, method, first);
      return image(
        toRgba(panel.zonePlate, range),
        `Zone plate, ${method.title}`,
        `${method.title}: ${plateCaption(panel)}`,
      );
    }),
  ];
  return section(
    "zone-plate",
    "Zone plate",
    "A test pattern through every method, once. Rings in the middle are true; where they get too fine for the smaller grid a perfect method shows even grey, and every ring around the middles of the edges is false.",
    `<div class="plates">${plates.join("")}</div>`,
  );
}
