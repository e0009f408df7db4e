import { createPinoLogger } from '../../src/adapters/pino-logger.ts';
import { loggerContract } from './logger-contract.ts';

loggerContract('pino', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return {
    logger: createPinoLogger({ level: 'debug', name: 'n1', destination }),
    entries: () =>
      lines.map((line) => {
        const { level, event, time: _time, node: _node, ...fields } = JSON.parse(line);
        return { level, event, fields };
      }),
  };
});
