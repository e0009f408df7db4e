/** A process that is made to be as several faults would have it, played by a list of steps. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { ClusterFaults } from '../../../cluster/cluster-faults.ts';
import type { Fault } from '../../../cluster/nemesis/fault.ts';
import { NodeUnderFaults, type Surprise } from '../../../cluster/nemesis/node-under-faults.ts';
import type { NodeProcess } from '../../../cluster/node-process.ts';
import type { Ending } from '../../../cluster/server-process.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { FaultTable } from '../../../src/kernel/fault-table.ts';

const KILL: Fault = { type: 'kill', nodes: ['n1'] };
const PAUSE: Fault = { type: 'pause', nodes: ['n1'] };
const FULL: Fault = { type: 'disk-full', nodes: ['n1'] };
const CUT: Fault = { type: 'cut', shape: 'cut', cuts: { n1: ['n2'] } };
const ENDING: Ending = { code: null, signal: 'SIGKILL' };

class PlayedProcess {
  readonly name = 'n1';
  readonly steps: string[] = [];
  isRunning = true;
  ended!: Promise<Ending>;
  #end!: (ending: Ending) => void;

  constructor() {
    this.#begin();
  }

  launch(): void {
    this.steps.push('launch');
    this.#begin();
  }

  async kill(): Promise<void> {
    this.steps.push('kill');
    this.end();
    await this.ended;
  }

  pause(): void {
    this.steps.push('pause');
  }

  resume(): void {
    this.steps.push('resume');
  }

  async logTail(): Promise<string> {
    return 'its log';
  }

  /** However that came. */
  end(): void {
    this.isRunning = false;
    this.#end(ENDING);
  }

  #begin(): void {
    this.isRunning = true;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }
}

let process: PlayedProcess;
let refusals: Error[];
let surprises: Surprise[];
let node: NodeUnderFaults;

beforeEach(() => {
  process = new PlayedProcess();
  [refusals, surprises] = [[], []];
  const replace = async (_: string, { links, disk = {} }: FaultTable) => {
    const refusal = refusals.shift();
    if (refusal !== undefined) throw refusal;
    process.steps.push(`tell ${[...Object.keys(links), ...Object.keys(disk)].join(' ')}`.trim());
  };
  node = new NodeUnderFaults({
    node: process as unknown as NodeProcess,
    faults: { replace } as unknown as ClusterFaults,
    now: () => 7,
    onSurprise: (surprise) => void surprises.push(surprise),
  });
});

async function stepsFor(...active: Fault[]): Promise<readonly string[]> {
  node.want(active);
  await node.settled();
  return process.steps.splice(0);
}

describe('a node under faults', () => {
  it('is told of its links before it is paused, and nothing while it is', async () => {
    expect(await stepsFor(CUT, PAUSE)).toEqual(['tell n2', 'pause']);
    expect(await stepsFor(PAUSE)).toEqual([]);
    expect(await stepsFor()).toEqual(['resume', 'tell']);
  });

  it('is killed once, started when all that would have it killed is over, and told anew', async () => {
    expect(await stepsFor(CUT)).toEqual(['tell n2']);
    expect(await stepsFor(CUT, KILL, PAUSE)).toEqual(['kill']);
    expect(await stepsFor(KILL, KILL)).toEqual([]);
    expect(await stepsFor(CUT, KILL)).toEqual([]);
    expect(await stepsFor(CUT)).toEqual(['launch', 'tell n2']);
    expect(await stepsFor()).toEqual(['tell']);
    expect(surprises).toEqual([]);
  });

  it('is not started while its disk is full, and its end is no surprise', async () => {
    expect(await stepsFor(FULL)).toEqual(['tell full']);
    process.end();
    await process.ended;
    expect(await stepsFor(FULL, CUT)).toEqual([]);
    expect(await stepsFor()).toEqual(['launch']);
    expect(surprises).toEqual([]);
  });

  it('goes on as it was where it found room again in time', async () => {
    await stepsFor(FULL);
    expect(await stepsFor()).toEqual(['tell']);
    process.end();
    await expect.poll(() => surprises).toHaveLength(1);
  });

  it('is told again until it answers', async () => {
    refusals.push(new Error('refused'), new Error('refused'));
    expect(await stepsFor(CUT)).toEqual(['tell n2']);
  });

  it('that ends by itself is told of, and started again', async () => {
    process.end();
    await expect.poll(() => process.steps).toEqual(['launch']);
    await expect
      .poll(() => surprises)
      .toEqual([{ node: 'n1', atMs: 7, ending: 'signal SIGKILL\nits log' }]);
    process.steps.splice(0);
    node.release();
    process.end();
    await process.ended;
    expect(process.steps).toEqual([]);
    expect(surprises).toHaveLength(1);
  });

  it('that takes no faults is a failure', async () => {
    refusals.push(new QuorateError('faults_disabled', 'not started for it'));
    await expect(stepsFor(CUT)).rejects.toThrow('not started for it');
  });
});
