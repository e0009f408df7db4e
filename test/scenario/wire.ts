/** The wire between the members of a scenario: nothing moves unless it is told to. */

export interface Said {
  readonly type: string;
}

export interface Letter<Message extends Said> {
  readonly from: number;
  readonly to: number;
  readonly message: Message;
}

export type LetterFilter = (letter: Letter<Said>) => boolean;

/** So that a scenario in which members never fall silent ends. */
const DELIVERIES_MAX = 10_000;

export abstract class Wire<Message extends Said> {
  readonly #lines: string[] = [];
  #wire: Letter<Message>[] = [];
  readonly #cuts = new Set<string>();
  #holds: LetterFilter[] = [];
  /** While everything is delivered, letters are shown when they arrive, not when they are sent. */
  #deliversAll = false;

  /** How the message is shown. */
  protected abstract words(message: Message): string;
  /** Not only that they arrive. */
  protected abstract readonly tellsSending: boolean;
  protected abstract isUp(no: number): boolean;
  /** Tells of it too. */
  protected abstract receive(letter: Letter<Message>): void;

  tell(line: string): void {
    this.#lines.push(line);
  }

  /** What was told since the last time. */
  takeLines(): string[] {
    return this.#lines.splice(0);
  }

  /** About a letter; stages may show less. */
  protected tellOf({ from, to, message }: Letter<Message>, verb: string, fate = ''): void {
    this.tell(`${from} ${verb} ${to} ${fate}${this.words(message)}`);
  }

  send(from: number, to: number, message: Message): void {
    if (this.tellsSending && !this.#deliversAll) this.tellOf({ from, to, message }, 'sends');
    this.#wire.push({ from, to, message });
  }

  cut(from: number, to: number): void {
    this.#cuts.add(`${from} ${to}`);
  }

  heal(): void {
    this.#cuts.clear();
  }

  /** Such letters stay on the wire while everything is delivered. */
  hold(filter: LetterFilter): void {
    this.#holds.push(filter);
  }

  release(): void {
    this.#holds = [];
  }

  /** Until the wire is empty, but for what is held. */
  deliverAll(): void {
    this.#deliversAll = true;
    try {
      for (let count = 0; ; count++) {
        if (count > DELIVERIES_MAX) throw new Error('members never fall silent');
        const at = this.#wire.findIndex((one) => !this.#holds.some((holds) => holds(one)));
        const letter = this.#wire[at];
        if (letter === undefined) return;
        this.#wire.splice(at, 1);
        this.#deliver(letter);
      }
    } finally {
      this.#deliversAll = false;
    }
  }

  /** Those that are on the wire now, held or not. @returns how many */
  deliver(filter: LetterFilter): number {
    const letters = this.#take(filter);
    for (const letter of letters) this.#deliver(letter);
    return letters.length;
  }

  get lettersOnWire(): readonly Letter<Message>[] {
    return this.#wire;
  }

  /** As if they had never been sent. */
  forget(filter: LetterFilter): void {
    this.#take(filter);
  }

  drop(filter: LetterFilter): void {
    for (const letter of this.#take(filter)) this.tellOf(letter, '->', 'dropped ');
  }

  /** They will arrive twice. */
  repeat(filter: LetterFilter): void {
    this.#wire.push(...this.#wire.filter(filter));
  }

  show(): void {
    for (const letter of this.#wire) this.tellOf(letter, '->');
  }

  #take(filter: LetterFilter): readonly Letter<Message>[] {
    const taken = this.#wire.filter(filter);
    this.#wire = this.#wire.filter((letter) => !filter(letter));
    return taken;
  }

  #deliver(letter: Letter<Message>): void {
    const { from, to } = letter;
    const isLost = this.#cuts.has(`${from} ${to}`) || !this.isUp(to);
    if (isLost) this.tellOf(letter, '->', 'lost ');
    else this.receive(letter);
  }
}
