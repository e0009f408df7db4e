/**
 * Clients that hop from node to node while links are slow for seconds or cut, each in a session
 * of its own; what they did and heard is recorded for the checkers.
 */

import { decodeContext } from '../../src/causality/context-codec.ts';
import { clockTexts, dotText } from '../../src/causality/dot-text.ts';
import { checkCausality } from '../../src/checkers/causal-consistency.ts';
import type { Operation } from '../../src/checkers/history.ts';
import { type AskedOperation, type Heard, Recorder } from '../../src/checkers/recorder.ts';
import { checkSessions, type KeyGuarantee } from '../../src/checkers/session-guarantees.ts';
import { sessionsOf } from '../../src/checkers/session-history.ts';
import type { Violation } from '../../src/checkers/violation.ts';
import { utf8 } from '../../src/kernel/bytes.ts';
import { isExpected, QuorateError } from '../../src/kernel/errors.ts';
import { hash64 } from '../../src/kernel/hash.ts';
import type {
  Guarantee,
  SessionAnswer,
  SessionRequest,
  WriteResult,
} from '../../src/node/index.ts';
import { keyHash } from '../../src/ring/key-hash.ts';
import { SeededRandom } from '../../src/sim/seeded-random.ts';
import { startCluster, type TestCluster } from './harness.ts';
import { foundBy } from './histories.ts';

export interface SessionWorkload {
  readonly seed: number;
  /** Undefined: the same without any. */
  readonly guarantee: Guarantee | undefined;
  readonly sloppy: boolean;
  /** Of each of the clients. */
  readonly operations: number;
}

export interface SessionRun {
  readonly history: readonly Operation[];
  readonly acknowledged: number;
  readonly refused: number;
  readonly escalations: number;
  readonly unavailable: number;
}

const CLIENTS = 16;
const REPLICAS = 3;
const KEYS = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8'];
const TIMEOUT_MS = 800;

/** What each guarantee is to keep. */
export const KEPT: Readonly<Record<Guarantee, readonly (KeyGuarantee | 'causal')[]>> = {
  ryw: ['ryw'],
  mr: ['mr'],
  mw: ['mw'],
  wfr: ['wfr'],
  session: ['ryw', 'mr', 'mw', 'wfr'],
  causal: ['ryw', 'mr', 'mw', 'wfr', 'causal'],
};

export function violationsOf(
  history: readonly Operation[],
  kept: readonly (KeyGuarantee | 'causal')[],
): readonly Violation[] {
  const ofKeys = kept.filter((guarantee) => guarantee !== 'causal');
  const sessions = sessionsOf(history);
  const causal = kept.includes('causal') ? checkCausality(sessions) : [];
  return [...checkSessions(sessions, ofKeys), ...causal];
}

export async function runSessions(workload: SessionWorkload): Promise<SessionRun> {
  const { seed } = workload;
  const cluster = await startCluster(seed, { nodes: 5 });
  const random = new SeededRandom(seed);
  const recorder = new Recorder(() => cluster.simulation.nowMs);
  const clients = Array.from(
    { length: CLIENTS },
    (_, i) => new Client({ cluster, recorder, workload }, random.fork(), i),
  );
  const weather = new Weather(cluster, random.fork());
  weather.begin();
  await cluster.complete(Promise.all(clients.map((client) => client.run())));
  weather.end();
  if (cluster.fatalErrors.length > 0) throw cluster.fatalErrors[0];
  const history = recorder.operations;
  const sum = (name: string) =>
    cluster.nodeIds.reduce((total, id) => total + (cluster.metrics.get(id)?.value(name) ?? 0), 0);
  return {
    history,
    acknowledged: history.filter(({ outcome }) => outcome === 'ok').length,
    refused: history.filter(({ outcome }) => outcome !== 'ok').length,
    escalations: sum('session_escalations_total'),
    unavailable: clients.reduce((total, { unavailable }) => total + unavailable, 0),
  };
}

/** Links that are slow for some seconds, and partitions that are mended again. */
class Weather {
  readonly #cluster: TestCluster;
  readonly #random: SeededRandom;
  #over = false;

  constructor(cluster: TestCluster, random: SeededRandom) {
    this.#cluster = cluster;
    this.#random = random;
  }

