/** etcd behind proxies: cut in two like our own nodes. Where there is no etcd it is skipped. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { EtcdCluster, type EtcdMember, etcdVersion } from '../../../bench/etcd-cluster.ts';
import { waitFor } from '../../../cluster/wait-for.ts';

const SOON_MS = 15_000;
const ANSWER_MS = 1_000;
const BODY = JSON.stringify({ key: 'YQ==', value: 'Yg==' });

async function answers({ url }: EtcdMember): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const { statusCode, body } = await request(`${url}/v3/kv/put`, {
      method: 'POST',
      body: BODY,
      signal,
    });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

const namesOf = (members: readonly EtcdMember[]) => members.map(({ name }) => name);

const all = async (members: readonly EtcdMember[], expected: boolean) => {
  const heard = await Promise.all(members.map(answers));
  return heard.every((answer) => answer === expected);
};

test.skipIf(etcdVersion() === undefined)(
  'the side of the majority goes on without the leader, the other answers nothing',
  async () => {
    const parentDirectory = await mkdtemp(join(tmpdir(), 'quorate-etcd-'));
    const cluster = await EtcdCluster.start({ nodes: 3, parentDirectory, proxied: true });
    onTestFinished(async () => {
      await cluster.stop();
      await rm(parentDirectory, { recursive: true });
    });
    const { members } = cluster;
    const leads = await Promise.all(members.map((member) => member.isLeader()));
    const minority = members.filter((_, i) => leads[i]);
    const majority = members.filter((_, i) => !leads[i]);
    expect([minority.length, majority.length]).toEqual([1, 2]);
    expect(await all(members, true)).toBe(true);

    await cluster.proxies.partition(namesOf(minority), namesOf(majority));
    await waitFor('the majority to go on', SOON_MS, () => all(majority, true));
    expect(await all(minority, false)).toBe(true);

    await cluster.proxies.heal();
    await waitFor('everybody to answer', SOON_MS, () => all(members, true));

    const [first] = members as [EtcdMember];
    await first.kill();
    expect(await answers(first)).toBe(false);
    first.restart();
    await first.untilHealthy();
    expect(await answers(first)).toBe(true);
  },
  60_000,
);
