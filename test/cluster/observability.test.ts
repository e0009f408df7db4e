/** What a running cluster tells of itself: numbers, traces, log lines; and what it does not tell. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { Span, TraceDocument } from '../../src/kernel/trace.ts';

const top = new URL('../../', import.meta.url);

/** Whoever reads a log could use them. */
const SECRETS = {
  key: 'planted-key-4711',
  value: 'planted-value-4712',
  meta: 'planted-meta-4713',
  session: 'planted-session-4714',
  context: 'planted-context-4715',
  query: 'planted-query-4716',
  token: 'planted-token-4717',
  shared: 'planted-shared-secret-4718',
};

let cluster: LocalCluster;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quorate-observed-'));
  const secretFile = join(directory, 'secret');
  await writeFile(secretFile, SECRETS.shared, { mode: 0o600 });
  const watched = ['--log-level', 'debug', '--slow-request-ms', '0', '--enable-faults'];
  const startOptions = [...watched, '--secret-file', secretFile];
  cluster = await startCluster({ nodes: 4, partitions: 8, startOptions });
});

afterAll(async () => {
  await cluster.kill();
  await rm(directory, { recursive: true });
});

interface Family {
  readonly type: string;
  readonly labels: ReadonlySet<string>;
}

/** What the text of a node's metrics declares, and the labels that its series have. */
async function exposedBy(url: string): Promise<ReadonlyMap<string, Family>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const families = new Map<string, { type: string; labels: Set<string> }>();
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    families.set(name, { type, labels: new Set() });
  }
  for (const [, series = '', labels = ''] of text.matchAll(/^(\w+)\{([^}]*)\} /gm)) {
    const family = families.get(familyOf(series, families));
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) {
      if (label !== 'le') family?.labels.add(label);
    }
  }
  return families;
}

function familyOf(series: string, families: ReadonlyMap<string, unknown>): string {
  return families.has(series) ? series : series.replace(/_(bucket|sum|count)$/, '');
}

