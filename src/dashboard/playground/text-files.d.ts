/** Files that the build puts into the page as text. */

declare module '*.jsonl' {
  const text: string;
  export default text;
}
