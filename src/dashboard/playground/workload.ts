/**
 * The clients of the playground: a writer that writes 1, 2, 3 … to one key at one node, and a
 * reader at each of some nodes. Each has one request under way at a time.
 */

import type { Operation, Read, Write } from '../../checkers/history.ts';
import type { ApiAnswer, ApiRequest } from '../answer.ts';
import { Freshness, type Judged } from './freshness.ts';
import { type Heard, heardOfRead, heardOfSilence, heardOfWrite } from './heard.ts';
import { bucketOf, type Preset, queryText } from './presets.ts';

/** What may change while it runs. */
export interface Settings {
  /** The node that is asked to write; undefined: nothing is written. */
  readonly writer: string | undefined;
  readonly readers: readonly string[];
  /** Of each client. */
  readonly perSecond: number;
}

export interface Surroundings {
  /** Resolves to any answer, rejects where there is none. */
  readonly ask: (path: string, request: ApiRequest) => Promise<ApiAnswer>;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly onJudged: (judged: Judged) => void;
}

/** Sooner than others are found silent, so that each request tells how things were. */
const TIMEOUT_MS = 1_000;
/** Between two looks whether there is something to do. */
const IDLE_MS = 200;

/** Of clients in histories. */
const WRITER = 0;

export class Workload {
  settings: Settings;
  readonly #preset: Preset;
  readonly #key: string;
  readonly #surroundings: Surroundings;
  readonly #freshness: Freshness;
  readonly #reading = new Set<string>();
  readonly #processes = new Map<string, number>();
  #running = true;
  #written = 0;
  #context: string | undefined;
  #session: string | undefined;

  /** @param key that nobody else uses */
  constructor(preset: Preset, key: string, settings: Settings, surroundings: Surroundings) {
    this.#preset = preset;
    this.#key = key;
    this.settings = settings;
    this.#surroundings = surroundings;
    this.#freshness = new Freshness(preset.mode !== 'dynamo');
  }

  /** Resolves when it was stopped and nothing is under way any more. */
  async run(): Promise<void> {
    const readers = new Map<string, Promise<void>>();
    const writing = this.#write();
    while (this.#running) {
      for (const node of this.settings.readers) {
        if (!this.#reading.has(node)) readers.set(node, this.#read(node));
      }
      await this.#surroundings.sleep(IDLE_MS);
    }
    await Promise.all([writing, ...readers.values()]);
  }

  stop(): void {
    this.#running = false;
  }

  async #write(): Promise<void> {
    while (this.#running) {
      const startedAt = this.#surroundings.now();
      const { writer } = this.settings;
      if (writer !== undefined) await this.#writeAt(writer);
      await this.#rest(startedAt);
    }
  }

  /** Until the node is no reader's any more. */
  async #read(node: string): Promise<void> {
    this.#reading.add(node);
    while (this.#running && this.settings.readers.includes(node)) {
      const startedAt = this.#surroundings.now();
      await this.#readAt(node);
      await this.#rest(startedAt);
    }
    this.#reading.delete(node);
  }

  #rest(startedAt: number): Promise<void> {
    const { now, sleep } = this.#surroundings;
    return sleep(Math.max(0, startedAt + 1_000 / this.settings.perSecond - now()));
  }

  async #writeAt(at: string): Promise<void> {
    const value = ++this.#written;
    const open: Write = { op: 'write', value, ...this.#begun(WRITER, at) };
    this.#freshness.begin(open);
    const query = queryText({ ...this.#preset.write, ...this.#common() });
    const heard = await this.#heard(`?${query}`, {
      method: 'PUT',
      node: at,
      body: String(value),
      headers: {
        'content-type': 'text/plain',
        ...(this.#context !== undefined && { 'x-quorate-context': this.#context }),
        ...this.#sessionHeader(),
      },
    });
    const ended: Operation = { ...open, ...heard, complete: this.#surroundings.now() };
    this.#freshness.end(open, ended);
    this.#surroundings.onJudged(this.#freshness.judge(ended));
  }

  async #readAt(at: string): Promise<void> {
    const open: Read = { op: 'read', ...this.#begun(this.#processOf(at), at) };
    const query = queryText({ ...this.#preset.read, timeout: String(TIMEOUT_MS) });
    const heard = await this.#heard(`?${query}`, { node: at, headers: this.#sessionHeader() });
    const ended: Operation = { ...open, ...heard, complete: this.#surroundings.now() };
    this.#surroundings.onJudged(this.#freshness.judge(ended));
  }

  #begun(process: number, at: string) {
    const invoke = this.#surroundings.now();
    return { process, at, key: this.#key, invoke, complete: null, outcome: 'unknown' } as const;
  }

  /** A write shows what it made of siblings, so that the next one replaces them. */
  #common(): Record<string, string> {
    const timeout = String(TIMEOUT_MS);
    return this.#preset.mode === 'dynamo' ? { timeout, return: 'body' } : { timeout };
  }

  #sessionHeader(): Record<string, string> {
    if (!this.#preset.inSession || this.#session === undefined) return {};
    return { 'x-quorate-session': this.#session };
  }

  async #heard(query: string, request: ApiRequest): Promise<Heard> {
    const isWrite = request.method === 'PUT';
    const path = `/kv/${bucketOf(this.#preset)}/${this.#key}${query}`;
    try {
      const answer = await this.#surroundings.ask(path, request);
      if (isWrite && answer.status < 400) this.#learn(answer);
      return isWrite ? heardOfWrite(answer) : heardOfRead(answer);
    } catch (error) {
      return heardOfSilence(error);
    }
  }

  #learn({ headers }: ApiAnswer): void {
    this.#context = headers.get('x-quorate-context') ?? this.#context;
    this.#session = headers.get('x-quorate-session') ?? this.#session;
  }

  #processOf(node: string): number {
    const process = this.#processes.get(node) ?? this.#processes.size + 1;
    this.#processes.set(node, process);
    return process;
  }
}
