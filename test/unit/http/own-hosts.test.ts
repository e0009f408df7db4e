import { expect, it } from 'vitest';
import { OwnHosts } from '../../../src/http/own-hosts.ts';

it.each<[listens: string, others: string[], address: string, authority: string, own: boolean]>([
  ['127.0.0.1', [], '127.0.0.1', '127.0.0.9:80', true],
  ['127.0.0.1', [], '127.0.0.1', '0.0.0.0:80', false],
  ['10.1.2.3', [], '10.1.2.3', '10.1.2.3:8101', true],
  ['10.1.2.3', [], '10.1.2.3', '10.1.2.4:8101', false],
  ['10.1.2.3', ['n1.test'], '10.1.2.3', 'n1.test:8101', true],
  ['10.1.2.3', ['N1.test.'], '10.1.2.3', 'n1.TEST.', true],
  ['10.1.2.3', ['n1.test'], '10.1.2.3', 'n2.test', false],
  ['10.1.2.3', ['2001:DB8:0::7'], '10.1.2.3', '[2001:db8::7]:8101', true],
  // A name is listened on, which stands for an address.
  ['n1.test', [], '10.1.2.3', '10.1.2.3', true],
  ['n1.test', [], '::ffff:10.1.2.3', '10.1.2.3', true],
  ['n1.test', [], '10.1.2.3', 'n1.test', true],
  // Listening everywhere, a node may have addresses that are not on its machine.
  ['0.0.0.0', ['n1'], '172.17.0.2', '192.0.2.7:8101', true],
  ['::', ['n1'], '::ffff:172.17.0.2', '[2001:db8::7]', true],
  ['::', ['n1'], '::1', 'quorate', false],
  // What is no address to a browser is a name that somebody may have.
  ['0.0.0.0', [], '127.0.0.1', '127.1', false],
  ['0.0.0.0', [], '127.0.0.1', '::1', false],
  ['0.0.0.0', [], '127.0.0.1', '', false],
  ['0.0.0.0', [], '127.0.0.1', 'user@127.0.0.1', false],
])(
  'listening on %s as %j, asked at %s, %j is its own: %s',
  (host, others, address, authority, own) => {
    expect(new OwnHosts(host, others).includes(authority, address)).toBe(own);
  },
);