  begin(): void {
    if (this.#over) return;
    this.#change();
    this.#cluster.simulation.schedule(300 + this.#random.float() * 900, () => this.begin());
  }

  end(): void {
    this.#over = true;
    this.#cluster.network.heal();
  }

  #change(): void {
    const { network, nodeIds } = this.#cluster;
    const random = this.#random;
    network.heal();
    const kind = random.float();
    if (kind < 0.4) {
      const side = nodeIds.filter(() => random.chance(0.4));
      const others = nodeIds.filter((id) => !side.includes(id));
      network.cutBothWays(side, others);
    } else if (kind < 0.85) {
      for (const from of nodeIds) {
        for (const to of nodeIds) {
          if (from === to || random.chance(0.5)) continue;
          const delayMsMin = 200 + random.float() * 1_300;
          network.setLink(from, to, { delayMsMin, delayMsMax: delayMsMin * 2 });
        }
      }
    }
  }
}

interface ClientWorld {
  readonly cluster: TestCluster;
  readonly recorder: Recorder;
  readonly workload: SessionWorkload;
}

class Client {
  unavailable = 0;
  readonly #cluster: TestCluster;
  readonly #recorder: Recorder;
  readonly #random: SeededRandom;
  readonly #number: number;
  readonly #workload: SessionWorkload;
  #tokens: readonly string[] = [];

  constructor({ cluster, recorder, workload }: ClientWorld, random: SeededRandom, number: number) {
    this.#cluster = cluster;
    this.#recorder = recorder;
    this.#random = random;
    this.#number = number;
    this.#workload = workload;
  }

  async run(): Promise<void> {
    for (let i = 0; i < this.#workload.operations; i++) {
      await this.#cluster.pause(this.#random.float() * 20);
      const key = this.#random.pick(KEYS);
      const kind = this.#random.float();
      if (kind < 0.6) await this.#read(key);
      else if (kind < 0.95) await this.#write(key, `${this.#number}-${i}`);
      else await this.#write(key, undefined);
    }
  }

  get #options() {
    const { guarantee, sloppy } = this.#workload;
    const session: SessionRequest | undefined = guarantee && {
      guarantees: [guarantee],
      tokens: this.#tokens,
    };
    return { sloppy, timeoutMs: TIMEOUT_MS, ...(session && { session }) };
  }

  async #read(key: string): Promise<void> {
    const at = this.#random.pick(this.#cluster.nodeIds);
    const read = () => this.#cluster.get(at, key, { ...this.#options, r: 1 });
    const quorum = this.#quorum;
    await this.#record({ ...this.#self, op: 'read', at, key, quorum }, read, (result) => ({
      output: foundBy(result),
    }));
  }

  async #write(key: string, value: string | undefined): Promise<void> {
    const at = this.#random.pick(this.#cluster.nodeIds);
    const options = { ...this.#options, w: 1 };
    const asked = { ...this.#self, at, key, quorum: this.#quorum };
    const heardOf = (result: WriteResult) => writtenBy(key, result);
    if (value === undefined) {
      const remove = () => this.#cluster.delete(at, key, { ...options, r: 1 });
      return this.#record({ ...asked, op: 'delete' }, remove, heardOf);
    }
    const put = () => this.#cluster.put(at, key, value, options);
    return this.#record({ ...asked, op: 'write', value, replaces: {} }, put, heardOf);
  }

  get #self() {
    return { process: this.#number, session: `s${this.#number}` };
  }

  get #quorum() {
    return { n: REPLICAS, needed: 1, strict: !this.#workload.sloppy };
  }

  async #record<Result extends { readonly session: SessionAnswer | undefined }>(
    asked: AskedOperation,
    request: () => Promise<Result>,
    heardOf: (result: Result) => Omit<Heard, 'outcome'>,
  ): Promise<void> {
    try {
      const result = await this.#recorder.record(asked, request, heardOf);
      if (result.session !== undefined) this.#tokens = [result.session.token];
    } catch (error) {
      if (!isExpected(error)) throw error;
      if (error instanceof QuorateError && error.code === 'session_unavailable') this.unavailable++;
    }
  }
}

/** The bucket `test` is the first, and simulated clusters seal with a plain hash. */
const TEST_BUCKET = 1n;

function writtenBy(key: string, { context }: WriteResult): Omit<Heard, 'outcome'> {
  const scope = {
    cluster: 0x51b1n,
    keyHash: keyHash('test', utf8(key)) ^ TEST_BUCKET,
    seal: hash64,
  };
  const { clock, dots } = decodeContext(context, scope);
  const [dot] = dots;
  if (dot === undefined) throw new Error('the context of a write names it');
  return { output: { dot: dotText(dot) }, replaces: { clock: clockTexts(clock) } };
}
