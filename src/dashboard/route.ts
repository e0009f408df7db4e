/** Which panel is shown, by the part of the address behind `#`: `#/key?bucket=carts&key=alice`. */

export interface Place {
  /** Of a panel. */
  readonly name: string;
  /** What it is to show. */
  readonly query: URLSearchParams;
}

export function placeOf(hash: string, otherwise: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  return { name: path === '' ? otherwise : path, query: new URLSearchParams(query) };
}

export function hashOf(name: string, query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString();
  return `#/${name}${text === '' ? '' : `?${text}`}`;
}
