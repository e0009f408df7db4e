import { expect, it } from 'vitest';
import { createPinoLogger } from '../../../src/adapters/pino-logger.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';

it('writes one JSON object a line, with the node and the time, from its level up', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createPinoLogger({ level: 'warn', name: 'n1', destination });
  logger.info('unheard');
  logger.warn('slow disk', { ms: 250 });
  expect(lines.length).toBe(1);
  const line = lines[0] as string;
  expect(line.endsWith('\n')).toBe(true);
  const { time, ...rest } = JSON.parse(line);
  expect(rest).toEqual({ level: 'warn', node: 'n1', ms: 250, event: 'slow disk' });
  expect(new Date(time).toISOString()).toBe(time);
});

it('tells of an error what happened and where, and not what it knows of a value', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createPinoLogger({ level: 'debug', name: 'n1', destination });
  const present = { value: utf8('milk'), contentType: 'text/secret', meta: [] };
  const error = new QuorateError('condition_failed', 'it does not hold', { present });
  logger.debug('no answer', { error: Object.assign(error, { cause: new Error('below') }) });
  const line = JSON.parse(lines[0] as string);
  expect(line.error).toMatchObject({
    type: 'QuorateError',
    code: 'condition_failed',
    message: 'it does not hold',
    stack: expect.stringContaining('pino-logger.test'),
    cause: { type: 'Error', message: 'below' },
  });
  expect(lines[0]).not.toMatch(/secret|109,105,108,107|"0":109/);
});
