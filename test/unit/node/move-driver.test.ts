import { beforeEach, expect, it } from 'vitest';
import { QuorateError } from '../../../src/kernel/errors.ts';
import type { MetadataState } from '../../../src/metadata/state.ts';
import { MoveDriver } from '../../../src/node/ring-moves/move-driver.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import type { Move } from '../../../src/ring/move.ts';
import { SimClock, TRUE_TIME } from '../../../src/sim/sim-clock.ts';
import { SimLogger } from '../../../src/sim/sim-observation.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const MOVE: Move = {
  partition: 0,
  session: 7,
  stage: 'prepare',
  from: ['n1', 'n2', 'n3'],
  to: ['n1', 'n2', 'n4'],
};

let simulation: Simulation;
let fatal: unknown[];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  fatal = [];
});

function drive(
  call: () => Promise<unknown>,
  run: (command: unknown) => Promise<unknown>,
  moves: readonly Move[] = [MOVE],
): MoveDriver {
  const ring = {
    moves: new Map(moves.map((move) => [0, move])),
    partitionEpochs: [7],
    replicas: [MOVE.from],
  };
  const state = {
    ring: () => ({ ...ring, members: [] }),
    goal: () => undefined,
    nodes: () => [{ name: 'n5', status: 'leaving' }],
    buckets: () => new Map(),
  } as unknown as MetadataState;
  const driver = new MoveDriver({
    clock: new SimClock(simulation, TRUE_TIME),
    logger: new SimLogger(simulation, 'n1'),
    transport: { call } as unknown as Transport,
    led: () => state,
    run,
    onCopied: () => {},
    reachable: () => true,
    onFatal: (error) => void fatal.push(error),
  });
  driver.start();
  return driver;
}

it('says why a step waits, and tries it again', async () => {
  let calls = 0;
  const refuse = async () => {
    calls++;
    throw new QuorateError('not_ready', 'n4 is not ready');
  };
  const driver = drive(refuse, async () => {});
  await simulation.advance(2_000);
  expect(driver.waits()).toEqual(new Map([[0, 'n4 is not ready']]));
  expect(calls).toBeGreaterThan(2);
  expect(fatal).toEqual([]);
});

it('a fault of the program in a step ends the node, it does not pass for a move that waits', async () => {
  const fault = new TypeError('undefined is not a function');
  drive(
    async () => Promise.reject(fault),
    async () => {},
  );
  await simulation.advance(100);
  expect(fatal).toContain(fault);
});

it('likewise where the entry is made', async () => {
  const fault = new TypeError('undefined is not a function');
  const prepared = async () => [true];
  drive(prepared, async () => Promise.reject(fault));
  await simulation.advance(200);
  expect(fatal).toContain(fault);
});

it('has a leaving node retire only when that says that it keeps nothing, and never will', async () => {
  let share = { hintsHeld: 1, departing: true };
  const entered: unknown[] = [];
  drive(
    async () => share,
    async (command) => entered.push(command),
    [],
  );
  await simulation.advance(500);
  share = { hintsHeld: 0, departing: false };
  await simulation.advance(500);
  expect(entered).toEqual([]);
  share = { hintsHeld: 0, departing: true };
  await simulation.advance(1_000);
  expect(entered).toContainEqual({ type: 'retire_node', name: 'n5' });
  expect(fatal).toEqual([]);
});
