/** An operation as a command that can be tried. */

import type { OperationObject } from './document.ts';

/** Of the first node that `npm start` runs. */
const NODE = 'http://127.0.0.1:8101';

/** Longer commands take several lines. */
const LINE_CHARACTERS = 80;

export function curlText(method: string, path: string, operation: OperationObject): string {
  const isStream = operation.responses[200]?.content?.['text/event-stream'] !== undefined;
  const how = `curl${isStream ? ' -N' : ''}${method === 'GET' ? '' : ` -X ${method}`}`;
  const words = [how, ...bodyWords(operation), quoted(urlOf(path, operation))];
  const line = words.join(' ');
  return line.length <= LINE_CHARACTERS ? line : words.join(' \\\n  ');
}

function bodyWords({ requestBody }: OperationObject): readonly string[] {
  const [[type = '', media] = []] = Object.entries(requestBody?.content ?? {});
  if (requestBody === undefined) return [];
  const { example } = media ?? {};
  if (example === undefined) return requestBody.required ? ['--data-binary @FILE'] : [];
  const mediaType = type === '*/*' ? 'text/plain' : type;
  const body = typeof example === 'string' ? example : JSON.stringify(example);
  return [`-H ${quoted(`Content-Type: ${mediaType}`)}`, `--data ${quoted(body)}`];
}

function urlOf(path: string, { parameters }: OperationObject): string {
  const filled = path.replace(/\{([^}]+)\}/g, (part, name) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return parameter === undefined ? part : String(parameter.example);
  });
  const needed = parameters.filter((one) => one.in === 'query' && one.required);
  const query = needed.map(({ name, example }) => `${name}=${example}`).join('&');
  return NODE + filled + (query === '' ? '' : `?${query}`);
}

/** For a shell, where it needs to be. */
function quoted(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
