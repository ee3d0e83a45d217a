/** Text that is safe between tags and in attributes. */
export const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Data for a script element: nothing in it can end the element. */
export const scriptJson = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");

/** What may be wider than the page, and is scrolled by keyboard too. */
export const scrolled = (label: string, body: string): string =>
  `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(label)}">${body}</div>`;

/** A section with a heading and a sentence on how to read it. */
export const section = (id: string, title: string, lead: string, body: string): string =>
  `<section id="${id}"><h2>${escapeHtml(title)}</h2><p>${escapeHtml(lead)}</p>${body}</section>`;
