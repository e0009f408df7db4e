/** What a node tells of files that protect it and were changed under it. */

import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CertificateAuthority } from '../../../cluster/certificates.ts';
import { createPrometheusMetrics } from '../../../src/adapters/prometheus-metrics.ts';
import { changeTokens, newToken } from '../../../src/adapters/tokens-file.ts';
import { openSecurity, type Security } from '../../../src/cli/open-security.ts';
import { TestLogger } from '../../contract/transport-nodes.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

let folder: string;
let tokensFile: string;
let token: string;
let logger: TestLogger;
let security: Security | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-security-'));
  tokensFile = join(folder, 'tokens.json');
  const made = newToken({ name: 'ops', role: 'admin', prefixes: [] }, new Date());
  token = made.token;
  changeTokens(tokensFile, () => [made.stored]);
  logger = new TestLogger();
});
afterEach(() => {
  security?.close();
  rmSync(folder, { recursive: true });
});

async function refusedIn(metrics: ReturnType<typeof createPrometheusMetrics>) {
  const text = await metrics.exposition();
  const series = text.matchAll(/^quorate_changed_file_refused\{file="(\w+)"\} (\d)$/gm);
  return Object.fromEntries([...series].map(([, file, value]) => [file, Number(value)]));
}

const NONE = { tls: 0, peer_tls: 0, tokens: 0 };

describe('a changed tokens file', () => {
  it.each<[what: string, spoil: () => void, mend: () => void]>([
    ['that is none', () => writeFileSync(tokensFile, '{'), () => {}],
    ['that all may read', () => chmodSync(tokensFile, 0o644), () => chmodSync(tokensFile, 0o600)],
    ['that is gone', () => rmSync(tokensFile), () => {}],
  ])('%s is refused, told, and taken when it is mended', async (_, spoil, mend) => {
    const metrics = createPrometheusMetrics();
    security = openSecurity({ tokensFile }, { logger, metrics });
    expect(await refusedIn(metrics)).toEqual(NONE);
    spoil();
    await vi.waitFor(
      async () => expect(await refusedIn(metrics)).toEqual({ ...NONE, tokens: 1 }),
      PATIENCE,
    );
    expect(logger.reasons('changed file not taken').join()).toContain(tokensFile);
    expect(security.authenticator?.grantOf(token)?.name).toBe('ops');
    mend();
    writeFileSync(tokensFile, '{"tokens": []}', { mode: 0o600 });
    await vi.waitFor(async () => expect(await refusedIn(metrics)).toEqual(NONE), PATIENCE);
    expect(security.authenticator?.grantOf(token)).toBeUndefined();
  });

  it.skipIf(process.geteuid?.() !== 0)('of another user is refused, and told', async () => {
    const metrics = createPrometheusMetrics();
    security = openSecurity({ tokensFile }, { logger, metrics });
    chownSync(tokensFile, 12_345, 0);
    await vi.waitFor(
      async () => expect(await refusedIn(metrics)).toEqual({ ...NONE, tokens: 1 }),
      PATIENCE,
    );
  });
});

it('a changed key that does not fit is refused, and told of the port it is for', async () => {
  const authority = await CertificateAuthority.create();
  const [tls, peerTls] = [
    await authority.writeInto(join(folder, 'tls')),
    await authority.writeInto(join(folder, 'peer')),
  ];
  const metrics = createPrometheusMetrics();
  security = openSecurity({ tls, peerTls }, { logger, metrics });
  writeFileSync(peerTls.key, (await authority.issue()).key);
  await vi.waitFor(
    async () => expect(await refusedIn(metrics)).toEqual({ ...NONE, peer_tls: 1 }),
    PATIENCE,
  );
});
