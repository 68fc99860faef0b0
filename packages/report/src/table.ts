import { Html, html } from './html.ts';

export interface Column {
  readonly title: Html;
  readonly isNumber?: boolean;
}

type Cell = Html | string | number;

/** Returns a text for an attribute: without markup, with the words of both languages. */
export function labelOf(text: Html): Html {
  return new Html(text.text.replace(/<[^>]*>/g, ' ').trim());
}

/** Lays out a table with a caption, whose first column names the row. */
export function table(
  caption: Html,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): Html {
  const head = columns.map(({ title, isNumber = false }) =>
    isNumber ? html`<th scope="col" class="n">${title}</th>` : html`<th scope="col">${title}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((cell, index) => {
      if (index === 0) return html`<th scope="row">${cell}</th>`;
      return columns[index]?.isNumber ? html`<td class="n">${cell}</td>` : html`<td>${cell}</td>`;
    });
    return html`<tr>${cells}</tr>`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${labelOf(caption)}"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}
