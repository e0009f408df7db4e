/** Texts that are not ours, made safe for a terminal and for a shell. */

/** On one line, and without anything that a terminal would obey. */
export function visible(text: string): string {
  return text.replaceAll(/\p{C}/gu, (character) =>
    character === '\n' ? '\\n' : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** One argument for a POSIX shell. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9._/:=,@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
