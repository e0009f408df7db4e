/** What may be asked by who wants to be admitted, and what anybody may send instead. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIntroducer } from '../../../src/adapters/peer/introduction.ts';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import type { Command } from '../../../src/metadata/command.ts';
import type { CommandReply } from '../../../src/metadata/reply.ts';
import type { MetadataState } from '../../../src/metadata/state.ts';
import { admit } from '../../../src/node/metadata-group/admission.ts';
import type { CommandClient } from '../../../src/node/metadata-group/command-client.ts';
import type { Recovery } from '../../../src/node/metadata-group/group-identity.ts';
import type { RaftRunner } from '../../../src/node/metadata-group/raft-runner.ts';
import { loopback, type TestNode, testNode } from '../../contract/transport-nodes.ts';
import { address, Log, seed } from '../metadata/cluster.ts';

const CLUSTER = '0123456789abcdef';
const REQUEST = {
  name: 'n4',
  directoryId: 'directory-4',
  address: address(4),
  zone: null,
  version: LATEST_VERSION,
};

let log: Log;
/** With the deadlines that they were given. */
let commands: { readonly command: Command; readonly deadline: number }[];

beforeEach(() => {
  log = new Log();
  commands = [];
});

/** Asks a node that carries commands out at once. */
function ask(request: unknown, deadline = 5_000, recoveries?: readonly Recovery[]) {
  const client = {
    runIdempotent: async (command: Command, until: number) => {
      commands.push({ command, deadline: until });
      const reply = log.run(command as never) as CommandReply;
      return { index: log.state.index, reply };
    },
  };
  const runner = {
    get state(): MetadataState {
      return log.state;
    },
    applied: async () => true,
  };
  const ports = {
    client: client as unknown as CommandClient,
    runner: runner as unknown as RaftRunner,
    identity: { clusterId: CLUSTER, ...(recoveries && { recoveries }) },
  };
  return admit(ports, request, deadline);
}

const withPort = (peerPort: unknown) => ({
  ...REQUEST,
  address: { ...REQUEST.address, peerPort },
});
const { peerPort: _, ...withoutPeerPort } = REQUEST.address;
const LONG = 'x'.repeat(256);

const WRONG: readonly (readonly [string, unknown])[] = [
  ['nothing', null],
  ['no object', 'hello'],
  ['a number', 4],
  ['a list', []],
  ['no fields', {}],
  ['a name that is no text', { ...REQUEST, name: 4 }],
  ['a name that is null', { ...REQUEST, name: null }],
  ['a name that is too long', { ...REQUEST, name: LONG }],
  ['no directory', { ...REQUEST, directoryId: undefined }],
  ['a directory that is no text', { ...REQUEST, directoryId: { id: 'd' } }],
  ['a directory that is too long', { ...REQUEST, directoryId: LONG }],
  ['a zone that is no text', { ...REQUEST, zone: 1 }],
  ['a zone that is too long', { ...REQUEST, zone: LONG }],
  ['no address', { ...REQUEST, address: undefined }],
  ['an address that is null', { ...REQUEST, address: null }],
  ['an address that is a text', { ...REQUEST, address: '127.0.0.1:7004' }],
  ['a host that is no text', { ...REQUEST, address: { ...REQUEST.address, host: 1 } }],
  ['no port', { ...REQUEST, address: withoutPeerPort }],
  ['a client port that is none', { ...REQUEST, address: { ...REQUEST.address, clientPort: -1 } }],
  ['port -1', withPort(-1)],
  ['port 0', withPort(0)],
  ['port 1.5', withPort(1.5)],
  ['port 65536', withPort(65_536)],
  ['port 1e300', withPort(1e300)],
  ['a port that is a text', withPort('8101')],
  ['a port that is null', withPort(null)],
  ['a port that is none', withPort(Number.NaN)],
  ['no version', { ...REQUEST, version: undefined }],
  ['a version that is a text', { ...REQUEST, version: '5' }],
  ['version -1', { ...REQUEST, version: -1 }],
  ['version 1.5', { ...REQUEST, version: 1.5 }],
];

describe('a request of the wrong shape is refused, and nothing is asked of the group', () => {
  it.each(WRONG)('%s', async (_, request) => {
    await expect(ask(request)).rejects.toMatchObject({ name: 'QuorateError', code: 'bad_request' });
    expect(commands).toEqual([]);
  });
});

describe('a request of the right shape', () => {
  it('is answered with what the node becomes, and with its peers', async () => {
    expect(await ask(REQUEST)).toEqual({
      clusterId: CLUSTER,
      nodeNo: 4,
      peers: [1, 2, 3, 4].map((no) => ({ name: `n${no}`, host: '127.0.0.1', port: 7_000 + no })),
    });
    expect(log.state.node(4)).toMatchObject(seed(4));
  });

  it('is told of all recoveries of the cluster, by which it knows what others may have left', async () => {
    const recoveries = [{ former: 'fedcba9876543210', last: { index: 7, term: 2 } }];
    expect(await ask(REQUEST, 5_000, recoveries)).toMatchObject({ recoveries });
    expect(
      await ask({ ...REQUEST, name: 'n5', directoryId: 'd5', address: address(5) }),
    ).not.toHaveProperty('recoveries');
  });

  it.each([undefined, null, 'west'])('may name a zone or none: %s', async (zone) => {
    await ask({ ...REQUEST, zone });
    expect(log.state.node(4)?.zone).toBe(zone ?? undefined);
  });

  it('brings into the log nothing else that it says', async () => {
    await ask({ ...REQUEST, nodeNo: 1, type: 'draw_ring', address: { ...address(4), life: 3 } });
    expect(commands).toEqual([
      { command: { type: 'admit_node', ...REQUEST, zone: undefined }, deadline: 4_500 },
    ]);
  });

  it('is refused with the words of the group', async () => {
    await expect(ask({ ...REQUEST, name: 'n1' })).rejects.toMatchObject({ code: 'duplicate_name' });
  });

  it('is given up before the deadline of who asks, who then hears of it', async () => {
    await ask(REQUEST, 2_000);
    expect(commands[0]?.deadline).toBe(1_500);
  });
});

describe('over the wire', () => {
  let node: TestNode;

  beforeEach(async () => {
    node = testNode('n1');
    await node.transport.start();
    node.transport.serveIntroductions((request, { deadline }) => ask(request, deadline));
  });

  afterEach(() => node.transport.close());

  const introduce = (request: unknown) =>
    createIntroducer({ clock: systemClock }).introduce(loopback(node.transport.port), request, {
      deadline: systemClock.now() + 5_000,
    });

  it('wrong shapes are refused alike, and the next who asks properly is admitted', async () => {
    for (const [, request] of WRONG) {
      await expect(introduce(request)).rejects.toMatchObject({ code: 'bad_request' });
    }
    expect(commands).toEqual([]);
    expect(await introduce(REQUEST)).toMatchObject({ nodeNo: 4 });
    expect(node.fatal).toEqual([]);
    expect(node.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
