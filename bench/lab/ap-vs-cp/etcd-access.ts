/**
 * etcd through its JSON gateway, as the workloads ask: what it answers and how it fails in the
 * words of our own clients, so that both are recorded alike.
 */

import { errors, Pool } from 'undici';
import type { GetAnswer, WriteAnswer } from '../../../src/client/answers.ts';
import type { Bytes, GetOptions, PutOptions } from '../../../src/client/request-options.ts';
import { TransportError } from '../../../src/kernel/errors.ts';
import type { KeyAccess } from '../../workloads/workload.ts';

const OK = 200;
const TIMEOUT_MS = 2_000;
/** Beyond what the member was given, for the answer to come. */
const GRACE_MS = 500;
const CONNECTIONS = 32;

interface RangeDocument {
  readonly kvs?: readonly { readonly value?: string; readonly mod_revision: string }[];
}

interface PutDocument {
  readonly header: { readonly revision: string };
}

export class EtcdAccess implements KeyAccess {
  readonly #pool: Pool;

  constructor(url: string) {
    this.#pool = new Pool(url, { connections: CONNECTIONS });
  }

  /** Linearizable, as etcd reads where it is not told otherwise. */
  async get(bucket: string, key: Bytes, { timeout }: GetOptions = {}): Promise<GetAnswer> {
    const asked = { key: nameOf(bucket, key) };
    const { kvs } = (await this.#post('range', asked, timeout)) as RangeDocument;
    const [found] = kvs ?? [];
    if (found === undefined) return { values: [], quorum: '' };
    const value = Buffer.from(found.value ?? '', 'base64');
    const revision = Number(found.mod_revision);
    return { values: [{ value, contentType: '', meta: {} }], quorum: '', revision };
  }

  async put(
    bucket: string,
    key: Bytes,
    value: Bytes,
    { timeout }: PutOptions = {},
  ): Promise<WriteAnswer> {
    const asked = { key: nameOf(bucket, key), value: base64(value) };
    const { header } = (await this.#post('put', asked, timeout)) as PutDocument;
    return { context: '', quorum: '', revision: Number(header.revision) };
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  /** Whatever goes wrong once it was sent is of unknown outcome: etcd does not tell which is. */
  async #post(path: string, document: object, timeout = TIMEOUT_MS): Promise<unknown> {
    const signal = AbortSignal.timeout(timeout + GRACE_MS);
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'POST',
        path: `/v3/kv/${path}`,
        headers: { 'grpc-timeout': `${timeout}m` },
        body: JSON.stringify(document),
        signal,
      });
      if (statusCode === OK) return await body.json();
      throw new TransportError('timeout', `${statusCode}: ${await body.text()}`);
    } catch (error) {
      throw error instanceof TransportError ? error : translated(error);
    }
  }
}

function translated(error: unknown): TransportError {
  const { code } = error as NodeJS.ErrnoException;
  const refused = code === 'ECONNREFUSED' || error instanceof errors.ConnectTimeoutError;
  return new TransportError(refused ? 'unreachable' : 'disconnected', String(error));
}

function nameOf(bucket: string, key: Bytes): string {
  return base64(Buffer.concat([Buffer.from(`${bucket}/`), Buffer.from(key as string)]));
}

function base64(bytes: Bytes): string {
  return Buffer.from(bytes as string).toString('base64');
}
