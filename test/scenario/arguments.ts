/** What stands behind the name of a command: taken word by word, options by name. */

import type { LetterFilter } from './wire.ts';

export class Arguments {
  readonly #line: string;
  #words: string[];

  constructor(line: string, words: readonly string[]) {
    this.#line = line;
    this.#words = [...words];
  }

  get isEmpty(): boolean {
    return this.#words.length === 0;
  }

  member(): number {
    return this.number();
  }

  /** The next word; throws when there is none, unless a default is given. */
  number(byDefault?: number): number {
    const word = this.#words.shift();
    const value = word === undefined ? byDefault : Number(word);
    if (value === undefined || Number.isNaN(value)) throw new Error(`a number: ${this.#line}`);
    return value;
  }

  /** `name=7` */
  option(name: string): number | undefined {
    const text = this.#optionText(name);
    return text === undefined ? undefined : Number(text);
  }

  /** `name=1,2,3`, or nothing for none. */
  list(name: string): number[] {
    return this.#optionText(name)?.split(',').map(Number) ?? [];
  }

  rest(): string[] {
    return this.#words.splice(0);
  }

  /** `1->2` */
  link(): [number, number] {
    const match = /^(\d+)->(\d+)$/.exec(this.#words.shift() ?? '');
    if (match === null) throw new Error(`a link like 1->2: ${this.#line}`);
    return [Number(match[1]), Number(match[2])];
  }

  /** `1->2`, `1->` or `->2`, and perhaps a type of message; nothing for all. */
  letters(): LetterFilter {
    const [link = '->', type] = this.rest();
    const match = /^(\d*)->(\d*)$/.exec(link);
    if (match === null) throw new Error(`letters like 1->2 append: ${this.#line}`);
    const [, sender, receiver] = match;
    return ({ from, to, message }) =>
      (sender === '' || Number(sender) === from) &&
      (receiver === '' || Number(receiver) === to) &&
      (type === undefined || type === message.type);
  }

  /** `1 2 | 3 4` */
  sides(): number[][] {
    return this.rest()
      .join(' ')
      .split('|')
      .map((side) => side.trim().split(' ').map(Number));
  }

  #optionText(name: string): string | undefined {
    const at = this.#words.findIndex((word) => word.startsWith(`${name}=`));
    return at === -1 ? undefined : this.#words.splice(at, 1)[0]?.slice(name.length + 1);
  }
}
