import { type Pixels, resizeNearest } from "@halfband/compare";
import { renderSvg } from "./svg.ts";

/** A picture, shown at the sheet's panel size with every voxel a block. */
export interface PictureCell {
  readonly pixels: Pixels;
  /** Under the picture; a line break starts another line. */
  readonly caption: string;
}

/** Words where a picture would be. */
export interface TextCell {
  readonly text: string;
}

export type Cell = PictureCell | TextCell | null;

/** What the two ends of a row's colours mean. */
export interface ColourScale {
  readonly top: string;
  readonly bottom: string;
  /** One column of pixels, top first. */
  readonly ramp: Pixels;
}

export interface Heading {
  readonly title: string;
  readonly subtitle: string;
}

/** A picture of panels in columns and rows with headings. */
export interface Sheet extends Heading {
  readonly columns: readonly Heading[];
  readonly rows: readonly (Heading & { readonly scale: ColourScale | null })[];
  /** By row, then column. */
  readonly cells: readonly (readonly Cell[])[];
  /** Size of every panel in pixels. */
  readonly panel: readonly [width: number, height: number];
  readonly footer: string;
}

const MARGIN = 36;
const GAP = 14;
const ROW_LABEL = 230;
const SCALE = 108;
const RAMP_WIDTH = 16;

/** Font sizes, and the distance between lines in units of them. */
const SIZE = { title: 38, subtitle: 21, head: 24, note: 18, caption: 18 };
const LEADING = 1.3;
/** Mean width of DejaVu Sans letters in units of the font size, on the safe side. */
const LETTER = 0.58;
const BOLD_LETTER = 0.66;

const COLOURS = { page: "#0f1216", text: "#f2f4f7", quiet: "#a3adba", frame: "#2b323b" };

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly top: number;
  columnAt(column: number): number;
  rowAt(row: number): number;
}

const pitchOf = (size: number): number => Math.round(size * LEADING);

/** Room for row headings, if there are any. */
const rowLabel = ({ rows }: Sheet): number => (rows.some(({ title }) => title !== "") ? ROW_LABEL : 0);

/** Height under a panel that the longest caption takes. */
function captionHeight({ cells }: Sheet): number {
  const counts = cells.flat().map((cell) => (cell && "pixels" in cell ? cell.caption.split("\n").length : 0));
  return 10 + pitchOf(SIZE.caption) * Math.max(...counts);
}

/** Height of the column headings. */
function headHeight({ columns, panel }: Sheet): number {
  if (columns.every(({ title }) => title === "")) return 0;
  const most = Math.max(...columns.map(({ subtitle }) => lines(subtitle, panel[0], SIZE.note).length));
  return 24 + pitchOf(SIZE.head) + most * pitchOf(SIZE.note);
}

const titleLines = (title: string): string[] => lines(title, ROW_LABEL - 20, SIZE.head, BOLD_LETTER);
const noteLines = (subtitle: string): string[] => lines(subtitle, ROW_LABEL - 20, SIZE.note);

/** Height that row headings and cells of words take, where the panels are flat. */
function wordsHeight({ rows, cells, panel }: Sheet): number {
  const headings = rows.map(
    ({ title, subtitle }) =>
      titleLines(title).length * pitchOf(SIZE.head) + noteLines(subtitle).length * pitchOf(SIZE.note),
  );
  const words = cells
    .flat()
    .map((cell) =>
      cell && "text" in cell ? lines(cell.text, panel[0] - 8, SIZE.note).length * pitchOf(SIZE.note) : 0,
    );
  return Math.max(...headings, ...words);
}

function layoutOf(sheet: Sheet): Layout {
  const { columns, rows, panel, footer } = sheet;
  const hasScale = rows.some(({ scale }) => scale !== null);
  const inner = rowLabel(sheet) + columns.length * (panel[0] + GAP) - GAP + (hasScale ? SCALE : 0);
  const title =
    pitchOf(SIZE.title) + lines(sheet.subtitle, inner, SIZE.subtitle).length * pitchOf(SIZE.subtitle) + 20;
  const top = MARGIN + title + headHeight(sheet);
  const pitch = Math.max(panel[1] + captionHeight(sheet), wordsHeight(sheet)) + GAP;
  const bottom = top + rows.length * pitch;
  return {
    width: inner + 2 * MARGIN,
    height: bottom + lines(footer, inner, SIZE.note).length * pitchOf(SIZE.note) + MARGIN,
    top,
    columnAt: (column) => MARGIN + rowLabel(sheet) + column * (panel[0] + GAP),
    rowAt: (row) => top + row * pitch,
  };
}

/** Draws a sheet: words by the SVG renderer, panels copied in pixel by pixel so that nothing smooths them. */
export async function drawSheet(sheet: Sheet): Promise<Pixels> {
  const layout = layoutOf(sheet);
  const page = await renderSvg(svgOf(sheet, layout));
  sheet.cells.forEach((row, r) => {
    row.forEach((cell, c) => {
      if (cell && "pixels" in cell)
        blit(page, resizeNearest(cell.pixels, ...sheet.panel), layout.columnAt(c), layout.rowAt(r));
    });
    const { scale } = sheet.rows[r];
    if (scale)
      blit(
        page,
        resizeNearest(scale.ramp, RAMP_WIDTH, sheet.panel[1]),
        layout.columnAt(sheet.columns.length) - GAP / 2,
        layout.rowAt(r),
      );
  });
  return page;
}

