import { expect, it } from 'vitest';
import { createPinoLogger } from '../../../src/adapters/pino-logger.ts';

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
