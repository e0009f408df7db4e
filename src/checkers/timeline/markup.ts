/** Texts and data that are not ours, as parts of a page. */

/** Without what a reader would take for something else. */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}

/** As the text of an element, or a value in double quotes. */
export function escaped(text: string): string {
  return quotedMarkup(harmless(text));
}

/** As `escaped`, but its lines stay lines. */
export function escapedLines(text: string): string {
  return text.split('\n').map(escaped).join('\n');
}

/** A whole page as a value in double quotes. */
export function quotedMarkup(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** JSON in which no markup can begin or end. */
export function embedded(data: unknown): string {
  return JSON.stringify(data)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026');
}