/** Copies `source` into `page`; transparent pixels stay the page's. */
function blit(page: Pixels, source: Pixels, left: number, top: number): void {
  for (let y = 0; y < source.height; y++) {
    for (let x = 0; x < source.width; x++) {
      const from = 4 * (y * source.width + x);
      if (source.data[from + 3] === 0) continue;
      page.data.set(source.data.subarray(from, from + 4), 4 * ((top + y) * page.width + left + x));
    }
  }
}

const quiet = (size: number): Style => ({ size, fill: COLOURS.quiet });
const strong = (size: number): Style => ({ size, fill: COLOURS.text, bold: true });

function svgOf(sheet: Sheet, layout: Layout): string {
  const { width, height } = layout;
  const footer = lines(sheet.footer, width - 2 * MARGIN, SIZE.note);
  const parts = [
    `<rect width="${width}" height="${height}" fill="${COLOURS.page}"/>`,
    ...headOf(sheet, layout),
    ...columnsOf(sheet, layout),
    ...rowsOf(sheet, layout),
    ...cellsOf(sheet, layout),
    ...block(footer, MARGIN, height - MARGIN - (footer.length - 1) * pitchOf(SIZE.note), quiet(SIZE.note)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans">${parts.join("")}</svg>`;
}

function headOf({ title, subtitle }: Sheet, { width }: Layout): string[] {
  const first = MARGIN + SIZE.title;
  return [
    text(title, MARGIN, first - 6, strong(SIZE.title)),
    ...block(
      lines(subtitle, width - 2 * MARGIN, SIZE.subtitle),
      MARGIN,
      first + pitchOf(SIZE.subtitle) + 2,
      quiet(SIZE.subtitle),
    ),
  ];
}

function columnsOf(sheet: Sheet, layout: Layout): string[] {
  const [width] = sheet.panel;
  const first = layout.top - headHeight(sheet) + 8 + SIZE.head;
  return sheet.columns.flatMap(({ title, subtitle }, c) => [
    text(title, layout.columnAt(c), first, strong(fitting(title, width, SIZE.head, BOLD_LETTER))),
    ...block(
      lines(subtitle, width, SIZE.note),
      layout.columnAt(c),
      first + pitchOf(SIZE.note) + 2,
      quiet(SIZE.note),
    ),
  ]);
}

function rowsOf(sheet: Sheet, layout: Layout): string[] {
  const beside = layout.columnAt(sheet.columns.length) + RAMP_WIDTH + 8 - GAP / 2;
  return sheet.rows.flatMap(({ title, subtitle, scale }, r) => {
    const at = layout.rowAt(r);
    const titles = titleLines(title);
    const next = at + SIZE.head + titles.length * pitchOf(SIZE.head) - 4;
    return [
      ...block(titles, MARGIN, at + SIZE.head - 4, strong(SIZE.head)),
      ...block(noteLines(subtitle), MARGIN, next, quiet(SIZE.note)),
      ...(scale === null
        ? []
        : [
            text(scale.top, beside, at + 14, quiet(SIZE.note)),
            text(
              scale.bottom,
              beside,
              at + Math.max(sheet.panel[1], 14 + pitchOf(SIZE.note)),
              quiet(SIZE.note),
            ),
          ]),
    ];
  });
}

function cellsOf(sheet: Sheet, layout: Layout): string[] {
  const [width, height] = sheet.panel;
  return sheet.cells.flatMap((row, r) =>
    row.flatMap((cell, c) => {
      const [x, y] = [layout.columnAt(c), layout.rowAt(r)];
      if (cell === null) return [];
      if ("text" in cell)
        return block(lines(cell.text, width - 8, SIZE.note), x, y + SIZE.note, quiet(SIZE.note));
      return [
        `<rect x="${x - 1}" y="${y - 1}" width="${width + 2}" height="${height + 2}" fill="${COLOURS.frame}"/>`,
        ...cell.caption.split("\n").map((line, i, { length }) => {
          const fill = length > 1 && i === 0 ? COLOURS.text : COLOURS.quiet;
          return text(line, x, y + height + 2 + pitchOf(SIZE.caption) * (i + 1), {
            size: fitting(line, width, SIZE.caption, LETTER),
            fill,
          });
        }),
      ];
    }),
  );
}

interface Style {
  readonly size: number;
  readonly fill: string;
  readonly bold?: boolean;
}

function text(words: string, x: number, y: number, { size, fill, bold = false }: Style): string {
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}"${bold ? ' font-weight="bold"' : ""}>${escapeXml(words)}</text>`;
}

const block = (rows: readonly string[], x: number, y: number, style: Style): string[] =>
  rows.map((row, i) => text(row, x, y + i * pitchOf(style.size), style));

/** The wanted size, or less where the words would not fit. */
const fitting = (words: string, width: number, size: number, letter: number): number =>
  Math.min(size, Math.floor((10 * width) / (words.length * letter)) / 10);

/** Words in lines that fit a width in pixels; a line break in the text stays one. */
function lines(words: string, width: number, size: number, letter = LETTER): string[] {
  const most = Math.floor(width / (size * letter));
  return words.split("\n").flatMap((paragraph) => {
    const rows = [""];
    for (const word of paragraph.split(" ")) {
      const longer = `${rows.at(-1)} ${word}`.trim();
      if (longer.length <= most || rows.at(-1) === "") rows[rows.length - 1] = longer;
      else rows.push(word);
    }
    return rows;
  });
}

const escapeXml = (words: string): string =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
