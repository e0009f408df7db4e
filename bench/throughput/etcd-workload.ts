/** The same puts and gets through etcd's JSON gateway, which takes and gives base64. */

import { keyText, type Workload, type WorkloadPlan } from './cases.ts';

/**
 * More than etcd's answer to a get has without a value (ids of 20 digits, no key), less than
 * it has beside the value: an answer longer than this and the value holds one.
 */
const ANSWER_BYTES = 150;

export function etcdWorkload({ operation, valueBytes, keyPrefix, keys }: WorkloadPlan): Workload {
  const value = base64('v'.repeat(valueBytes));
  let written = 0;
  if (operation === 'put') {
    return {
      next: () => post('put', { key: base64(keyText(keyPrefix, written++)), value }),
      fault: (status) => (status === 200 ? undefined : `status ${status}`),
    };
  }
  return {
    // Without `serializable` a range is linearizable.
    next: () =>
      post('range', { key: base64(keyText(keyPrefix, Math.floor(Math.random() * keys))) }),
    fault: (status, bodyBytes) => {
      if (status !== 200) return `status ${status}`;
      return bodyBytes > ANSWER_BYTES + value.length ? undefined : 'no value';
    },
  };
}

function post(path: string, document: Readonly<Record<string, string>>): string {
  const body = JSON.stringify(document);
  return `POST /v3/kv/${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64');
}