describe('the metrics', () => {
  it('are those of the table in the README: names, types, units, labels', async () => {
    const readme = await readFile(new URL('README.md', top), 'utf8');
    const rows = [
      ...readme.matchAll(/^\| `(quorate_\w+)` \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm),
    ];
    const told = rows.map(([, name = '', type = '', labels = '', unit = '', meaning = '']) => {
      expect(meaning.trim()).not.toBe('');
      return {
        name,
        type: type.trim(),
        labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort(),
        unit: unit.trim(),
      };
    });
    const exposed = [...(await exposedBy(cluster.urls[0] as string))].map(([name, family]) => ({
      name,
      type: family.type,
      labels: [...family.labels].sort(),
      unit: unitOf(name),
    }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(told.toSorted(byName)).toEqual(exposed.toSorted(byName));
  });

  it('have names as Prometheus would have them', async () => {
    for (const [name, { type }] of await exposedBy(cluster.urls[0] as string)) {
      expect(name).toMatch(/^quorate_[a-z0-9]+(_[a-z0-9]+)*$/);
      expect(name).not.toMatch(/_(ms|milliseconds|kb|mb|micros)(_|$)/);
      expect(name).not.toMatch(/_(count|sum|bucket)$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      if (/_(seconds|bytes)(_|$)/.test(name)) expect(name).toMatch(/_(seconds|bytes)(_total)?$/);
    }
  });

  it('are few', async () => {
    const text = await (await fetch(`${cluster.urls[0]}/metrics`)).text();
    expect(text.split('\n').filter((line) => /^quorate/.test(line)).length).toBeLessThan(500);
  });
});

function unitOf(name: string): string {
  return /_(seconds|bytes)(_total)?$/.exec(name)?.[1] ?? '';
}

describe('the dashboard', () => {
  it('asks for what nodes expose, by labels that it has', async () => {
    const exposed = await exposedBy(cluster.urls[0] as string);
    const dashboard = JSON.parse(
      await readFile(new URL('cluster/grafana-dashboard.json', top), 'utf8'),
    );
    const queries: string[] = dashboard.panels
      .flatMap((panel: { targets?: readonly { expr: string }[] }) => panel.targets ?? [])
      .map(({ expr }: { expr: string }) => expr)
      .concat(dashboard.templating.list.map(({ query }: { query: string }) => query));
    expect(queries.length).toBeGreaterThan(40);
    for (const query of queries) {
      const names = [...query.matchAll(/quorate_\w+/g)].map(([name]) => name);
      if (names.length === 0) expect(query).toBe('prometheus');
      const families = names.map((name) => familyOf(name, exposed));
      for (const family of families) expect([...exposed.keys()], query).toContain(family);
      const known = ['job', 'instance', 'le'].concat(
        ...families.map((family) => [...(exposed.get(family)?.labels ?? [])]),
      );
      const selected = [...query.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label);
      const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) =>
        list.split(/\s*,\s*/),
      );
      for (const label of [...selected, ...grouped]) expect(known, query).toContain(label);
    }
  });

  it('has each panel in a place of its own, and the example scrapes every node of npm start', async () => {
    const text = await readFile(new URL('cluster/grafana-dashboard.json', top), 'utf8');
    const { panels } = JSON.parse(text);
    const ids = panels.map(({ id }: { id: number }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const example = await readFile(new URL('cluster/prometheus.yml', top), 'utf8');
    const [job] = parse(example).scrape_configs;
    expect(job).toMatchObject({ job_name: 'quorate', metrics_path: '/metrics' });
    const targets = ['127.0.0.1:8101', '127.0.0.1:8102', '127.0.0.1:8103'];
    expect(job.static_configs[0].targets).toEqual(targets);
    const [guarded] = parse(example.replaceAll(/^( {4})# (?=[a-z_ ]+:)/gm, '$1')).scrape_configs;
    expect(guarded).toEqual({
      ...job,
      scheme: 'https',
      tls_config: { ca_file: 'ca.pem' },
      authorization: { credentials_file: 'prometheus.token' },
    });
  });
});

/** What was asked at the node, with the trace of its answer. */
async function traced(at: string, method: 'GET' | 'PUT' | 'DELETE', path: string, body?: string) {
  const url = `${cluster.node(at).url}${path}${path.includes('?') ? '&' : '?'}trace=true`;
  const answer = await request(url, { method, ...(body !== undefined && { body }) });
  await answer.body.dump();
  const trace: TraceDocument = JSON.parse(String(answer.headers['x-quorate-trace']));
  return { status: answer.statusCode, trace, quorum: String(answer.headers['x-quorate-quorum']) };
}

const asked = ({ spans }: TraceDocument, kind: Span['kind']) =>
  spans.filter((span) => span.kind === kind).map(({ node }) => node);

describe('trace=true', () => {
  it('tells of each replica, also where another node coordinates', async () => {
    const forwarded: TraceDocument[] = [];
    for (const { name } of cluster.nodes) {
      const { status, trace } = await traced(name, 'PUT', '/kv/traced/k?w=3', 'x');
      expect(status).toBe(204);
      expect(new Set(asked(trace, 'store')).size).toBe(3);
      const read = await traced(name, 'GET', '/kv/traced/k?r=3');
      expect(new Set(asked(read.trace, 'read')).size).toBe(3);
      if (asked(read.trace, 'forward').length > 0) forwarded.push(read.trace);
    }
    expect(forwarded).toHaveLength(1);
    const { node, spans, tookMs } = forwarded[0] as TraceDocument;
    const way = spans.find(({ kind }) => kind === 'forward') as Span;
    for (const span of spans.filter(({ kind }) => kind === 'read')) {
      expect(span.by).toBe(way.node);
      expect(span.by).not.toBe(node);
      expect(span.sentMs).toBeGreaterThanOrEqual(way.sentMs);
      expect(span.answeredMs).toBeLessThanOrEqual(way.answeredMs as number);
    }
    expect(way.answeredMs).toBeLessThanOrEqual(tookMs);
  });

  it('tells of the rounds of a paxos bucket', async () => {
    await cluster.client('n1').putBucket('px', { mode: 'paxos' });
    for (const { name } of cluster.nodes) {
      const { trace } = await traced(name, 'PUT', '/kv/px/k', 'x');
      expect(asked(trace, 'accept')).toHaveLength(3);
      const read = await traced(name, 'GET', '/kv/px/k');
      const reads = [...asked(read.trace, 'read_register'), ...asked(read.trace, 'wait_turn')];
      expect(reads.length).toBeGreaterThan(0);
    }
  });

  it('tells of the way to the leader of a raft bucket', async () => {
    await cluster.client('n1').putBucket('rf', { mode: 'raft' });
    for (const { name } of cluster.nodes) {
      const { trace } = await traced(name, 'PUT', '/kv/rf/k', 'x');
      expect(asked(trace, 'propose')).toHaveLength(1);
      const read = await traced(name, 'GET', '/kv/rf/k');
      expect(asked(read.trace, 'read_index').length).toBeGreaterThan(0);
      expect(asked(read.trace, 'apply')).toContain(name);
    }
  });

  it('shows who was late and who was asked in its place', async () => {
    const plan = await traced('n1', 'GET', '/kv/traced/k?r=3');
    const replicas = new Set(asked(plan.trace, 'read'));
    const [coordinator, ...others] = [...replicas] as [string, ...string[]];
    for (const late of others) await cluster.faults.delay(late, coordinator, 400);
    const { trace } = await traced(coordinator, 'GET', '/kv/traced/k?r=2');
    expect(trace.spans.some(({ hedge }) => hedge)).toBe(true);
    await cluster.faults.heal();
  });
});

describe('the logs of nodes that tell all they can', () => {
  it('have one JSON object a line, request ids, and nothing secret', async () => {
    const { key, value, meta, session, context, query, token } = SECRETS;
    const { url } = cluster.node('n2');
    const headers = { 'x-quorate-meta-note': meta, authorization: `Bearer ${token}` };
    const put = { method: 'PUT' as const, headers, body: value };
    for (const bucket of ['logged', 'px', 'rf']) {
      await request(`${url}/kv/${bucket}/${key}`, put);
      await request(`${url}/kv/${bucket}/${key}`, { headers });
      await request(`${url}/kv/${bucket}/${key}?r=${query}`, { headers });
      await request(`${url}/kv/${bucket}?prefix=${key}`, { headers });
      await request(`${url}/kv/${bucket}/${key}`, {
        ...put,
        headers: { 'x-quorate-context': context },
      });
      const sessionHeaders = { 'x-quorate-session': session };
      await request(`${url}/kv/${bucket}/${key}?session=ryw`, { headers: sessionHeaders });
    }
    await request(`${url}/${key}?x=${query}`, { headers });
    await request(`${url}/kv/logged%2F${key}/x`, { headers });
    const operations = [{ op: 'put', bucket: 'logged', key, value }];
    await request(`${url}/batch`, { method: 'POST', body: JSON.stringify({ operations }) });
    // Replicas that do not answer, and a quorum that is not met, are told of too.
    await cluster.node('n4').kill();
    await cluster.node('n3').kill();
    const marked = { ...put, headers: { ...headers, 'x-request-id': 'the-marked-one' } };
    for (let i = 0; i < 4; i++) {
      await request(`${url}/kv/logged/${key}-${i}?w=3&sloppy=false&timeout=300`, marked);
      await request(`${url}/kv/px/${key}-${i}?timeout=300`, marked);
    }
    const logOf = async (name: string) => readFile(cluster.node(name).logFile, 'utf8');
    await waitFor('the marked requests in the log', 10_000, async () =>
      (await logOf('n2')).includes('the-marked-one'),
    );
    const told = await logOf('n2');
    for (const event of ['no answer', 'slow request']) {
      expect(told).toContain(`"event":"${event}"`);
    }
    for (const { name } of cluster.nodes) {
      const text = await logOf(name);
      for (const secret of Object.values(SECRETS)) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, -4));
        expect(text).not.toContain(Buffer.from(secret).toString('hex'));
      }
      for (const line of text.split('\n').filter((one) => one !== '')) {
        expect(JSON.parse(line)).toMatchObject({ node: name, event: expect.any(String) });
      }
    }
  });
});
